package subcmd

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"kdeck/ops/format"
	"kdeck/ops/plan"
	"kdeck/ops/reassign"
	"kdeck/ops/view"
	"kdeck/protocol"
)

type drainOptions struct {
	executeOptions
	to         string
	unregister bool
}

func newDrain(env *Env, g *globals) *cobra.Command {
	o := &drainOptions{}
	cmd := &cobra.Command{
		Use:     "drain BROKER…",
		Aliases: []string{"remove"},
		Short:   "Move every replica off brokers, alive or dead; without --execute show the plan",
		Long: "drain moves every replica off the brokers, in one command. It makes no more moves than that needs, keeps each partition\n" +
			"spread over the racks, and loads the other brokers evenly. It never waits for a dead broker. A partition that can't be\n" +
			"moved, because its only in-sync replica is on a dead broker or too few brokers are left for its replicas, is named with\n" +
			"the ways out and left alone, and the rest is moved.\n\n" +
			"One interrupt lets the moves in flight finish; a second one leaves everything as it is. Run the same command again to\n" +
			"finish the work. It exits 0 when all is done, 1 when something is left, 2 when nothing was sent.",
		Example: "  kdeck drain 7\n  kdeck drain 7 --throttle 50MB\n  kdeck drain 7 --to 8,9 --execute --throttle 50MB",
	}
	f := cmd.Flags()
	o.flags(f)
	f.StringVar(&o.to, "to", "", "only onto these brokers, `B,B`")
	f.BoolVar(&o.unregister, "unregister", false, "at the end, unregister the brokers, which must be dead")
	argumentsFirst(cmd, g, func(cmd *cobra.Command, brokers []string) error {
		stage := append([]string{"drain"}, brokers...)
		if o.to != "" {
			stage = append(stage, "--to", o.to)
		}
		stages, err := plan.Parse(stage)
		if err != nil {
			return refused("%w", grammarInOurWords(err))
		}
		return runDrain(cmd.Context(), env, g, o, brokers, stages)
	})
	return cmd
}

func runDrain(ctx context.Context, env *Env, g *globals, o *drainOptions, brokers []string, stages []plan.Stage) error {
	rate, err := o.rate(g)
	if err != nil {
		return err
	}
	src, err := env.look(ctx, g)
	if err != nil {
		return err
	}
	p, err := propose(ctx, src, stages)
	if err != nil {
		return err
	}
	finish := slices.Concat([]string{"drain"}, brokers, o.words())
	if o.to != "" {
		finish = append(finish, "--to", o.to)
	}
	var unregister []int32
	last, needs := "", protocol.ClassADM
	if o.unregister {
		last, needs = "unregister", protocol.ClassADMX
		if err := reassign.MayUnregister(src.snapshot, p.Header.Drained); err != nil {
			return refused("--unregister: %w", err)
		}
		finish = append(finish, "--unregister")
		p.Header.Notes = append(p.Header.Notes, fmt.Sprintf("at the end unregistered: %s %s", format.Plural(len(p.Header.Drained), "broker"), view.IDs(p.Header.Drained)))
		unregister = p.Header.Drained
	}
	if err := env.checkThrottle(ctx, src, p, &o.executeOptions, rate); err != nil {
		return err
	}
	a, err := env.planAction(g, src, p, p.Plan, &o.executeOptions, plan.Phrase(stages, last, src.name), finish, unregister)
	if err != nil {
		return err
	}
	a.needs = needs
	return env.perform(ctx, g, &o.changeOptions, a)
}
