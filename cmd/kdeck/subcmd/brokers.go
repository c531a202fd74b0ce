package subcmd

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"kdeck/ops/health"
	"kdeck/ops/state"
	"kdeck/ops/view"
	"kdeck/ops/watch"
)

func newBrokers(env *Env, g *globals) *cobra.Command {
	var filter string
	cmd := &cobra.Command{
		Use:         "brokers",
		Annotations: asPane,
		Aliases:     []string{"broker"},
		Short:       "Brokers: state, rack, leaders, threads, latency, traffic, log dirs",
		Example:     "  kdeck brokers\n  kdeck brokers -o wide\n  kdeck brokers --filter dead",
		Long: "brokers shows the state of each broker. Where the context names its exporter, it also shows how idle the broker's\n" +
			"network threads and request handlers are, its requests, latency and traffic, and which figures are far worse than\n" +
			"those of the other brokers. A rate needs two polls: where one is unknown, the exporters are polled again " + watch.BetweenPolls.String() + " later.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if env.live(cmd, "brokers", filter, "filter") {
				return nil
			}
			return runBrokers(cmd.Context(), env, g, filter)
		},
	}
	cmd.Flags().StringVar(&filter, "filter", "", "`FILTER`: only rows that match words, /regex/, field:value; ! before a term negates it")
	return cmd
}

func runBrokers(ctx context.Context, env *Env, g *globals, filter string) error {
	f, err := view.ParseFilter(filter)
	if err != nil {
		return filterError(err)
	}
	if _, err := view.MatchRow(view.MeteredBrokerColumns(), f); err != nil {
		return filterError(err)
	}
	src, err := env.look(ctx, g)
	if err != nil {
		return err
	}
	s := env.withMetrics(ctx, src, g.document() || g.output == outWide || namesWide(f))
	rows := view.Brokers(s)
	match, err := view.MatchNamed(view.MeteredBrokerColumns(), rows, view.BrokerNames, f)
	if err != nil {
		return filterError(err)
	}
	rows = slices.DeleteFunc(rows, func(r view.BrokerRow) bool { return !match(r) })
	if g.document() {
		return env.document(g, view.BrokersAnswer(s, rows))
	}
	columns := view.BrokerColumns()
	if s.Metrics != nil {
		columns = view.MeteredBrokerColumns()
	}
	if err := table(env, g, columns, rows); err != nil {
		return err
	}
	if s.Metrics != nil && env.OutTerminal {
		fmt.Fprintf(env.Out, "%s of the network threads, of the busiest of them, and of the request handlers; 0%% is busy all the time\n", view.IdleShares)
	}
	if err := writeWhatStandsOut(env, s, rows); err != nil {
		return err
	}
	env.sayUnknown(src.snapshot)
	sayMissing(env, view.MetricsMissing(rows))
	return nil
}

// namesWide tells whether a filter names a figure that only wide tables show.
func namesWide(f view.Filter) bool {
	columns := view.MeteredBrokerColumns()
	return slices.ContainsFunc(f, func(t view.Term) bool {
		c := view.Find(columns, t.Field)
		return c != nil && c.Wide
	})
}

// writeWhatStandsOut says of the brokers that are shown what points to a cause, and which figures are far worse than their
// peers'.
func writeWhatStandsOut(env *Env, s *state.State, rows []view.BrokerRow) error {
	shown := map[int32]bool{}
	for _, r := range rows {
		shown[r.ID] = true
	}
	var b strings.Builder
	for _, sign := range view.Signs(s) {
		if shown[sign.Broker] {
			fmt.Fprintf(&b, "broker %d: %s\n", sign.Broker, env.safe(sign.Sentence))
		}
	}
	figures := map[string]view.BrokerFigure{}
	for _, f := range view.BrokerFigures() {
		figures[f.Name] = f
	}
	for _, o := range health.PeersOf(s).Outliers {
		if f, ok := figures[o.Figure]; ok && shown[o.Broker] {
			fmt.Fprintf(&b, "broker %d stands out: %s %s, median of its peers %s\n", o.Broker, o.Words, f.Show(o.Value), f.Show(o.Median))
		}
	}
	if b.Len() == 0 {
		return nil
	}
	_, err := fmt.Fprintf(env.Out, "\n%s", b.String())
	return err
}
