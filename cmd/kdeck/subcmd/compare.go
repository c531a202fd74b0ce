package subcmd

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"kdeck/ops/compare"
	"kdeck/ops/format"
	"kdeck/ops/records"
	"kdeck/ops/state"
	"kdeck/ops/view"
)

func newCompare(env *Env, g *globals) *cobra.Command {
	var only string
	cmd := &cobra.Command{
		Use:     "compare [TOPICS]",
		Short:   "Where the brokers' own views differ: leaders, ISRs, topics, features, configs, stray replicas",
		Example: "  kdeck compare\n  kdeck compare 'orders.*'\n  kdeck compare --brokers 3,7\n  kdeck compare partition orders/3",
		Long: "compare asks every broker on a connection of its own for what it takes for true: how far it has followed the metadata,\n" +
			"topics and their ids, partitions, leaders with their epochs, replicas, ISRs, offline replicas, the brokers that are\n" +
			"alive, levels of features, configs that should be the same everywhere; and whether its disks hold what the metadata\n" +
			"says. What differs is looked at again, three times within seconds: a change that is on its way is no difference.\n" +
			"The id of the controller that Metadata has is not compared, because in KRaft it is random.\n\n" +
			"TOPICS is a regular expression for whole names of topics. With it, the replicas of these topics are asked for the ends of\n" +
			"their own logs too ('.*' for all): who acts as the leader, and whether what is committed is on every replica in sync.\n" +
			"Without it, configs are compared.\n\n" +
			"It exits 0 when all brokers agree, 1 when they differ or one of them couldn't be asked, and 2 when none could.",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runCompare(cmd.Context(), env, g, strings.Join(args, ""), only)
		},
	}
	cmd.PersistentFlags().StringVar(&only, "brokers", "", "only these brokers, `B,B`")
	cmd.AddCommand(&cobra.Command{
		Use:     "partition TOPIC/PARTITION",
		Short:   "What each broker says of one partition, and each replica of its own log",
		Example: "  kdeck compare partition orders/3\n  kdeck compare partition orders/3 -o json",
		Long: "partition shows of every broker who leads the partition by its own metadata, in which epoch, and which replicas are in\n" +
			"sync; and of every broker with a copy whether it acts as the leader, where its own log begins and ends, and in which\n" +
			"log dir it is. One sentence says what that means. It exits as compare does.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runComparePartition(cmd.Context(), env, g, args[0], only)
		},
	})
	return cmd
}

// comparedLive refuses a saved cluster, which has one view only, and reads the ids of --brokers.
func comparedLive(g *globals, name, only string) (ids []int32, err error) {
	if g.snapshot != "" {
		return nil, refused("--snapshot %s: a saved cluster holds one broker's view, and no others to compare it with", g.snapshot)
	}
	if only == "" {
		return nil, nil
	}
	return brokerWords(name+": --brokers", strings.Split(only, ","))
}

// brokerWords reads ids of brokers. what stands in front of an error.
func brokerWords(what string, words []string) (ids []int32, err error) {
	for _, w := range words {
		id, err := strconv.ParseInt(strings.TrimSpace(w), 10, 32)
		if err != nil || id < 0 {
			return nil, refused("%s: %q is no broker's id: a number was expected", what, w)
		}
		if !slices.Contains(ids, int32(id)) {
			ids = append(ids, int32(id))
		}
	}
	return ids, nil
}

func runCompare(ctx context.Context, env *Env, g *globals, topics, only string) error {
	re, err := format.WholeName(topics)
	if err != nil {
		return refused("compare: %q is no regular expression: %w", topics, err)
	}
	brokers, err := comparedLive(g, "compare", only)
	if err != nil {
		return err
	}
	src, err := env.open(g)
	if err != nil {
		return err
	}
	o := env.compareOptions(brokers)
	if topics != "" {
		o.Topics = re.MatchString
	}
	r, err := compare.Cluster(ctx, src.session, o)
	if err != nil {
		return compareError("compare", err)
	}
	env.recognize(src.session.Cluster(), r.ClusterID)
	if topics != "" && r.Topics == 0 {
		return refused("compare: no topic matches %q", topics)
	}
	if g.document() {
		err = env.document(g, r.Answer())
	} else {
		err = writeCompared(env, g, r)
	}
	if agree, known := r.Agree(); err == nil && !(agree && known) {
		return answerNo()
	}
	return err
}

func (e *Env) compareOptions(brokers []int32) compare.Options {
	return compare.Options{Brokers: brokers, Now: e.Now, Rest: func(ctx context.Context) bool { return e.rest(ctx, min(e.Apart, compare.Between)) }}
}

