package subcmd

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"kdeck/ops/change"
	"kdeck/ops/format"
	"kdeck/ops/reassign"
	"kdeck/ops/state"
	"kdeck/ops/view"
)

func newMoves(env *Env, g *globals) *cobra.Command {
	o := &watchOptions{}
	cmd := &cobra.Command{
		Use:         "moves",
		Annotations: asPane,
		Short:       "The run that moves partitions, and all reassignments in flight",
		Example:     "  kdeck moves\n  kdeck moves pause\n  kdeck moves throttle 80MB --execute",
		Long: "moves shows the run that carries out a plan from this machine, in whichever process it is: what, since when, by whom, how far it\n" +
			"is, how fast, how long it still takes as a guess from and to, its throttle, and why it pauses. Below stand all reassignments in\n" +
			"flight: how much is left of each, how fast it goes, whose it is, and why one doesn't get on. A run whose process is gone is shown\n" +
			"as it told last, and `kdeck moves resume` goes on with it.\n\n" +
			"--watch shows it anew every two seconds, or --watch=TIME, until nothing is in flight any more or an interrupt.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if env.live(cmd, "moves", "", "watch") {
				return nil
			}
			if o.every != 0 {
				return watchMoves(cmd.Context(), env, g, o)
			}
			return runMoves(cmd.Context(), env, g)
		},
	}
	cmd.Flags().DurationVar(&o.every, "watch", 0, "show it again and again, each `TIME`")
	cmd.Flags().Lookup("watch").NoOptDefVal = "2s"
	cmd.AddCommand(newMovesCancel(env, g), newMovesUndo(env, g), newMovesResume(env, g))
	cmd.AddCommand(newMovesSteer(env, g)...)
	return cmd
}

// movesOf lists the reassignments in flight, and whose they are by this machine's journal.
func (e *Env) movesOf(s *state.Snapshot) []view.Move {
	stateDir, err := e.stateDir()
	var ours func(change.TopicPartition, []int32) bool
	if err == nil {
		ours, err = reassign.Whose(stateDir, s.ClusterID)
	}
	var moves []view.Move
	for i := range s.NumPartitions() {
		p := s.Partition(i)
		if !p.Moving() {
			continue
		}
		m := view.Move{Partition: p}
		if err == nil {
			m.Ours = state.Read(ours(change.TopicPartition{Topic: p.Topic().Name(), Partition: p.ID()}, p.AppendLasting(nil)), s.Taken, stateDir)
		}
		moves = append(moves, m)
	}
	return moves
}

// movesNow are the moves in flight, and the run that is on or was left undone; unknown says why it isn't known whether there is one.
func (e *Env) movesNow(ctx context.Context, src *source) (moves []view.Move, run *state.Run, unknown error, err error) {
	s := src.snapshot
	if !s.Moves.Known {
		return nil, nil, nil, failed(fmt.Errorf("which reassignments are in flight isn't known: %s", s.Moves.Why))
	}
	moves = e.movesOf(s)
	if !src.live {
		return moves, nil, nil, nil
	}
	stateDir, unknown := e.stateDir()
	if unknown == nil {
		run, unknown = reassign.Find(ctx, stateDir, s.ClusterID)
	}
	if run == nil {
		return moves, nil, unknown, nil
	}
	told := map[change.TopicPartition]*state.RunMove{}
	for i := range run.Flying {
		m := &run.Flying[i]
		told[change.TopicPartition{Topic: m.Topic, Partition: m.Partition}] = m
	}
	for i := range moves {
		moves[i].Run = told[change.TopicPartition{Topic: moves[i].Topic().Name(), Partition: moves[i].ID()}]
	}
	return moves, run, unknown, nil
}

func runMoves(ctx context.Context, env *Env, g *globals) error {
	src, err := env.look(ctx, g)
	if err != nil {
		return err
	}
	moves, run, unknown, err := env.movesNow(ctx, src)
	if err != nil {
		return err
	}
	if g.document() {
		err = env.document(g, movesAnswer(src.snapshot, moves, run, unknown))
	} else {
		err = env.sayMoves(g, moves, run, unknown)
	}
	if err == nil && unknown != nil {
		return answerNo()
	}
	return err
}

func movesAnswer(s *state.Snapshot, moves []view.Move, run *state.Run, unknown error) view.MovesJSON {
	doc := view.MovesAnswer(s, moves)
	if run != nil {
		doc.Run = view.RunAnswer(run)
		doc.Run.Flying = nil // the moves tell the same
	}
	if unknown != nil {
		doc.Unknown = append(doc.Unknown, state.Unknown{Node: -1, What: "the run", Why: unknown.Error()})
	}
	return doc
}

// sayMoves writes a run and the moves in flight in words.
func (e *Env) sayMoves(g *globals, moves []view.Move, run *state.Run, unknown error) error {
	switch {
	case unknown != nil:
		fmt.Fprintf(e.Err, "%s the run: %s\n", format.Unknown, e.safe(unknown.Error()))
	case run != nil:
		e.sayRun(run)
		if run.State == state.RunOrphaned {
			fmt.Fprintln(e.Out, "  next      kdeck moves resume goes on with it, kdeck moves cancel goes back")
		}
	}
	switch {
	case len(moves) > 0 && run != nil:
		fmt.Fprintln(e.Out)
	case len(moves) == 0:
		fmt.Fprintln(e.Err, "no reassignment is in flight")
		return nil
	}
	return table(e, g, view.OwnedMoveColumns(), moves)
}
