package subcmd

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"kdeck/ops/change"
	"kdeck/ops/reassign"
	"kdeck/ops/state"
	"kdeck/ops/view"
)

func newMoves(env *Env, g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:         "moves",
		Annotations: asPane,
		Short:       "Reassignments in flight, and who started them",
		Args:        cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if env.live(cmd, "moves", "") {
				return nil
			}
			return runMoves(cmd.Context(), env, g)
		},
	}
	cmd.AddCommand(newMovesCancel(env, g), newMovesUndo(env, g))
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

func runMoves(ctx context.Context, env *Env, g *globals) error {
	src, err := env.look(ctx, g)
	if err != nil {
		return err
	}
	s := src.snapshot
	if !s.Moves.Known {
		return failed(fmt.Errorf("which reassignments are in flight isn't known: %s", s.Moves.Why))
	}
	moves := env.movesOf(s)
	switch {
	case g.document():
		return env.document(g, view.MovesAnswer(s, moves))
	case len(moves) == 0:
		fmt.Fprintln(env.Err, "no reassignment is in flight")
		return nil
	}
	return table(env, g, view.OwnedMoveColumns(), moves)
}
