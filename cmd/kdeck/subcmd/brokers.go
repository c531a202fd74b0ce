package subcmd

import (
	"context"
	"fmt"
	"slices"
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
			"those of their peers. Where a figure to be shown is unknown after one poll of the metrics, because a rate needs two\n" +
			"looks, they are polled once more " + betweenPolls.String() + " later.",
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
	s := env.metered(ctx, src, g.document() || g.output == outWide || namesWide(f))
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

// namesWide tells whether a filter is about a figure that only wide tables show.
func namesWide(f view.Filter) bool {
	columns := view.MeteredBrokerColumns()
	return slices.ContainsFunc(f, func(t view.Term) bool {
		c := view.Find(columns, t.Field)
		return c != nil && c.Wide
	})
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
