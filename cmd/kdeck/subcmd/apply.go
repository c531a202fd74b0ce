package subcmd

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"kdeck/ops/plan"
)

func newApply(env *Env, g *globals) *cobra.Command {
	o := &executeOptions{}
	cmd := &cobra.Command{
		Use:   "apply PLAN",
		Short: "Carry a plan out; without --execute show what it would do",
		Long: "apply carries out a plan file of `kdeck plan -o json`, or one made for kafka-reassign-partitions; - is standard input.\n" +
			"The whole output of its --generate will do, of which the proposed assignment is taken. Directories in log_dirs are left to\n" +
			"the brokers.\n\n" +
			"Each partition is read again right before its move is submitted; one that is no longer as the plan found it is left alone,\n" +
			"and one that stands already as a plan of Kafka's tool wants it is in place: nothing is done, and no leader is elected.\n\n" +
			"It exits 0 when all is done, 1 when something is left, 2 when nothing was sent.",
		Example: "  kdeck plan drain 7 -o json > drain7.json\n  kdeck apply drain7.json --execute --throttle 50MB",
	}
	o.flags(cmd.Flags())
	argumentsFirst(cmd, g, func(cmd *cobra.Command, args []string) error {
		if len(args) != 1 {
			return refused("apply takes one plan file, not %d: kdeck apply PLAN --execute --throttle SIZE", len(args))
		}
		return runApply(cmd.Context(), env, g, o, args[0])
	})
	return cmd
}

func runApply(ctx context.Context, env *Env, g *globals, o *executeOptions, path string) error {
	if _, err := o.rate(g); err != nil {
		return err
	}
	if path == "-" && o.execute && o.confirm == "" {
		return refused("apply -: standard input is the plan, so the phrase has to come by --confirm")
	}
	p, err := env.readPlan(path)
	if err != nil {
		return err
	}
	src, err := env.look(ctx, g)
	if err != nil {
		return err
	}
	if err := p.Complete(src.snapshot); err != nil {
		return refused("%s: %w", path, err)
	}
	shown := restOf(src.snapshot, p)
	if n := len(shown.Header.LeftAlone); o.execute && n > 0 && n == len(p.Partitions) {
		return refused("%s: nothing of it can be carried out, and nothing was sent: %s", path, strings.Join(shown.Header.LeftAloneByReason(), "; "))
	}
	a, err := env.planAction(ctx, g, src, shown, p, o, plan.ApplyPhrase(p, src.name), append([]string{"apply", path}, o.words()...), nil)
	if err != nil {
		return err
	}
	return env.perform(ctx, g, &o.changeOptions, a)
}
