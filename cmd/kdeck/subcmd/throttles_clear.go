package subcmd

import (
	"context"
	"fmt"
	"regexp"
	"slices"

	"github.com/spf13/cobra"

	"kdeck/ops/change"
	"kdeck/ops/format"
	"kdeck/ops/plan"
	"kdeck/ops/reassign"
	"kdeck/ops/state"
	"kdeck/ops/view"
)

type clearOptions struct {
	changeOptions
	topics, brokers string
}

func newThrottlesClear(env *Env, g *globals) *cobra.Command {
	o := &clearOptions{}
	cmd := &cobra.Command{
		Use:     "clear",
		Short:   "Take away throttles that were left over, and nothing else",
		Example: "  kdeck throttles clear\n  kdeck throttles clear --brokers 3,4 --execute\n  kdeck throttles clear --topics 'orders.*' --execute",
		Long: "clear takes away what `kdeck throttles` shows as left over, entry by entry, and nothing under which anything moves: each is\n" +
			"looked at again right before. A rate that kdeck had set over another gets that other value back. With --topics it takes only\n" +
			"replicas off lists of those topics, with --brokers only rates of those brokers, with both both.\n\n" +
			"It exits 0 when all is gone, 1 when something is left, 2 when nothing was sent.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runThrottlesClear(cmd.Context(), env, g, o) },
	}
	f := cmd.Flags()
	o.flags(f)
	f.StringVar(&o.topics, "topics", "", "only lists of topics whose whole name matches this regular expression, `RE`")
	f.StringVar(&o.brokers, "brokers", "", "only rates of these brokers, `B,B`")
	return cmd
}

// chooser returns a function that tells which throttles the flags mean.
func (o *clearOptions) chooser() (func(state.Throttle) bool, error) {
	var topics *regexp.Regexp
	var brokers []int32
	var err error
	if o.topics != "" {
		if topics, err = format.WholeName(o.topics); err != nil {
			return nil, refused("--topics %s: %w", o.topics, err)
		}
	}
	if o.brokers != "" {
		if brokers, err = plan.BrokerIDs([]string{o.brokers}); err != nil {
			return nil, refused("--brokers: %w", err)
		}
	}
	return func(t state.Throttle) bool {
		switch {
		case topics == nil && brokers == nil:
			return true
		case t.Topic != "":
			return topics != nil && topics.MatchString(t.Topic)
		}
		return slices.Contains(brokers, t.Broker)
	}, nil
}

func runThrottlesClear(ctx context.Context, env *Env, g *globals, o *clearOptions) error {
	if err := o.check(g); err != nil {
		return err
	}
	chosen, err := o.chooser()
	if err != nil {
		return err
	}
	src, list, unknown, err := env.throttles(ctx, g)
	if err != nil {
		return err
	}
	list = slices.DeleteFunc(list, func(t state.Throttle) bool { return t.Whose != state.LeftOver || !chosen(t) })
	var what, values, topics []string
	for _, t := range list {
		if t.Topic != "" {
			topics = append(topics, t.Topic)
		}
		row := view.ThrottlesAnswer(src.snapshot, []state.Throttle{t}, nil).Throttles[0]
		what, values = append(what, row.Scope+" "+row.Name+" "+row.Key), append(values, row.Value)
	}
	if o.execute {
		if err := notPermitted(reassign.NotPermitted(ctx, src.session, topics, false, true)); err != nil {
			return err
		}
	}
	words := []string{"throttles", "clear", "--execute"}
	if o.topics != "" {
		words = append(words, "--topics", o.topics)
	}
	if o.brokers != "" {
		words = append(words, "--brokers", o.brokers)
	}
	a := src.action(format.Phrase("clear", what, "throttle", values, src.name), what...)
	a.show = func() error { return showClear(env, g, src, list, unknown, a.phrase) }
	a.run = func(ctx context.Context, door *change.Door) error {
		stateDir, err := env.stateDir()
		if err != nil {
			return err
		}
		return outcome(reassign.Clear(ctx, reassign.ClearOptions{
			Session: src.session, Door: door, Look: env.looker(src), StateDir: stateDir, Sink: env.eventWriter(g),
			Throttles: list, Again: g.command(words...),
		}))
	}
	return env.perform(ctx, g, &o.changeOptions, a)
}

func showClear(env *Env, g *globals, src *source, list []state.Throttle, unknown []state.Unknown, phrase string) error {
	if g.document() {
		return env.document(g, struct {
			view.ThrottlesJSON
			Confirm *string `json:"confirm"`
		}{view.ThrottlesAnswer(src.snapshot, list, unknown), &phrase})
	}
	if len(list) > 0 {
		if err := table(env, g, view.ThrottleColumns(), view.ThrottleRows(list)); err != nil {
			return err
		}
	}
	sayMissing(env, unknown)
	fmt.Fprintf(env.Out, "\nwould take away %s; nothing is changed yet; the phrase that carries it out: %s\n", format.Count(len(list), "throttle"), phrase)
	return nil
}
