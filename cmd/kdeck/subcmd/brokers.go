package subcmd

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"kdeck/ops/health"
	"kdeck/ops/view"
)

func newBrokers(env *Env, g *globals) *cobra.Command {
	var filter string
	cmd := &cobra.Command{
		Use:     "brokers",
		Aliases: []string{"broker"},
		Short:   "Brokers: alive, racks, leaders, threads, latency, traffic, log dirs, since when silent",
		Long: "brokers shows how each broker stands, and where the context says where metrics are, what its exporter shows: how\n" +
			"idle its network threads and request handlers are, requests, latency, traffic, and whose figures are far worse than\n" +
			"those of their peers. Where a figure is unknown after one poll of the metrics they are polled once more, " + fmt.Sprint(betweenPolls) + "\n" +
			"later, because a rate needs two looks.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runBrokers(cmd.Context(), env, g, filter) },
	}
	cmd.Flags().StringVar(&filter, "filter", "", "only rows with these words, /regex/, field:value; ! before one for the inverse")
	return cmd
}

func runBrokers(ctx context.Context, env *Env, g *globals, filter string) error {
	f, err := view.ParseFilter(filter)
	if err != nil {
		return err
	}
	match, err := view.MatchRow(view.MeteredBrokerColumns(), f)
	if err != nil {
		return err
	}
	src, err := env.look(ctx, g)
	if err != nil {
		return err
	}
	defer src.close()
	s := env.metered(ctx, src)
	var rows []view.BrokerRow
	for _, r := range view.Brokers(s) {
		if match(r) {
			rows = append(rows, r)
		}
	}
	if g.document() {
		return env.document(g, view.BrokersAnswer(src.snapshot, rows))
	}
	columns := view.BrokerColumns()
	if s.Metrics != nil {
		columns = view.MeteredBrokerColumns()
	}
	if err := table(env, g, columns, rows); err != nil {
		return err
	}
	if err := writeOutliers(env, rows, health.Outliers(s)); err != nil {
		return err
	}
	env.sayUnknown(src.snapshot)
	sayMissing(env, view.MetricsMissing(rows))
	return nil
}

// writeOutliers says of the brokers that are shown which figures are far worse than their peers'.
func writeOutliers(env *Env, rows []view.BrokerRow, outliers []health.Outlier) error {
	shown := map[int32]bool{}
	for _, r := range rows {
		shown[r.ID] = true
	}
	figures := map[string]view.BrokerFigure{}
	for _, f := range view.BrokerFigures() {
		figures[f.Name] = f
	}
	var b strings.Builder
	for _, o := range outliers {
		if f, ok := figures[o.Figure]; ok && shown[o.Broker] {
			fmt.Fprintf(&b, "broker %d stands out: %s %s, its peers %s\n", o.Broker, f.Name, f.Show(o.Value), f.Show(o.Median))
		}
	}
	if b.Len() == 0 {
		return nil
	}
	_, err := fmt.Fprintf(env.Out, "\n%s", b.String())
	return err
}
