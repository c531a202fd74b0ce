package subcmd

import (
	"context"
	"math"

	"github.com/spf13/cobra"

	"kdeck/ops/tenant"
)

type quotaRemoveOptions struct {
	changeOptions
	who entityFlags
}

func newQuotaRemove(env *Env, g *globals) *cobra.Command {
	o := &quotaRemoveOptions{}
	cmd := &cobra.Command{
		Use:     "remove --user NAME … [TYPE…]",
		Short:   "Remove limits of one record: the named types, or all of them",
		Example: "  kdeck quota remove --user alice producer_byte_rate\n  kdeck quota remove --user alice --execute",
		RunE: func(cmd *cobra.Command, words []string) error {
			e, err := o.who.entity()
			if err != nil {
				return err
			}
			limits := map[tenant.Type]float64{}
			for _, w := range words {
				t, err := parseType(w)
				if err != nil {
					return err
				}
				if err := checkEntityType(e, t); err != nil {
					return err
				}
				limits[t] = math.NaN()
			}
			return runQuotaRemove(cmd.Context(), env, g, o, e, limits)
		},
	}
	o.who.add(cmd.Flags())
	o.flags(cmd.Flags())
	return cmd
}

func runQuotaRemove(ctx context.Context, env *Env, g *globals, o *quotaRemoveOptions, e tenant.Entity, limits map[tenant.Type]float64) error {
	src, quotas, err := env.quotas(ctx, g, &o.changeOptions)
	if err != nil {
		return err
	}
	change, err := quotas.Change(e, limits)
	if len(limits) == 0 {
		change, err = quotas.Removal(e)
	}
	if err != nil {
		return refused("%w", err)
	}
	return env.perform(ctx, g, &o.changeOptions, env.quotaAction(g, src, &quotaChange{Change: change, verb: "quota remove"}))
}
