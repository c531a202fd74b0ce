package subcmd

import "github.com/spf13/cobra"

func newQuota(env *Env, g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "quota",
		Aliases: []string{"quotas"},
		Short:   "Client quotas: list, explain, what-if, set, remove, observe",
	}
	cmd.AddCommand(newQuotaList(env, g), newQuotaExplain(env, g), newQuotaWhatIf(env, g),
		newQuotaSet(env, g), newQuotaRemove(env, g), newQuotaObserve(env, g))
	return cmd
}
