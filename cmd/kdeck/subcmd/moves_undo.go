package subcmd

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"kdeck/ops/format"
	"kdeck/ops/plan"
	"kdeck/ops/reassign"
	"kdeck/ops/state"
)

func newMovesUndo(env *Env, g *globals) *cobra.Command {
	o := &executeOptions{}
	cmd := &cobra.Command{
		Use:     "undo [RUN]",
		Short:   "Move back what a run moved, the last one or the one named; without --execute show what that takes",
		Example: "  kdeck moves undo\n  kdeck moves undo 20261130T083312-drain-7 --execute --throttle 50MB",
		Long: "undo moves every partition back to the brokers that it was on before a run of this machine, in the same order. A partition\n" +
			"that somebody moved since, or whose old brokers are gone or take no replicas, is named and left as it is; where none can go back,\n" +
			"undo is refused. An undo is a run of its own, and can be undone too.\n\n" +
			"It exits 0 when all is done, 1 when something is left, 2 when nothing was sent.",
	}
	o.flags(cmd.Flags())
	argumentsFirst(cmd, g, func(cmd *cobra.Command, args []string) error {
		if len(args) > 1 {
			return refused("moves undo takes one run, not %d: kdeck moves undo [RUN] --execute --throttle SIZE", len(args))
		}
		return runMovesUndo(cmd.Context(), env, g, o, strings.Join(args, ""))
	})
	return cmd
}

func runMovesUndo(ctx context.Context, env *Env, g *globals, o *executeOptions, id string) error {
	if _, err := o.rate(g); err != nil {
		return err
	}
	if g.snapshot != "" {
		return refused("--snapshot %s: which runs there were is known of a live cluster only", g.snapshot)
	}
	stateDir, err := env.stateDir()
	if err != nil {
		return err
	}
	src, err := env.look(ctx, g)
	if err != nil {
		return err
	}
	record, whole, err := undoOf(ctx, stateDir, src.snapshot, id)
	if err != nil {
		return err
	}
	cordoned, err := reassign.LeftCordoned(stateDir, src.snapshot.ClusterID)
	if err != nil {
		return failed(err)
	}
	for _, id := range cordoned { // the run puts that back first
		if b := src.snapshot.Broker(id); b != nil {
			b.Cordoned.Value = false
		}
	}
	whole, not := whole.Undoable(src.snapshot)
	if len(whole.Partitions) == 0 && len(not) > 0 {
		return refused("the run %s can't be undone: %s can't go back, such as %s-%d: %s", record.ID, format.Count(len(not), "partition"), not[0].Topic, not[0].Partition, not[0].Why)
	}
	if err := whole.Complete(src.snapshot); err != nil {
		return refused("the run %s can't be undone: %w", record.ID, err)
	}
	shown := restOf(src.snapshot, whole)
	shown.Header.LeftAlone = append(shown.Header.LeftAlone, not...)
	words := append([]string{"moves", "undo", record.ID}, o.words()...)
	a, err := env.planAction(ctx, g, src, shown, whole, o, plan.UndoPhrase(whole, src.name), words, nil)
	if err != nil {
		return err
	}
	return env.perform(ctx, g, &o.changeOptions, a)
}

// undoOf finds a run, the last one where id is empty, and the plan that undoes it. A run that is on is refused.
func undoOf(ctx context.Context, stateDir string, s *state.Snapshot, id string) (*reassign.Record, *plan.Plan, error) {
	ids, err := reassign.Runs(stateDir, s.ClusterID)
	if err != nil {
		return nil, nil, failed(err)
	}
	if len(ids) == 0 {
		return nil, nil, refused("no run on this cluster is on record on this machine: there is nothing to undo")
	}
	if id == "" {
		id = ids[len(ids)-1]
	}
	record, err := reassign.ReadRecord(stateDir, s.ClusterID, id)
	if err != nil {
		return nil, nil, refused("%w%s", err, didYouMean(id, ids))
	}
	if run, err := reassign.Find(ctx, stateDir, s.ClusterID); err != nil {
		return nil, nil, refused("%w", err)
	} else if run != nil && run.State != state.RunOrphaned {
		return nil, nil, refused("the run %s is on: end it first (kdeck moves stop), and undo what it has moved then", run.ID)
	}
	p, err := record.ReadUndo()
	if err != nil {
		return nil, nil, refused("%w", err)
	}
	return record, p, nil
}
