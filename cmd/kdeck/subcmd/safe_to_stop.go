package subcmd

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kdeck/ops/compare"
	"kdeck/ops/format"
	"kdeck/ops/health"
	"kdeck/ops/state"
	"kdeck/ops/view"
)

type stopOptions struct {
	rack string
	wait bool
}

func newSafeToStop(env *Env, g *globals) *cobra.Command {
	o := &stopOptions{}
	cmd := &cobra.Command{
		Use:     "safe-to-stop BROKER… | safe-to-stop --rack RACK",
		Short:   "Can brokers be stopped now? Yes or no, with the partitions that say no",
		Example: "  kdeck safe-to-stop 7\n  kdeck safe-to-stop 7 8 -o json\n  kdeck safe-to-stop --rack eu-1a",
		Long: "safe-to-stop says whether brokers or controllers can be stopped, all that are named at the same time. It is no where a\n" +
			"partition would go offline or under min.insync.replicas, by the view of any broker; where the metadata quorum would\n" +
			"lose its majority; where a partition that coordinates groups or transactions, of three replicas or more, would have\n" +
			"one in sync left; while partitions there are being moved, or have another replica that is still catching up;\n" +
			"and where something that could say no can't be read.\n\n" +
			"Nothing is stopped. It exits 0 for yes and 1 for no, so that a script can go on: kdeck safe-to-stop 7 --wait && …\n" +
			"--wait looks again and again until it is yes.",
		RunE: func(cmd *cobra.Command, words []string) error {
			ids, err := brokerWords("safe-to-stop", words)
			switch {
			case err != nil:
				return err
			case len(ids) == 0 && o.rack == "":
				return refused("safe-to-stop: BROKER is missing: kdeck safe-to-stop 7, or --rack RACK")
			case o.wait && env.console != nil:
				return refused("safe-to-stop: --wait would keep the console waiting: run it in a shell")
			case o.wait && g.snapshot != "":
				return refused("safe-to-stop: --wait looks again and again, and a saved cluster doesn't change: leave out --snapshot or --wait")
			}
			return runSafeToStop(cmd.Context(), env, g, o, ids)
		},
	}
	cmd.Flags().StringVar(&o.rack, "rack", "", "all brokers of this `RACK`")
	cmd.Flags().BoolVar(&o.wait, "wait", false, "look again every few seconds until it is yes, or until interrupted")
	return cmd
}

func runSafeToStop(ctx context.Context, env *Env, g *globals, o *stopOptions, ids []int32) error {
	ctx, stop := env.untilInterrupted(ctx)
	defer stop()
	src, err := env.look(ctx, g)
	if err != nil {
		return err
	}
	if ids, err = o.nodes(src.snapshot, ids); err != nil {
		return err
	}
	var last *health.StopAnswer
	for {
		a, err := stopAnswer(ctx, src, ids)
		switch {
		case err != nil && last != nil && ctx.Err() != nil: // interrupted
			return env.tellStop(g, src, *last)
		case err != nil:
			return err
		}
		last = &a
		if !o.wait || a.Safe {
			return env.tellStop(g, src, a)
		}
		fmt.Fprintf(env.Err, "%s not yet: %s\n", env.Now().UTC().Format(time.TimeOnly), env.safe(a.Reasons[0].Sentence))
		if !env.rest(ctx, env.Apart) {
			return env.tellStop(g, src, a)
		}
		again, err := env.looker(src)(ctx)
		switch {
		case err == nil:
			src.snapshot = again
		case ctx.Err() != nil:
			return env.tellStop(g, src, a)
		default: // nobody answers for the moment: it is asked again
			fmt.Fprintf(env.Err, "%s not yet: %s\n", env.Now().UTC().Format(time.TimeOnly), env.safe(err.Error()))
		}
	}
}

// nodes adds the brokers of the rack, and refuses what is no node of the cluster.
func (o *stopOptions) nodes(s *state.Snapshot, ids []int32) ([]int32, error) {
	ids = slices.Clone(ids)
	var racks []string
	found := false
	for i := range s.Brokers {
		b := &s.Brokers[i]
		if b.Rack != "" && !slices.Contains(racks, b.Rack) {
			racks = append(racks, b.Rack)
		}
		if o.rack != "" && b.Rack == o.rack {
			if found = true; !slices.Contains(ids, b.ID) {
				ids = append(ids, b.ID)
			}
		}
	}
	if o.rack != "" && !found {
		slices.Sort(racks)
		return nil, refused("safe-to-stop: --rack %s: no broker is in it; there are %s%s", o.rack, strings.Join(racks, ", "), didYouMean(o.rack, racks))
	}
	for _, id := range ids {
		if s.Broker(id) == nil && !slices.ContainsFunc(s.Voters, func(v state.Voter) bool { return v.ID == id }) {
			known := []string{brokerIDs(s)}
			if len(s.Voters) > 0 {
				var voters []int32
				for _, v := range s.Voters {
					voters = append(voters, v.ID)
				}
				known = append(known, "controllers "+view.IDs(voters))
			}
			return nil, refused("safe-to-stop: %d: there is no such node; there are brokers %s", id, strings.Join(known, " and "))
		}
	}
	slices.Sort(ids)
	return ids, nil
}

