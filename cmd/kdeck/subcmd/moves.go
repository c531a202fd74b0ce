package subcmd

import (
	"context"
	"fmt"
	"slices"
	"strings"

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
			"flight: how much is left of each, how fast it goes, whose it is, and why one doesn't get on. Behind them stands what waits, in\n" +
			"the order in which it is submitted, and why each waits: the first 20, and with -o wide or json the first 200. A run whose process\n" +
			"is gone is shown as it told last, and `kdeck moves resume` goes on with it.\n\n" +
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

// movesOf lists the reassignments in flight, and whose they are by this machine's journal; then what the run has waiting, nil for none.
func (e *Env) movesOf(s *state.Snapshot, run *state.Run) []view.Move {
	stateDir, err := e.stateDir()
	var whose func(change.TopicPartition, []int32) (string, bool)
	if err == nil {
		whose, err = reassign.Whose(stateDir, s.ClusterID)
	}
	return view.Moves(s, view.Moving(s), run, func(p state.Partition, replicas []int32) state.Reading[state.Origin] {
		if err != nil {
			return state.Missing[state.Origin](err.Error(), s.Taken, stateDir)
		}
		id, ours := whose(change.TopicPartition{Topic: p.Topic().Name(), Partition: p.ID()}, replicas)
		return state.Read(state.Origin{Ours: ours, Run: id}, s.Taken, stateDir)
	})
}

// movesNow are the moves in flight and waiting, and the run that is on or was left undone; unknown says why it isn't known whether there
// is one.
func (e *Env) movesNow(ctx context.Context, src *source) (moves []view.Move, run *state.Run, unknown error, err error) {
	s := src.snapshot
	if !s.Moves.Known {
		return nil, nil, nil, failed(fmt.Errorf("which reassignments are in flight isn't known: %s", s.Moves.Why))
	}
	if src.live {
		var stateDir string
		if stateDir, unknown = e.stateDir(); unknown == nil {
			run, unknown = reassign.Find(ctx, stateDir, s.ClusterID)
		}
	}
	return e.movesOf(s, run), run, unknown, nil
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
		most := queueShown
		if g.output == outWide {
			most = len(moves)
		}
		err = env.sayMoves(g, moves, run, unknown, len(moves), most)
	}
	if err == nil && unknown != nil {
		return answerNo()
	}
	return err
}

func movesAnswer(s *state.Snapshot, moves []view.Move, run *state.Run, unknown error) view.MovesJSON {
	doc := view.MovesAnswer(s, moves, run)
	if unknown != nil {
		doc.Unknown = append(doc.Unknown, state.Unknown{Node: -1, What: "the run", Why: unknown.Error()})
	}
	return doc
}

// queueShown is how many of the moves that wait a table has.
const queueShown = 20

// sayMoves writes a run, and so many of the moves in flight and of those that wait in words.
func (e *Env) sayMoves(g *globals, moves []view.Move, run *state.Run, unknown error, flying, waiting int) error {
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
	queue := view.QueueAt(moves)
	shown := slices.Concat(moves[:min(flying, queue)], moves[queue:min(queue+waiting, len(moves))])
	if err := table(e, g, view.MoveColumns(), shown); err != nil {
		return err
	}
	var rest []string
	if n := queue - flying; n > 0 {
		rest = append(rest, format.Thousands(n)+" more in flight")
	}
	if run != nil {
		if n := run.Waiting() - min(waiting, len(moves)-queue); n > 0 {
			rest = append(rest, format.Thousands(n)+" more waiting")
		}
	}
	if len(rest) > 0 {
		fmt.Fprintf(e.Out, "and %s\n", strings.Join(rest, ", "))
	}
	return nil
}
