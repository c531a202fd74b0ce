package subcmd

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"kdeck/ops/format"
	"kdeck/ops/kafka"
	"kdeck/ops/records"
	"kdeck/ops/state"
	"kdeck/ops/view"
	"kdeck/protocol"
)

type recordsOptions struct {
	from     string
	count    int
	batches  bool
	contents bool
	to       int32
}

// How many records or batches are shown unless it is said.
const (
	recordsShown = 10
	batchesShown = 100
)

func newRecords(env *Env, g *globals) *cobra.Command {
	o := &recordsOptions{}
	cmd := &cobra.Command{
		Use:   "records TOPIC/PARTITION",
		Short: "The record batches and records of a partition's log, as a broker has them",
		Example: "  kdeck records orders/0\n  kdeck records orders/0 --batches\n" +
			"  kdeck records orders/0 --from -5m -n 100\n  kdeck records orders/0 --from 0 -n 3 --values",
		Long: "records reads a partition's log by Fetch, as no member of a group: nothing is committed. It shows the last records, or\n" +
			"those from an offset or a time on, with their times and the sizes of their keys and values. Contents are shown with\n" +
			"--values only; they are of class DATA, so that a context's max_class may forbid it. They are shown as text, with what\n" +
			"isn't printable escaped; in JSON, what isn't UTF-8 is in base64. kdeck knows no formats of contents.\n\n" +
			"--batches shows the record batches without opening them: offsets, times, records, bytes, compression, producer, and\n" +
			"the markers of transactions; and for each producer how many records and bytes a batch holds. A producer whose batches\n" +
			"hold one record sends one request for each, which costs the brokers the most.\n\n" +
			"Aborted records and those of open transactions are shown too (read_uncommitted). --to reads a follower's copy.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return runRecords(cmd.Context(), env, g, o, args[0]) },
	}
	f := cmd.Flags()
	f.StringVar(&o.from, "from", "", "begin at this `OFFSET`, how long ago (-5m, -2h, -7d), or at a time (2026-11-30T10:00:00Z); default: the last ones")
	f.IntVarP(&o.count, "number", "n", 0, fmt.Sprintf("at most so many, `N`; default: %d records, or %d batches", recordsShown, batchesShown))
	f.BoolVar(&o.batches, "batches", false, "show record batches, and what those of each producer have in common")
	f.BoolVar(&o.contents, "values", false, "show keys and values too")
	f.Int32Var(&o.to, "to", -1, "read the copy of this broker, `ID`; default: the leader's")
	f.Lookup("to").DefValue = "0" // so that the help shows none
	return cmd
}

func runRecords(ctx context.Context, env *Env, g *globals, o *recordsOptions, word string) error {
	topic, partition, err := records.ParsePartition(word)
	if err != nil {
		return refused("records: %w", err)
	}
	read := records.Options{From: records.TheLast, Count: o.count, Batches: o.batches, Contents: o.contents}
	if o.from != "" {
		if read.From, err = records.ParseFrom(o.from, env.Now()); err != nil {
			return refused("--from %w", err)
		}
	}
	switch {
	case o.count < 0 || o.count > records.Most:
		return refused("-n %d: a number from 1 to %d was expected", o.count, records.Most)
	case o.batches && o.contents:
		return refused("--batches doesn't open what it shows: leave out --values")
	case g.snapshot != "":
		return refused("--snapshot %s: a saved cluster holds no records", g.snapshot)
	case o.count == 0 && o.batches:
		read.Count = batchesShown
	case o.count == 0:
		read.Count = recordsShown
	}
	src, err := env.open(g)
	if err != nil {
		return err
	}
	if o.contents {
		if err := mayShowContents(src.session.Cluster().MaxClass, src.session.Cluster().Name); err != nil {
			return err
		}
	}
	log, err := records.Find(ctx, src.session, topic, partition, o.to)
	if err != nil {
		return recordsError(word, err)
	}
	env.recognize(src.session.Cluster(), log.ClusterID)
	if o.contents { // also where another context is known to lead to the cluster
		most, by, err := env.cap(src.session.Cluster(), log.ClusterID)
		if err == nil {
			err = mayShowContents(most, by)
		}
		if err != nil {
			return err
		}
	}
	got, err := log.Read(ctx, read)
	if err != nil {
		return recordsError(word, err)
	}
	return env.showRecords(g, o, log, got)
}

