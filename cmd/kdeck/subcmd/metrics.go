package subcmd

import (
	"context"
	"fmt"
	"net"

	"kdeck/ops/kafka"
	"kdeck/ops/metrics"
	"kdeck/ops/state"
	"kdeck/ops/view"
	"kdeck/ops/watch"
)

// state is what src knows, without metrics.
func (s *source) state() *state.State {
	st := &state.State{Now: s.now, Context: s.name, Snapshot: s.snapshot}
	if s.saved != nil {
		st.Groups, st.Transactions, st.Metrics, st.Quotas = s.saved.Groups, s.saved.Transactions, s.saved.Metrics, s.saved.Quotas
		st.NoGroups, st.NoMetrics = "the saved cluster has none", "the saved cluster has none"
		st.Verdict, st.Findings = s.saved.Verdict, s.saved.Findings
	}
	if s.session != nil {
		c := s.session.Cluster()
		st.TenantRules, st.Calm, st.AsksHosts, st.MetricsConfigured = c.Tenants, c.Calm, c.Host != "", watch.MetricsConfigured(c.Metrics)
	}
	return st
}

// withMetrics is what src knows and, where the context names them, what the brokers' exporters say; wide says that the figures of wide
// tables will be shown.
func (e *Env) withMetrics(ctx context.Context, src *source, wide bool) *state.State {
	s := src.state()
	if s.MetricsConfigured {
		poller := e.poller(src)
		defer poller.Close()
		watch.PollTwice(ctx, poller, e.Now, s, func(s *state.State) bool { return view.FiguresMissing(s, wide) })
	}
	return s
}

// poller reads the metrics of the cluster of src.
func (e *Env) poller(src *source) *metrics.Poller {
	cluster := src.session.Cluster()
	var named []string
	for _, addr := range cluster.Bootstrap {
		if host, _, err := net.SplitHostPort(addr); err == nil && len(cluster.AddressMap) == 0 {
			named = append(named, host)
		}
	}
	o := metrics.Options{Now: e.Now, Named: named, Trusts: cluster.TrustsHost, Dial: e.Dial}
	o.TLS, o.TLSErr = kafka.ExporterTLS(cluster)
	return metrics.NewPoller(cluster.Metrics, o)
}

// sayMissing writes to Err what could not be read; brokers with the same reason share a line.
func sayMissing(env *Env, missing []state.Unknown) {
	type reason struct{ what, why string }
	brokers := map[reason][]int32{}
	var order []reason
	for _, m := range missing {
		r := reason{m.What, m.Why}
		if brokers[r] == nil {
			order = append(order, r)
		}
		brokers[r] = append(brokers[r], m.Node)
	}
	for _, r := range order {
		whom := "broker "
		if len(brokers[r]) > 1 {
			whom = "brokers "
		}
		fmt.Fprintf(env.Err, "unknown: %s of %s%s: %s\n", env.safe(r.what), whom, view.IDs(brokers[r]), env.safe(r.why))
	}
}
