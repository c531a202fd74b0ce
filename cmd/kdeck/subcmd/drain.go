package subcmd

import (
	"context"
	"fmt"
	"slices"
	"strings"

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
	rack       string
	unregister bool
}

func newDrain(env *Env, g *globals) *cobra.Command {
	o := &drainOptions{}
	cmd := &cobra.Command{
		Use:     "drain BROKER… | drain --rack RACK",
		Aliases: []string{"remove"},
		Short:   "Move every replica off brokers, alive or dead; without --execute show the plan",
		Long: "drain moves every replica off the brokers, in one command. It makes no more moves than that needs, keeps each partition\n" +
			"spread over the racks, and loads the other brokers evenly. It never waits for a dead broker. A partition that can't be\n" +
			"moved, because its only in-sync replica is on a dead broker or too few brokers are left for its replicas, is named with\n" +
			"the ways out and left alone, and the rest is moved.\n\n" +
			"One interrupt lets the moves in flight finish; a second one leaves everything as it is. Run the same command again to\n" +
			"finish the work. It exits 0 when all is done, 1 when something is left, 2 when nothing was sent.",
		Example: "  kdeck drain 7\n  kdeck drain 7 --throttle 50MB\n  kdeck drain 7 --to 8,9 --execute --throttle 50MB\n  kdeck drain --rack eu-1a",
	}
	f := cmd.Flags()
	o.flags(f)
	f.StringVar(&o.rack, "rack", "", "all brokers of this `RACK`, which the phrase then names")
	f.StringVar(&o.to, "to", "", "only onto these brokers, `B,B`")
	f.BoolVar(&o.unregister, "unregister", false, "at the end, unregister the brokers, which must be dead")
	argumentsFirst(cmd, g, func(cmd *cobra.Command, brokers []string) error {
		stages, err := o.stages(brokers)
		if err != nil {
			return err
		}
		return runDrain(cmd.Context(), env, g, o, stages)
	})
	return cmd
}

// stages is what drains the brokers.
func (o *drainOptions) stages(brokers []string) ([]plan.Stage, error) {
	words := append([]string{"drain"}, brokers...)
	if o.given("rack") {
		words = append(words, "--rack", o.rack)
	}
	if o.to != "" {
		words = append(words, "--to", o.to)
	}
	stages, err := plan.Parse(words)
	if err != nil {
		return nil, refused("%w", grammarInOurWords(err))
	}
	return stages, nil
}

func runDrain(ctx context.Context, env *Env, g *globals, o *drainOptions, stages []plan.Stage) error {
	if _, err := o.rate(g); err != nil {
		return err
	}
	src, err := env.look(ctx, g)
	if err != nil {
		return err
	}
	if stages, err = plan.Resolve(src.snapshot, stages); err != nil { // the phrase names the brokers
		return refusedByPlanner(src.snapshot, err)
	}
	p, err := propose(ctx, src, stages)
	if err != nil {
		return err
	}
	finish := slices.Concat(strings.Fields(stages[0].String()), o.words())
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
	a, err := env.planAction(ctx, g, src, p, p.Plan, &o.executeOptions, plan.Phrase(stages, last, src.name), finish, unregister)
	if err != nil {
		return err
	}
	a.needs = needs
	return env.perform(ctx, g, &o.changeOptions, a)
}