// mayShowContents refuses what a context forbids.
func mayShowContents(most protocol.Class, by string) error {
	if most != 0 && most < protocol.ClassDATA {
		return refused("--values shows what records hold, which is of class %v, and the context %s allows no more than %v in this cluster (max_class): leave it out", protocol.ClassDATA, by, most)
	}
	return nil
}

// recordsError is the error of what isn't there, or can't be read.
func recordsError(word string, err error) error {
	if missing, ok := errors.AsType[*records.MissingError](err); ok {
		return refused("records %s: %w", word, missing)
	}
	if refusedByCap, ok := errors.AsType[*kafka.RefusedError](err); ok {
		return refused("records %s: %w", word, refusedByCap)
	}
	return failed(fmt.Errorf("records %s: %w", word, err))
}

func (e *Env) showRecords(g *globals, o *recordsOptions, log *records.Log, got *records.Reading) error {
	writers := state.BatchWriters(got.Batches)
	if g.document() {
		return e.document(g, e.recordsAnswer(o, log, got, writers))
	}
	var err error
	if o.batches {
		err = table(e, g, withoutEmpty(view.BatchColumns(), got.Batches), got.Batches)
	} else {
		err = table(e, g, view.RecordColumns(o.contents), got.Records)
	}
	if err == nil && len(writers) > 0 {
		fmt.Fprintln(e.Out)
		err = table(e, g, view.WriterColumns(), writers)
	}
	if err != nil {
		return err
	}
	for _, w := range writers {
		if warning := view.WriterWarning(w); warning != "" {
			fmt.Fprintf(e.Out, "%s\n", warning)
		}
	}
	fmt.Fprintf(e.Err, "%s/%d on broker %d: its log begins at offset %d and ends at %d", e.safe(log.Topic), log.Partition, log.Node, got.Start, got.End)
	if got.LastStable >= 0 && got.LastStable < got.End {
		fmt.Fprintf(e.Err, "; read_committed consumers stop at %d, where an open transaction begins: %s", got.LastStable, e.safe(string(g.command("transactions", "--topic", format.Pattern(log.Topic)))))
	}
	fmt.Fprintln(e.Err)
	for _, note := range got.Notes {
		fmt.Fprintf(e.Err, "%s\n", e.safe(note))
	}
	return nil
}

// withoutEmpty leaves out the column of problems where there are none.
func withoutEmpty(columns []view.Column[state.Batch], rows []state.Batch) []view.Column[state.Batch] {
	for _, b := range rows {
		if b.Problem != "" {
			return columns
		}
	}
	return columns[:len(columns)-1]
}

func (e *Env) recordsAnswer(o *recordsOptions, log *records.Log, got *records.Reading, writers []state.BatchWriter) view.RecordsJSON {
	at := e.Now().UTC()
	doc := view.RecordsJSON{
		Envelope: view.Envelope{Version: 1, ClusterID: log.ClusterID, TakenAt: &at, Unknown: []state.Unknown{}},
		Topic:    log.Topic, Partition: log.Partition, Leader: log.Leader, Node: log.Node,
		Start: got.Start, End: got.End, From: got.From, Notes: append([]string{}, got.Notes...),
	}
	if got.LastStable >= 0 {
		doc.LastStable = &got.LastStable
	}
	if o.batches {
		doc.Batches, doc.Producers = []view.BatchJSON{}, []view.WriterJSON{}
	} else {
		doc.Records = []view.RecordJSON{}
	}
	for _, b := range got.Batches {
		doc.Batches = append(doc.Batches, view.BatchAnswer(b))
	}
	for _, w := range writers {
		doc.Producers = append(doc.Producers, view.WriterAnswer(w))
	}
	for _, r := range got.Records {
		doc.Records = append(doc.Records, view.RecordAnswer(r))
	}
	return doc
}