// stopAnswer asks every broker for its view and judges. A saved cluster has one view.
func stopAnswer(ctx context.Context, src *source, ids []int32) (health.StopAnswer, error) {
	s := src.snapshot
	st := health.NewStopping(s, ids)
	if !src.live {
		for i := range s.Brokers { // they all said it, as far as is known
			if b := &s.Brokers[i]; b.Answered.Known {
				judgeSnapshot(st, s, b.ID)
			}
		}
		return st.Answer(), nil
	}
	_, err := compare.EachView(ctx, src.session, func(by int32, alive func(int32) bool, each func(func(string, compare.PartitionView))) {
		take := st.View(by, alive)
		each(func(topic string, p compare.PartitionView) { take(topic, p.ID, p.Leader, p.Replicas, p.ISR, p.Offline) })
	})
	if err != nil {
		return health.StopAnswer{}, err
	}
	return st.Answer(), nil
}

// judgeSnapshot judges a saved cluster as the view of a broker.
func judgeSnapshot(st *health.Stopping, s *state.Snapshot, by int32) {
	take := st.View(by, func(id int32) bool { b := s.Broker(id); return b != nil && b.Alive })
	var replicas, isr, offline []int32
	for i := range s.NumPartitions() {
		p := s.Partition(i)
		replicas, isr, offline = p.AppendReplicas(replicas[:0]), p.AppendISR(isr[:0]), p.AppendOffline(offline[:0])
		take(p.Topic().Name(), p.ID(), p.Leader(), replicas, isr, offline)
	}
}

// stopJSON is the answer of `kdeck safe-to-stop` (DESIGN §3).
type stopJSON struct {
	view.Envelope
	Safe    *bool               `json:"safe"` // null: nothing says no, and something that could say it isn't known
	Brokers []int32             `json:"brokers"`
	Reasons []health.StopReason `json:"reasons"`
	Notes   []string            `json:"notes"`
	Views   []int32             `json:"views"` // the brokers that were asked for theirs
}

func (e *Env) tellStop(g *globals, src *source, a health.StopAnswer) (err error) {
	slices.Sort(a.Views)
	if g.document() {
		doc := stopJSON{view.EnvelopeOf(src.snapshot), nil, a.Nodes, append([]health.StopReason{}, a.Reasons...), append([]string{}, a.Notes...), append([]int32{}, a.Views...)}
		if a.Known {
			doc.Safe = &a.Safe
		}
		err = e.document(g, doc)
	} else {
		err = e.writeStop(g, a)
	}
	if err == nil && !a.Safe {
		return answerNo()
	}
	return err
}

// partitionsNamed is how many partitions of a reason are named; JSON has all.
const partitionsNamed = 10

func (e *Env) writeStop(g *globals, a health.StopAnswer) error {
	var b strings.Builder
	word := func(s, color string) string {
		if e.color(g) {
			return "\x1b[" + color + "m" + s + "\x1b[0m"
		}
		return s
	}
	who := format.Plural(len(a.Nodes), "node") + " " + strings.ReplaceAll(view.IDs(a.Nodes), " ", ", ")
	switch {
	case a.Safe:
		fmt.Fprintf(&b, "%s: %s can be stopped, as %s see it\n", word("YES", "32"), who, format.Count(len(a.Views), "broker"))
	case a.Known:
		fmt.Fprintf(&b, "%s: %s can't be stopped safely now\n", word("NO", "31"), who)
	default:
		fmt.Fprintf(&b, "%s: nothing says that %s can't be stopped, and not all that could say it is known\n", word("UNKNOWN", "33"), who)
	}
	for _, r := range a.Reasons {
		fmt.Fprintf(&b, "\n%s\n", e.safe(r.Sentence))
		for _, p := range r.Partitions[:min(len(r.Partitions), partitionsNamed)] {
			fmt.Fprintf(&b, "      %s\n", e.safe(p))
		}
		if n := len(r.Partitions) - partitionsNamed; n > 0 {
			fmt.Fprintf(&b, "      and %s more: -o json names all\n", format.Thousands(n))
		}
	}
	if len(a.Notes) > 0 {
		b.WriteByte('\n')
	}
	for _, n := range a.Notes {
		fmt.Fprintf(&b, "note: %s\n", e.safe(n))
	}
	_, err := e.Out.Write([]byte(b.String()))
	return err
}
