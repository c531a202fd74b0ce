package subcmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"kdeck/ops/format"
	"kdeck/ops/state"
	"kdeck/ops/tenant"
	"kdeck/ops/view"
	"kdeck/protocol/document"
)

type partitionOptions struct {
	underReplicated, underMinISR, atMinISR, offline, leaderless, offlineReplicas, preferredNotLeading bool
	topic, tenant, filter                                                                             string
	broker                                                                                            int
	watch                                                                                             bool
}

func newPartitions(env *Env, g *globals) *cobra.Command {
	o := &partitionOptions{}
	cmd := &cobra.Command{
		Use:         "partitions",
		Annotations: asPane,
		Aliases:     []string{"partition", "parts"},
		Short:       "Partitions: leader, ISR, replicas, sizes, moves; filtered by state",
		Example:     "  kdeck partitions --under-min-isr\n  kdeck partitions --topic 'orders.*' -o wide\n  kdeck partitions --filter missing:7",
		Args:        cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if env.live(cmd, "partitions", o.filterText(), partitionFilters...) {
				return nil
			}
			return runPartitions(cmd, env, g, o)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&o.underReplicated, "under-replicated", false, "a replica is missing from the ISR (as Kafka counts: one that is still being added is not missed)")
	f.BoolVar(&o.underMinISR, "under-min-isr", false, "fewer in sync than min.insync.replicas, or no leader: acks=all writes are refused")
	f.BoolVar(&o.atMinISR, "at-min-isr", false, "exactly min.insync.replicas in sync")
	f.BoolVar(&o.offline, "offline", false, "no leader, which is what Kafka calls an offline partition")
	f.BoolVar(&o.leaderless, "leaderless", false, "the same as --offline")
	f.BoolVar(&o.offlineReplicas, "offline-replicas", false, "a replica is offline: on a dead broker or a failed log dir")
	f.BoolVar(&o.preferredNotLeading, "preferred-not-leading", false, "the leader is not the preferred replica")
	f.StringVar(&o.topic, "topic", "", "only topics whose whole name matches this regular expression, `RE`")
	f.StringVar(&o.tenant, "tenant", "", "only topics that the context's rules assign to this `TENANT`; - for topics of no tenant")
	f.IntVar(&o.broker, "broker", -1, "only partitions with a replica on this broker, `ID`")
	f.Lookup("broker").DefValue = "0" // so that the help shows no default: every broker
	f.StringVar(&o.filter, "filter", "", "the console's `FILTER`: words, /regex/, is:urp, missing:7, field:value; ! before a term negates it")
	f.BoolVar(&o.watch, "watch", false, "open the console on these partitions")
	// Apache's spelling of two of them
	f.BoolVar(&o.underReplicated, "under-replicated-partitions", false, "")
	f.BoolVar(&o.underMinISR, "under-min-isr-partitions", false, "")
	f.MarkHidden("under-replicated-partitions")
	f.MarkHidden("under-min-isr-partitions")
	return cmd
}

// partitionFilters are the flags that filterText writes, and the one that opens the console, which is open then.
var partitionFilters = []string{"under-replicated", "under-replicated-partitions", "under-min-isr", "under-min-isr-partitions", "at-min-isr",
	"offline", "leaderless", "preferred-not-leading", "topic", "tenant", "broker", "filter", "watch"}

// filterText is the filter that the flags stand for, in the words of the console.
func (o *partitionOptions) filterText() string {
	var words []string
	for _, w := range []struct {
		on   bool
		word string
	}{
		{o.underReplicated, "is:urp"}, {o.underMinISR, "is:under-min-isr"}, {o.atMinISR, "is:at-min-isr"},
		{o.offline, "is:offline"}, {o.leaderless, "is:leaderless"}, {o.offlineReplicas, "is:offline-replicas"}, {o.preferredNotLeading, "is:preferred-not-leading"},
		{o.broker >= 0, "broker:" + strconv.Itoa(o.broker)},
		{o.topic != "", "topic:" + format.FilterValue(o.topic)},
		{o.tenant != "", "tenant:" + format.FilterValue(o.tenant)},
		{o.filter != "", o.filter},
	} {
		if w.on {
			words = append(words, w.word)
		}
	}
	return strings.Join(words, " ")
}

func runPartitions(cmd *cobra.Command, env *Env, g *globals, o *partitionOptions) error {
	text := o.filterText()
	f, err := view.ParseFilter(text)
	if err != nil {
		return filterError(err)
	}
	if o.watch && g.document() {
		return refused("partitions: --watch opens the console: leave out -o %s", g.output)
	}
	if o.watch {
		return openConsole(cmd.Context(), env, g, consoleOptions{pane: "partitions", filter: text})
	}
	// What the words mean is checked on an empty cluster, before anything is sent.
	rules := env.tenantRules(g)
	if _, err := view.MatchPartitions(state.NewBuilder("", env.Now(), 0, 0).Done(), f, rules); err != nil {
		return filterError(err)
	}
	return listPartitions(cmd.Context(), env, g, o, f, rules)
}

func filterError(err error) error {
	var field *view.FieldError
	if errors.As(err, &field) {
		return refused("%w%s", err, didYouMean(field.Word, field.Known))
	}
	return err
}

func listPartitions(ctx context.Context, env *Env, g *globals, o *partitionOptions, f view.Filter, rules tenant.Rules) error {
	src, err := env.look(ctx, g)
	if err != nil {
		return err
	}
	s := src.snapshot
	if o.broker >= 0 && s.Broker(int32(o.broker)) == nil {
		return refused("--broker %d: there is no such broker; there are %s", o.broker, brokerIDs(s))
	}
	match, err := view.MatchPartitions(s, f, rules)
	if err != nil {
		return filterError(err)
	}
	var rows []state.Partition
	for i := range s.NumPartitions() {
		if p := s.Partition(i); match(p) {
			rows = append(rows, p)
		}
	}
	if len(rows) == 0 && o.topic != "" && !anyTopic(s, o.topic) {
		return refused("--topic %s: no topic matches%s", o.topic, didYouMean(o.topic, topicNames(s)))
	}
	switch g.output {
	case outJSON:
		return view.WritePartitions(env.Out, s, rows)
	case outYAML:
		var doc bytes.Buffer
		if err := view.WritePartitions(&doc, s, rows); err != nil {
			return err
		}
		return document.YAMLOf(env.Out, doc.Bytes())
	}
	if err := table(env, g, view.PartitionColumns(), rows); err != nil {
		return err
	}
	fmt.Fprintf(env.Err, "%d of %d partitions\n", len(rows), s.NumPartitions())
	env.sayUnknown(s)
	return nil
}

func anyTopic(s *state.Snapshot, re string) bool {
	f, err := view.ParseFilter(`topic:"` + re + `"`)
	if err != nil {
		return false
	}
	match, err := view.MatchPartitions(s, f, nil)
	if err != nil {
		return false
	}
	for i := range s.NumPartitions() {
		if match(s.Partition(i)) {
			return true
		}
	}
	return false
}

func topicNames(s *state.Snapshot) []string {
	names := make([]string, s.NumTopics())
	for i := range names {
		names[i] = s.Topic(i).Name()
	}
	return names
}

func brokerIDs(s *state.Snapshot) string {
	ids := make([]int32, len(s.Brokers))
	for i := range ids {
		ids[i] = s.Brokers[i].ID
	}
	return view.IDs(ids)
}
