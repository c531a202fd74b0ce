package subcmd

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"kdeck/ops/change"
	"kdeck/ops/format"
	"kdeck/ops/reassign"
	"kdeck/ops/state"
	"kdeck/ops/view"
)

type cancelOptions struct {
	changeOptions
	topics string
	all    bool
}

func newMovesCancel(env *Env, g *globals) *cobra.Command {
	o := &cancelOptions{}
	cmd := &cobra.Command{
		Use:     "cancel [TOPIC/PARTITION…]",
		Short:   "Cancel reassignments in flight: those named, or all that kdeck started from this machine",
		Example: "  kdeck moves cancel\n  kdeck moves cancel --topics 'orders.*' --execute\n  kdeck moves cancel --all --execute",
		Long: "cancel returns partitions to the replicas that they had before, those that kdeck moved in their order too, and removes the\n" +
			"throttles that kdeck set when none of its moves is left. The rate of a broker stays as long as moves of others run under it;\n" +
			"cancel again when they are done. Reassignments that others started are cancelled only by name or with --all. One whose old\n" +
			"replicas are mostly dead is left alone.",
		RunE: func(cmd *cobra.Command, args []string) error { return runMovesCancel(cmd.Context(), env, g, o, args) },
	}
	f := cmd.Flags()
	o.flags(f)
	f.StringVar(&o.topics, "topics", "", "only of topics whose whole name matches this regular expression, `RE`")
	f.BoolVar(&o.all, "all", false, "whoever started them, not kdeck alone")
	return cmd
}

// chooser returns a function that tells which of the moves in flight the flags mean.
func (o *cancelOptions) chooser(named []change.TopicPartition) (func(view.Move) bool, error) {
	if len(named) > 0 && (o.all || o.topics != "") {
		return nil, refused("moves cancel: --all and --topics don't go with partitions by name")
	}
	topics, err := format.WholeName(o.topics)
	if err != nil {
		return nil, refused("--topics %s: %w", o.topics, err)
	}
	return func(m view.Move) bool {
		return (o.all || m.Begun.Value.Ours) && (o.topics == "" || topics.MatchString(m.Topic().Name()))
	}, nil
}

func parsePartitions(words []string) ([]change.TopicPartition, error) {
	var named []change.TopicPartition
	for _, w := range words {
		i := strings.LastIndexAny(w, "/-")
		n, err := strconv.ParseInt(w[i+1:], 10, 32)
		if i <= 0 || err != nil || n < 0 {
			return nil, refused("moves cancel: %q is no partition: TOPIC/PARTITION was expected", w)
		}
		named = append(named, change.TopicPartition{Topic: w[:i], Partition: int32(n)})
	}
	return named, nil
}

func runMovesCancel(ctx context.Context, env *Env, g *globals, o *cancelOptions, words []string) error {
	named, err := parsePartitions(words)
	if err != nil {
		return err
	}
	if err := o.check(g); err != nil {
		return err
	}
	chosen, err := o.chooser(named)
	if err != nil {
		return err
	}
	src, err := env.look(ctx, g)
	if err != nil {
		return err
	}
	if named == nil && !o.all { // which are kdeck's has to be known
		if err := env.readsWhose(src); err != nil {
			return err
		}
	}
	rows, err := env.toCancel(src.snapshot, named, chosen)
	if err != nil {
		return err
	}
	var moves []string
	var partitions []change.TopicPartition
	for _, m := range rows {
		tp := change.TopicPartition{Topic: m.Topic().Name(), Partition: m.ID()}
		moves, partitions = append(moves, fmt.Sprintf("%s/%d", tp.Topic, tp.Partition)), append(partitions, tp)
	}
	if o.execute && src.live {
		if err := notPermitted(reassign.NotPermitted(ctx, src.session, nil, true, false)); err != nil {
			return err
		}
	}
	again := append([]string{"moves", "cancel", "--execute"}, words...)
	if o.all {
		again = append(again, "--all")
	}
	if o.topics != "" {
		again = append(again, "--topics", o.topics)
	}
	a := src.action(format.Phrase("cancel", moves, "move", nil, src.name))
	a.show = func() error { return showCancel(env, g, src, rows, a.phrase) }
	a.run = func(ctx context.Context, door *change.Door) error {
		stateDir, err := env.stateDir()
		if err != nil {
			return err
		}
		return outcome(reassign.Cancel(ctx, reassign.CancelOptions{
			Session: src.session, Door: door, StateDir: stateDir, Partitions: partitions, Ours: named == nil && !o.all, Sink: env.eventWriter(g), Look: env.looker(src),
			Again: g.command(again...),
		}))
	}
	return env.perform(ctx, g, &o.changeOptions, a)
}

// readsWhose refuses where what tells which moves are kdeck's can't be read.
func (e *Env) readsWhose(src *source) error {
	stateDir, err := e.stateDir()
	if err == nil {
		_, err = reassign.Whose(stateDir, src.snapshot.ClusterID)
	}
	if err != nil {
		return refused("which moves are kdeck's isn't known: %w", err)
	}
	return nil
}

// toCancel returns the reassignments to cancel: those named, or else those chosen.
func (e *Env) toCancel(s *state.Snapshot, named []change.TopicPartition, chosen func(view.Move) bool) ([]view.Move, error) {
	if !s.Moves.Known {
		return nil, failed(fmt.Errorf("which reassignments are in flight isn't known: %s", s.Moves.Why))
	}
	all := e.movesOf(s, nil)
	if named == nil {
		return slices.DeleteFunc(all, func(m view.Move) bool { return !chosen(m) }), nil
	}
	var rows []view.Move
	for _, tp := range named {
		n := len(rows)
		for _, f := range all {
			if f.Topic().Name() == tp.Topic && f.ID() == tp.Partition {
				rows = append(rows, f)
			}
		}
		if len(rows) == n {
			return nil, refused("moves cancel: no reassignment of %v is in flight", tp)
		}
	}
	return rows, nil
}

func showCancel(env *Env, g *globals, src *source, rows []view.Move, phrase string) error {
	var confirm *string
	if src.live {
		confirm = &phrase
	}
	if g.document() {
		doc := struct {
			view.MovesJSON
			Confirm *string `json:"confirm"`
		}{view.MovesAnswer(src.snapshot, rows, nil), confirm}
		return env.document(g, doc)
	}
	if len(rows) > 0 {
		if err := table(env, g, view.MoveColumns(), rows); err != nil {
			return err
		}
	}
	fmt.Fprintf(env.Out, "\nwould cancel %s and put back the throttles that kdeck set for them\n", format.Count(len(rows), "reassignment"))
	if confirm != nil {
		fmt.Fprintf(env.Out, "nothing is changed yet; the phrase that carries it out: %s\n", phrase)
	}
	return nil
}
