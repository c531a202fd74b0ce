package subcmd

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/spf13/cobra"

	"kdeck/ops/format"
	"kdeck/ops/state"
	"kdeck/ops/tenant"
	"kdeck/ops/view"
)

func newQuotaWhatIf(env *Env, g *globals) *cobra.Command {
	who := &entityFlags{}
	cmd := &cobra.Command{
		Use:     "what-if --user-default … TYPE=LIMIT…",
		Short:   "Show who would be throttled now under another limit, and by how much; nothing is changed",
		Example: "  kdeck quota what-if --user-default producer_byte_rate=20MB",
		RunE: func(cmd *cobra.Command, words []string) error {
			return runQuotaWhatIf(cmd.Context(), env, g, who, words)
		},
	}
	who.add(cmd.Flags())
	return cmd
}

func runQuotaWhatIf(ctx context.Context, env *Env, g *globals, who *entityFlags, words []string) error {
	e, err := who.entity()
	if err != nil {
		return err
	}
	if e.IP.Set {
		return refused("what-if: exporters don't tell what each address uses")
	}
	limits, err := parseLimits(e, words)
	if err != nil {
		return err
	}
	src, quotas, err := env.quotas(ctx, g, nil)
	if err != nil {
		return err
	}
	use := env.usage(ctx, src, state.Read(quotas, src.now, src.name))
	usages := slices.DeleteFunc(use.Usages(), func(u tenant.Usage) bool {
		_, asked := limits[u.Type]
		return !asked || math.IsNaN(u.Rate)
	})
	effects := tenant.WhatIf(quotas, quotas.With(e, limits), usages)
	if g.document() {
		return env.document(g, view.WhatIfAnswer(src.snapshot, use.missing, effects))
	}
	if err := table(env, g, view.EffectColumns(), effects); err != nil {
		return err
	}
	throttled := 0
	for _, x := range effects {
		if x.Throttled {
			throttled++
		}
	}
	fmt.Fprintf(env.Out, "\n%s of %d would be throttled at what they use now\n", format.Count(throttled, "bucket"), len(effects))
	sayMissing(env, use.missing)
	return nil
}
