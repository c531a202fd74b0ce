package subcmd

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"kdeck/ops/format"
	"kdeck/ops/plan"
	"kdeck/ops/reassign"
	"kdeck/protocol"
)

func newMovesResume(env *Env, g *globals) *cobra.Command {
	o := &executeOptions{}
	cmd := &cobra.Command{
		Use:     "resume [RUN]",
		Short:   "Go on with a run whose process is gone, or that was stopped",
		Example: "  kdeck moves resume\n  kdeck moves resume --execute --detach",
		Long: "resume carries out the rest of a run: the last one, or the one named. What is in flight is taken over, and nothing is done twice.\n" +
			"The throttle and how many partitions move at once are those that the run had last, unless flags say otherwise.\n\n" +
			"It exits 0 when all is done, 1 when something is left, 2 when nothing was sent.",
	}
	o.flags(cmd.Flags())
	argumentsFirst(cmd, g, func(cmd *cobra.Command, args []string) error {
		if len(args) > 1 {
			return refused("moves resume takes one run, not %d: kdeck moves resume [RUN]", len(args))
		}
		return runMovesResume(cmd.Context(), env, g, o, strings.Join(args, ""))
	})
	return cmd
}

// resumePhrase is the phrase that goes on with a run.
func resumePhrase(id, cluster string) string {
	return fmt.Sprintf("resume %s %s", shortID(id), cluster)
}

func runMovesResume(ctx context.Context, env *Env, g *globals, o *executeOptions, id string) error {
	if g.snapshot != "" {
		return refused("--snapshot %s: a saved cluster has no run", g.snapshot)
	}
	if err := o.check(g); err != nil {
		return err
	}
	stateDir, err := env.stateDir()
	if err != nil {
		return err
	}
	src, err := env.look(ctx, g)
	if err != nil {
		return err
	}
	record, whole, err := unfinished(ctx, stateDir, src.snapshot.ClusterID, id)
	if err != nil {
		return err
	}
	if o.throttle == "" { // as it was taken before
		o.throttle, o.throttleAnyway = sizeOf(record.Status.Throttle), true
		if record.Status.Auto {
			o.throttle = "auto"
		}
	}
	if bounds := record.Pilot; bounds != nil && o.auto() {
		o.bound(&o.floor, bounds.Floor, reassign.DefaultFloor)
		o.bound(&o.ceiling, bounds.Ceiling, reassign.DefaultCeiling)
	}
	if o.moves == 0 && !o.given("moves") {
		o.moves = record.Status.AtOnce
	}
	if record.Stall > 0 && !o.given("stall") {
		o.stall = record.Stall
	}
	shown := restOf(src.snapshot, whole)
	o.continues = record.ID
	words := append([]string{"moves", "resume", record.ID}, o.words()...)
	a, err := env.planAction(ctx, g, src, shown, whole, o, resumePhrase(record.ID, src.name), words, record.Unregister)
	if err != nil {
		return err
	}
	if len(record.Unregister) > 0 {
		if err := reassign.MayUnregister(src.snapshot, record.Unregister); err != nil {
			return refused("the run unregisters brokers at its end: %w", err)
		}
		a.needs = protocol.ClassADMX
	}
	return env.perform(ctx, g, &o.changeOptions, a)
}

// unfinished finds a run that can be gone on with, the last one where id is empty, and its plan.
func unfinished(ctx context.Context, stateDir, clusterID, id string) (*reassign.Record, *plan.Plan, error) {
	c, err := reassign.Dial(ctx, stateDir, clusterID)
	var none *reassign.NoRunError
	switch {
	case err == nil:
		defer c.Close()
		run, err := c.Do(reassign.Request{Do: "status"})
		if err != nil {
			return nil, nil, refused("%w", err)
		}
		return nil, nil, refused("the run %s is on (process %d): nothing is resumed beside it", run.ID, run.PID)
	case !errors.As(err, &none):
		return nil, nil, refused("%w: nothing is resumed", err)
	case none.Last == nil:
		return nil, nil, refused("no run on this cluster is on record on this machine: there is nothing to resume")
	}
	record := none.Last
	if id != "" && id != record.ID {
		ids, err := reassign.Runs(stateDir, clusterID)
		if err != nil {
			return nil, nil, err
		}
		if record, err = reassign.ReadRecord(stateDir, clusterID, id); err != nil {
			return nil, nil, refused("%w%s", err, didYouMean(id, ids))
		}
	}
	if record.End != nil && record.End.Result == reassign.Done {
		return nil, nil, refused("the run %s is done: there is nothing to resume", record.ID)
	}
	p, err := record.ReadPlan(stateDir)
	if err != nil {
		return nil, nil, refused("%w: nothing is resumed", err)
	}
	if p.Header.ClusterID != clusterID {
		return nil, nil, refused("the plan of the run %s is one of the cluster with the id %q: nothing is resumed", record.ID, p.Header.ClusterID)
	}
	return record, p, nil
}

// bound gives a flag of --throttle auto the value that the run had, where it isn't given and was another than the default.
func (o *executeOptions) bound(flag *string, was, otherwise int64) {
	if *flag == "" && was != 0 && was != otherwise {
		*flag, o.throttleAnyway = sizeOf(&was), true
	}
}

// sizeOf is a throttle as it is typed.
func sizeOf(rate *int64) string {
	if rate == nil {
		return "none"
	}
	text := format.Bytes(*rate)
	if n, err := format.ParseBytes(text); err != nil || n != *rate {
		text = fmt.Sprintf("%dB", *rate)
	}
	return text
}
