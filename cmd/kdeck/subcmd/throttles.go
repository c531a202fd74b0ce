package subcmd

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"kdeck/ops/reassign"
	"kdeck/ops/state"
	"kdeck/ops/view"
)

func newThrottles(env *Env, g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "throttles",
		Short: "What limits replication: rates of brokers and lists of topics, whose they are, and what moves under them",
		Long: "throttles lists every setting in the cluster that limits how fast replicas are copied: the rates of brokers for leaders,\n" +
			"followers and log dirs, and the lists of topics that say which replicas the rates are for. Each is a run's (of kdeck on this\n" +
			"machine, which needs it still), left over (nothing moves under it and nothing needs it), or it isn't known whose it is.\n" +
			"A list of a topic is several rows where its replicas differ in that.\n\n" +
			"What is left over slows down replicas that catch up after a broker was away. `kdeck throttles clear` takes it away.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runThrottles(cmd.Context(), env, g) },
	}
	cmd.AddCommand(newThrottlesClear(env, g))
	return cmd
}

func runThrottles(ctx context.Context, env *Env, g *globals) error {
	src, list, unknown, err := env.throttles(ctx, g)
	if err != nil {
		return err
	}
	if g.document() {
		return env.document(g, view.ThrottlesAnswer(src.snapshot, list, unknown))
	}
	if len(list) == 0 {
		fmt.Fprintln(env.Err, "nothing limits replication")
	} else if err := table(env, g, view.ThrottleColumns(), view.ThrottleRows(list)); err != nil {
		return err
	}
	sayMissing(env, unknown)
	for _, t := range list {
		if t.Whose == state.LeftOver {
			fmt.Fprintf(env.Out, "\nwhat is left over can be taken away: %s\n", g.command("throttles", "clear"))
			break
		}
	}
	return nil
}

// throttles lists what limits replication in the cluster.
func (e *Env) throttles(ctx context.Context, g *globals) (*source, []state.Throttle, []state.Unknown, error) {
	if g.snapshot != "" {
		return nil, nil, nil, refused("--snapshot %s: a saved cluster doesn't hold the rates of brokers", g.snapshot)
	}
	stateDir, err := e.stateDir()
	if err != nil {
		return nil, nil, nil, err
	}
	src, err := e.look(ctx, g)
	if err != nil {
		return nil, nil, nil, err
	}
	list, unknown, err := reassign.Throttles(ctx, src.session, stateDir, src.snapshot)
	return src, list, unknown, err
}
