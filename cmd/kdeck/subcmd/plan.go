package subcmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"kdeck/assigner"
	"kdeck/ops/plan"
	"kdeck/ops/reassign"
	"kdeck/ops/state"
	"kdeck/ops/view"
)

func newPlan(env *Env, g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "plan [-] STAGE … [+ STAGE …]",
		Short: "Plan moves; nothing is changed",
		Long: "plan works out which replicas have to move, and no more than have to, and prints the plan.\n" +
			"With -o json that is a file for `kdeck apply`, which kafka-reassign-partitions reads too.\n\n" +
			"Stages are joined by + and make one plan: what one asks for, the others keep. Where the first is -, the stages of\n" +
			"the plan on standard input come before. Arguments come before flags, and lists behind flags have commas.\n\n" +
			"Stages:\n" + plan.Usage() + "\n" +
			"Flags of every stage:\n" +
			"  --topics RE, --exclude-topics RE       only topics whose whole name matches, or doesn't\n" +
			"Flags that bind the whole plan:\n" +
			"  --max-moves N, --max-bytes SIZE        what must move, moves or is refused; the rest as far as this goes\n" +
			"Flags of the command:\n" +
			"  --why TOPIC/PARTITION                  only say which stages this partition's change serves\n" +
			"  --check FILE                           judge a plan made elsewhere instead, by the stages given or its own\n" +
			"  --simulate SIZE                        a first timeline, each broker copying so many bytes a second each way\n\n" +
			"It exits 1 when something that ought to move can't be moved, or when a plan that is checked is wrong.",
		Example: "  kdeck plan drain 7\n  kdeck plan drain 7 --to 8,9 -o json > drain7.json\n" +
			"  kdeck plan drain 7 + balance count + leaders --simulate 200MB\n  kdeck plan drain 7 -o json | kdeck plan - leaders\n" +
			"  kdeck plan --check reassign.json drain 7",
		DisableFlagParsing: true,
		RunE: func(cmd *cobra.Command, words []string) error {
			words, help, err := takeGlobals(cmd, g, words)
			if help {
				return cmd.Help()
			}
			if err != nil {
				return err
			}
			o, err := parsePlan(words)
			if err != nil {
				return err
			}
			return runPlan(cmd.Context(), env, g, o)
		},
	}
}

func parseStages(words []string) ([]plan.Stage, error) {
	stages, err := plan.Parse(words)
	var unknown *plan.UnknownWordError
	switch {
	case errors.As(err, &unknown):
		return nil, refused("plan: %w%s", err, didYouMean(unknown.Word, unknown.Known))
	case err != nil:
		return nil, refused("plan: %w", err)
	}
	return stages, nil
}

func runPlan(ctx context.Context, env *Env, g *globals, o *planOptions) error {
	before, err := o.readBefore(env)
	if err != nil {
		return err
	}
	src, err := env.look(ctx, g)
	if err != nil {
		return err
	}
	defer src.close()
	if o.check != "" {
		return checkPlan(env, g, src, o)
	}
	if before != nil {
		if err := before.Holds(src.snapshot); err != nil {
			return refused("-: %w", err)
		}
	}
	if err := o.has(src.snapshot); err != nil {
		return err
	}
	p, err := propose(src, o.stages)
	if err != nil {
		return err
	}
	if o.why != nil {
		return showWhy(env, g, src, p, o)
	}
	if o.rate > 0 {
		p.Header.Simulation = p.Traffic.Simulate(o.rate, reassign.DefaultMoves)
	}
	if src.live {
		phrase := plan.ApplyPhrase(p.Plan, src.name)
		p.Header.Confirm = &phrase
	}
	if err := showPlan(env, g, src, p, false); err != nil {
		return err
	}
	if len(p.Header.Stuck) > 0 {
		return no()
	}
	return nil
}

// propose plans the stages; what the planner refuses, it refuses by name.
func propose(src *source, stages []plan.Stage) (*plan.Proposal, error) {
	p, err := plan.Make(src.snapshot, stages)
	if err != nil {
		return nil, refusedByPlanner(src.snapshot, err)
	}
	return p, nil
}

// refusedByPlanner adds to an error what could have been meant.
func refusedByPlanner(s *state.Snapshot, err error) error {
	var broker *assigner.UnknownBrokerError
	var topic *plan.NoTopicError
	switch {
	case errors.As(err, &broker):
		return refused("%w; there are %s", err, brokerIDs(s))
	case errors.As(err, &topic):
		return refused("%w%s", err, didYouMean(topic.Expression, topicNames(s)))
	}
	return refused("%w", err)
}

