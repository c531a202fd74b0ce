package subcmd

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"kdeck/ops/tenant"
	"kdeck/ops/watch"
)

type quotaSetOptions struct {
	changeOptions
	who  entityFlags
	hold time.Duration // --for
}

func newQuotaSet(env *Env, g *globals) *cobra.Command {
	o := &quotaSetOptions{}
	cmd := &cobra.Command{
		Use:     "set --user NAME … TYPE=LIMIT…",
		Short:   "Set limits of one record; --for restores the old ones after a time",
		Example: "  kdeck quota set --user alice producer_byte_rate=20MB request_percentage=200\n  kdeck quota set --user-default consumer_byte_rate=50MB --for 10m --execute",
		Long: "set changes the named limits of one record, and no others. The controller is asked first whether it would take the\n" +
			"change. Sizes may have units (10MB); request_percentage is percent of one thread.",
		RunE: func(cmd *cobra.Command, words []string) error {
			e, err := o.who.entity()
			if err != nil {
				return err
			}
			limits, err := parseLimits(e, words)
			if err != nil {
				return err
			}
			return runQuotaSet(cmd.Context(), env, g, o, e, limits)
		},
	}
	o.who.add(cmd.Flags())
	o.flags(cmd.Flags())
	cmd.Flags().DurationVar(&o.hold, "for", 0, "restore the old limits after this `TIME`; kdeck runs until then")
	return cmd
}

func runQuotaSet(ctx context.Context, env *Env, g *globals, o *quotaSetOptions, e tenant.Entity, limits map[tenant.Type]float64) error {
	if o.hold < 0 {
		return refused("--for %v: a time above 0 was expected, such as 10m", o.hold)
	}
	src, quotas, err := env.quotas(ctx, g, &o.changeOptions)
	if err != nil {
		return err
	}
	change, err := quotas.Change(e, limits)
	if err != nil {
		return refused("%w", err)
	}
	return env.perform(ctx, g, &o.changeOptions, env.quotaAction(g, src, &quotaChange{
		Change: change, verb: "quota set", notes: change.Warnings(watch.ThreadsOf(watch.AnyBrokerConfigs(ctx, src.session, src.snapshot))), hold: o.hold,
	}))
}
