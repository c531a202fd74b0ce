package subcmd

import (
	"context"

	"github.com/spf13/cobra"

	"kdeck/ops/view"
)

func newBrokers(env *Env, g *globals) *cobra.Command {
	var filter string
	cmd := &cobra.Command{
		Use:     "brokers",
		Aliases: []string{"broker"},
		Short:   "Brokers: alive, racks, leaders, replicas, log dirs, since when silent",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return runBrokers(cmd.Context(), env, g, filter) },
	}
	cmd.Flags().StringVar(&filter, "filter", "", "only rows with these words, /regex/, field:value; ! before one for the inverse")
	return cmd
}

func runBrokers(ctx context.Context, env *Env, g *globals, filter string) error {
	f, err := view.ParseFilter(filter)
	if err != nil {
		return err
	}
	columns := view.BrokerColumns()
	match, err := view.MatchRow(columns, f)
	if err != nil {
		return err
	}
	src, err := env.look(ctx, g)
	if err != nil {
		return err
	}
	var rows []view.BrokerRow
	for _, r := range view.Brokers(src.snapshot) {
		if match(r) {
			rows = append(rows, r)
		}
	}
	if g.document() {
		return env.document(g, view.BrokersAnswer(src.snapshot, rows))
	}
	if err := table(env, g, columns, rows); err != nil {
		return err
	}
	env.sayUnknown(src.snapshot)
	return nil
}
