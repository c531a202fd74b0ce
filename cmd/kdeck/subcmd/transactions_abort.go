package subcmd

import (
	"context"
	"fmt"
	"math"
	"strings"

	"github.com/spf13/cobra"

	"kdeck/ops/change"
	"kdeck/ops/format"
	"kdeck/ops/health"
	"kdeck/ops/state"
	"kdeck/ops/view"
	"kdeck/ops/watch"
	"kdeck/protocol"
)

type abortOptions struct {
	changeOptions
	topic             string
	partition         int32
	producer, startAt int64
}

func newTransactionsAbort(env *Env, g *globals) *cobra.Command {
	o := &abortOptions{}
	cmd := &cobra.Command{
		Use:     "abort --topic NAME --partition P --start-offset N",
		Short:   "Abort a transaction that is open in a partition, past its coordinator, as kafka-transactions.sh does; can't be undone",
		Example: "  kdeck transactions abort --topic orders --partition 0 --start-offset 0\n  kdeck transactions abort --topic orders --partition 0 --start-offset 0 --execute",
		Long: "abort has the leader of the partition write the marker that aborts the transaction, so that read_committed consumers go\n" +
			"on. Its records are never seen by them, and that can't be undone. It is meant for one that hangs; of one that its\n" +
			"coordinator knows, it is better to end the producer, or to wait for the timeout: the dry run says which it is. The request\n" +
			"is of class IB! (brokers send it to each other), so that a context's max_class may forbid it. It needs CLUSTER_ACTION.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			set := cmd.Flags().Changed
			switch {
			case o.topic == "" || !set("partition"):
				return refused("transactions abort: --topic and --partition say where it is open: see kdeck transactions")
			case set("start-offset") == set("producer-id"):
				return refused("transactions abort: --start-offset or --producer-id says which transaction is meant, one of them")
			}
			if !set("start-offset") {
				o.startAt = -1
			}
			if !set("producer-id") {
				o.producer = -1
			}
			return runTransactionsAbort(cmd.Context(), env, g, o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.topic, "topic", "", "the topic, `NAME`")
	f.Int32Var(&o.partition, "partition", 0, "the partition's number, `P`")
	f.Int64Var(&o.startAt, "start-offset", 0, "the transaction that begins at this `OFFSET` of the partition")
	f.Int64Var(&o.producer, "producer-id", 0, "the transaction of the producer with this `ID`")
	o.flags(f)
	return cmd
}

func runTransactionsAbort(ctx context.Context, env *Env, g *globals, o *abortOptions) error {
	if err := o.check(g); err != nil {
		return err
	}
	if g.snapshot != "" {
		return refused("--snapshot %s: a saved cluster holds no transactions", g.snapshot)
	}
	src, err := env.look(ctx, g)
	if err != nil {
		return err
	}
	at := fmt.Sprintf("%s/%d", o.topic, o.partition)
	if !hasPartition(src.snapshot, o.topic, o.partition) {
		return refused("transactions abort: there is no partition %s%s", at, didYouMean(o.topic, topicNames(src.snapshot)))
	}
	found := watch.Transactions(ctx, src.session, src.snapshot, func(p state.Partition) bool { return p.Topic().Name() == o.topic }, env.watching(src))
	row, err := o.find(found, at)
	if err != nil {
		env.sayUnknown(&state.Snapshot{Unknown: found.Unknown})
		return err
	}
	return env.perform(ctx, g, &o.changeOptions, env.abortAction(g, src, found, row))
}

func hasPartition(s *state.Snapshot, topic string, partition int32) bool {
	for i := range s.NumPartitions() {
		if p := s.Partition(i); p.ID() == partition && p.Topic().Name() == topic {
			return true
		}
	}
	return false
}

// find finds the transaction that is meant.
func (o *abortOptions) find(found *state.Transactions, at string) (*view.OpenTransaction, error) {
	var others []string
	for _, row := range view.OpenTransactions(found, found.Taken) {
		p := row.Producer
		if p.Partition != o.partition {
			continue
		}
		if p.ID == o.producer || p.OpenFrom == o.startAt {
			if p.Epoch < 0 || p.Epoch > math.MaxInt16 {
				return nil, refused("transactions abort: broker %d says that the producer's epoch is %d, and no epoch can be", p.Leader, p.Epoch)
			}
			return &row, nil
		}
		others = append(others, fmt.Sprintf("producer %d from offset %d on", p.ID, p.OpenFrom))
	}
	which := fmt.Sprintf("of producer %d", o.producer)
	if o.startAt >= 0 {
		which = fmt.Sprintf("that begins at offset %d", o.startAt)
	}
	if len(others) == 0 {
		return nil, refused("transactions abort: %s has no open transaction %s, nor any other", at, which)
	}
	return nil, refused("transactions abort: %s has no open transaction %s; open are: %s", at, which, strings.Join(others, ", "))
}

// abortAction is the action that aborts an open transaction.
func (e *Env) abortAction(g *globals, src *source, found *state.Transactions, row *view.OpenTransaction) *action {
	p := row.Producer
	at := fmt.Sprintf("%s/%d", p.Topic, p.Partition)
	a := src.action(format.Phrase("abort transaction", []string{fmt.Sprintf("%s from %d", at, p.OpenFrom)}, "transaction", nil, src.name))
	a.needs = protocol.ClassIBX
	a.about = append(a.about, fmt.Sprintf("%s  producer %d, epoch %d: its transaction is aborted that is open from offset %d on (%s)", at, p.ID, p.Epoch, p.OpenFrom, row.Mark), row.Why)
	if row.Held != nil {
		a.about = append(a.about, view.HeldSentence(row.Held))
	}
	if !row.Hangs() {
		a.about = append(a.about, "careful: it isn't known to hang: end its producer or wait for its timeout instead; a producer that is alive may go on writing to it")
	}
	if row.Mark != health.TransactionHanging && row.Of != nil && row.Of.Described {
		a.about = append(a.about, fmt.Sprintf("careful: %s may be open in other partitions too, and stays open there", row.Of.ID))
	}
	a.about = append(a.about, "this can't be undone: read_committed consumers will never see its records in this partition")
	a.show = func() error {
		if g.document() {
			doc := view.TransactionsAnswer(found, []view.OpenTransaction{*row}, false)
			return e.document(g, abortJSON{doc.Envelope, doc.Open[0], a.about, nil, a.phrase})
		}
		for _, line := range a.about {
			fmt.Fprintln(e.Out, e.safe(line))
		}
		_, err := fmt.Fprintf(e.Out, "nothing is changed yet; the phrase that carries it out: %s\n", e.safe(a.phrase))
		return err
	}
	a.preview = func() error {
		for _, line := range a.about {
			fmt.Fprintln(e.Err, e.safe(line))
		}
		return nil
	}
	a.run = func(ctx context.Context, door *change.Door) error {
		err := door.AbortTransaction(ctx, change.OpenTransaction{
			TopicPartition: change.TopicPartition{Topic: p.Topic, Partition: p.Partition}, Leader: p.Leader,
			ProducerID: p.ID, ProducerEpoch: int16(p.Epoch), CoordinatorEpoch: p.CoordinatorEpoch, StartOffset: p.OpenFrom,
		})
		if err != nil {
			return failed(err)
		}
		e.tell(g, map[string]any{"event": "aborted", "topic": p.Topic, "partition": p.Partition, "producer_id": p.ID, "start_offset": p.OpenFrom},
			fmt.Sprintf("the transaction of producer %d in %s is aborted", p.ID, e.safe(at)))
		e.done(g)
		return nil
	}
	return a
}

type abortJSON struct {
	view.Envelope
	Transaction view.OpenTransactionJSON `json:"transaction"`
	Notes       []string                 `json:"notes"`
	Undo        *string                  `json:"undo"` // null: it can't be undone
	Confirm     string                   `json:"confirm"`
}