// showPlan prints a plan: the file for programs, and what an operator wants to know before agreeing for people.
func showPlan(env *Env, g *globals, src *source, p *plan.Proposal, execute bool) error {
	switch g.output {
	case outJSON:
		return p.Write(env.Out)
	case outYAML:
		var doc bytes.Buffer
		if err := p.Write(&doc); err != nil {
			return err
		}
		return env.yaml(doc.Bytes())
	}
	h := p.Header
	if len(p.Partitions) > 0 {
		if err := table(env, g, moveColumns(), changesOf(p)); err != nil {
			return err
		}
		fmt.Fprintln(env.Out)
	}
	var b strings.Builder
	if len(p.Loads) > 0 { // a plan from a file comes without
		columns := loadColumns()
		if len(p.Partitions) > 0 {
			columns = slices.Insert(columns, len(columns)-1, barColumns(p, env.ascii())...)
		}
		if err := table(env, g, columns, p.Loads); err != nil {
			return err
		}
		b.WriteByte('\n')
	}
	writeCost(&b, p)
	for _, list := range []struct {
		name  string
		lines []string
	}{{"relaxed ", h.Relaxed}, {"broken  ", h.Violations}, {"risk    ", h.Risks}} {
		for _, line := range list.lines {
			fmt.Fprintf(&b, "%s %s\n", list.name, env.safe(line))
		}
	}
	for _, s := range h.Stuck {
		fmt.Fprintf(&b, "CAN'T MOVE  %s-%d on %s: %s\n", env.safe(s.Topic), s.Partition, view.IDs(s.Replicas), env.safe(s.Why))
	}
	writeTimeline(&b, h.Simulation)
	if n := src.snapshot.Moves.Or(0); n > 0 {
		fmt.Fprintf(&b, "in flight %s: what they bring counts as done\n", plural(n, "reassignment"))
	}
	if !execute && h.Confirm != nil && len(p.Partitions)+src.snapshot.Moves.Or(0) > 0 {
		fmt.Fprintf(&b, "\nnothing is changed yet; the phrase that carries it out: %s\n", *h.Confirm)
	}
	_, err := env.Out.Write([]byte(b.String()))
	return err
}

// throttles are those that a plan's time is told for, in bytes a second for each broker.
var throttles = []int64{20e6, 50e6, 100e6, 200e6}

func writeCost(b *strings.Builder, p *plan.Proposal) {
	h := p.Header
	if len(p.Partitions) == 0 {
		switch {
		case len(h.Stuck) > 0:
			b.WriteString("nothing can be moved\n")
		case len(h.Violations) > 0:
			b.WriteString("nothing to change\n")
		default:
			fmt.Fprintf(b, "nothing to move: the cluster is already as %q asks for\n", strings.Join(h.Stages, " + "))
		}
		return
	}
	fmt.Fprintf(b, "moves    %d (no plan can do with fewer than %d)\n", h.Moves, h.MovesBound)
	bytes, known := p.Traffic.Bytes()
	more := ""
	if !known {
		more = fmt.Sprintf(" and %s whose size no broker told", plural(p.Traffic.Unknown, "partition"))
	}
	fmt.Fprintf(b, "bytes    %s%s\n", view.Bytes(bytes), more)
	if n := p.Elections(); n == len(p.Partitions) {
		fmt.Fprintf(b, "leaders  %s elect the preferred leader, which doesn't lead\n", plural(n, "partition"))
	} else {
		fmt.Fprintf(b, "leaders  %s get another preferred leader\n", plural(h.LeaderChanges, "partition"))
	}
	if bytes > 0 {
		b.WriteString("time     at least")
		for i, rate := range throttles {
			if i > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(b, " %s at %s/s", view.Duration(p.Traffic.Time(rate)), view.Bytes(rate))
		}
		if port, _, ok := p.Traffic.Busiest(); ok {
			fmt.Fprintf(b, " (most goes %v)", port)
		}
		b.WriteByte('\n')
	}
}

// planRow is one partition of a plan.
type planRow struct {
	plan.Assignment
	before []int32
	size   int64
}

func changesOf(p *plan.Proposal) []planRow {
	rows := make([]planRow, len(p.Partitions))
	for i := range rows {
		rows[i] = planRow{p.Partitions[i], p.Header.Before[i].Replicas, p.Traffic.Copies[i].Size}
	}
	return rows
}

func moveColumns() []view.Column[planRow] {
	return []view.Column[planRow]{
		{Head: "TOPIC", Cell: func(c planRow) string { return c.Topic }},
		{Head: "PART", Right: true, Cell: func(c planRow) string { return strconv.Itoa(int(c.Partition)) }},
		{Head: "NOW", Cell: func(c planRow) string { return view.IDs(c.before) }},
		{Head: "NEXT", Cell: func(c planRow) string { return view.IDs(c.Replicas) }},
		{Head: "SIZE", Right: true, Cell: func(c planRow) string {
			if c.size < 0 {
				return view.Unknown
			}
			return view.Bytes(c.size)
		}},
	}
}

func loadColumns() []view.Column[assigner.Load] {
	holding := func(head string, get func(assigner.Load) (before, after int)) view.Column[assigner.Load] {
		return view.Column[assigner.Load]{Head: head, Right: true, Cell: func(l assigner.Load) string {
			before, after := get(l)
			if before == after {
				return strconv.Itoa(before)
			}
			return fmt.Sprintf("%d -> %d", before, after)
		}}
	}
	size := func(b assigner.Bytes) string {
		if b.Unknown > 0 && b.Known == 0 {
			return view.Unknown
		}
		if b.Unknown > 0 {
			return ">" + view.Bytes(b.Known)
		}
		return view.Bytes(b.Known)
	}
	return []view.Column[assigner.Load]{
		{Head: "BROKER", Right: true, Cell: func(l assigner.Load) string { return strconv.Itoa(int(l.Broker)) }},
		{Head: "RACK", Cell: func(l assigner.Load) string { return l.Rack }},
		holding("REPLICAS", func(l assigner.Load) (int, int) { return l.Before.Replicas, l.After.Replicas }),
		holding("LEADERS", func(l assigner.Load) (int, int) { return l.Before.Leaders, l.After.Leaders }),
		{Head: "BYTES", Right: true, Cell: func(l assigner.Load) string {
			before, after := size(l.Before.Bytes), size(l.After.Bytes)
			if before == after {
				return before
			}
			return before + " -> " + after
		}},
		{Head: "NOTE", Cell: func(l assigner.Load) string { return l.Why }},
	}
}
