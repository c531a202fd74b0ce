package subcmd

import (
	"context"

	"github.com/spf13/cobra"

	"kdeck/ops/view"
)

func newQuotaList(env *Env, g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List all quotas, in Kafka's order of precedence", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runQuotaList(cmd.Context(), env, g) },
	}
}

func runQuotaList(ctx context.Context, env *Env, g *globals) error {
	src, quotas, err := env.quotas(ctx, g, nil)
	if err != nil {
		return err
	}
	if g.document() {
		return env.document(g, view.QuotasAnswer(src.snapshot, quotas))
	}
	return table(env, g, view.QuotaColumns(), view.QuotaRows(quotas))
}