func compareError(name string, err error) error {
	if unknown, ok := errors.AsType[*compare.UnknownBrokerError](err); ok {
		return refused("%s: --brokers %d: %w", name, unknown.ID, err)
	}
	if missing, ok := errors.AsType[*compare.MissingError](err); ok {
		return refused("%s: %w", name, missing)
	}
	return err
}

func writeCompared(env *Env, g *globals, r *compare.Result) error {
	if len(r.Differences) > 0 {
		if err := table(env, g, differenceColumns(), r.Differences); err != nil {
			return err
		}
		fmt.Fprintln(env.Out)
	}
	_, err := fmt.Fprintln(env.Out, env.safe(r.Sentence()))
	env.sayUnknown(&state.Snapshot{Unknown: r.Answer().Unknown})
	return err
}

func differenceColumns() []view.Column[compare.Difference] {
	return []view.Column[compare.Difference]{
		{Head: "DIFFERS IN", Name: "what", Cell: func(d compare.Difference) string { return d.What }},
		{Head: "WHERE", Name: "scope", Cell: func(d compare.Difference) string { return d.Scope }},
		{Head: "WHO SAYS WHAT", Name: "sentence", Cell: func(d compare.Difference) string { return d.Sentence }},
	}
}

func runComparePartition(ctx context.Context, env *Env, g *globals, word, only string) error {
	topic, partition, err := records.ParsePartition(word)
	if err != nil {
		return refused("compare partition: %w", err)
	}
	brokers, err := comparedLive(g, "compare partition", only)
	if err != nil {
		return err
	}
	src, err := env.open(g)
	if err != nil {
		return err
	}
	r, err := compare.Partition(ctx, src.session, topic, partition, env.compareOptions(brokers))
	if err != nil {
		return compareError("compare partition", err)
	}
	env.recognize(src.session.Cluster(), r.ClusterID)
	if g.document() {
		err = env.document(g, r.Answer())
	} else {
		if err = table(env, g, copyColumns(), r.Copies); err == nil {
			_, err = fmt.Fprintf(env.Out, "\n%s\n", env.safe(r.Sentence))
		}
		env.sayUnknown(&state.Snapshot{Unknown: r.Unknown})
	}
	if agree, known := r.Agree(); err == nil && !(agree && known) {
		return answerNo()
	}
	return err
}

func copyColumns() []view.Column[compare.Copy] {
	offset := func(of func(*compare.Offsets) int64) func(compare.Copy) string {
		return func(c compare.Copy) string {
			switch {
			case c.Offsets == nil:
				return "-"
			case of(c.Offsets) < 0:
				return format.Unknown
			}
			return format.Thousands(of(c.Offsets))
		}
	}
	says := func(of func(compare.PartitionView) string) func(compare.Copy) string {
		return func(c compare.Copy) string {
			if !c.Knows {
				return "not there"
			}
			return of(c.View)
		}
	}
	number := func(n int32) string {
		if n < 0 {
			return "none"
		}
		return strconv.Itoa(int(n))
	}
	return []view.Column[compare.Copy]{
		{Head: "BROKER", Name: "broker", Right: true, Cell: func(c compare.Copy) string { return number(c.Broker) }},
		{Head: "LEADER", Name: "leader", Right: true, Cell: says(func(p compare.PartitionView) string { return number(p.Leader) })},
		{Head: "EPOCH", Name: "leader_epoch", Right: true, Cell: says(func(p compare.PartitionView) string { return number(p.LeaderEpoch) })},
		{Head: "REPLICAS", Name: "replicas", Cell: says(func(p compare.PartitionView) string { return view.IDs(p.Replicas) })},
		{Head: "ISR", Name: "isr", Cell: says(func(p compare.PartitionView) string { return view.IDs(p.ISR) })},
		{Head: "OFFLINE", Name: "offline", Wide: true, Cell: says(func(p compare.PartitionView) string { return view.IDs(p.Offline) })},
		{Head: "ACTS AS", Name: "leads", Cell: func(c compare.Copy) string {
			switch {
			case c.Offsets == nil:
				return "-"
			case c.Offsets.Leads:
				return "leader"
			}
			return "follower"
		}},
		{Head: "LOG START", Name: "log_start", Right: true, Cell: offset(func(o *compare.Offsets) int64 { return o.Start })},
		{Head: "LOG END", Name: "log_end", Right: true, Cell: offset(func(o *compare.Offsets) int64 { return o.End })},
		{Head: "SIZE", Name: "size_bytes", Right: true, Cell: func(c compare.Copy) string {
			if c.Log == nil {
				return "-"
			}
			return format.Bytes(c.Log.Size)
		}},
		{Head: "LOG DIR", Name: "log_dir", Wide: true, Cell: func(c compare.Copy) string {
			if c.Log == nil {
				return "-"
			}
			return c.Log.Dir
		}},
	}
}
