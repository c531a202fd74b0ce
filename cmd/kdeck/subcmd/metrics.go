package subcmd

import (
	"context"
	"fmt"
	"net"
	"slices"
	"time"

	"kdeck/ops/metrics"
	"kdeck/ops/state"
	"kdeck/ops/view"
	"kdeck/ops/watch"
)

// betweenPolls is the time between two polls of the metrics, of which a rate needs two.
const betweenPolls = 2 * time.Second

// state is what src knows, without metrics.
func (s *source) state() *state.State {
	st := &state.State{Now: s.now, Context: s.name, Snapshot: s.snapshot}
	if s.session != nil {
		c := s.session.Cluster()
		st.TenantRules, st.MetricsConfigured = c.Tenants, watch.MetricsConfigured(c.Metrics)
	}
	return st
}

// withMetrics is what src knows and, where the context names them, what the brokers' exporters say. They are polled a second
// time where a figure to be shown is unknown after the first; wide says whether the figures of wide tables are shown.
func (e *Env) withMetrics(ctx context.Context, src *source, wide bool) *state.State {
	s := src.state()
	if !s.MetricsConfigured {
		return s
	}
	poller := e.poller(src)
	defer poller.Close()
	e.poll(ctx, poller, s)
	if !needsSecondPoll(s, wide) {
		return s
	}
	timer := time.NewTimer(betweenPolls)
	defer timer.Stop()
	select {
	case <-timer.C:
		e.poll(ctx, poller, s)
	case <-ctx.Done():
	}
	return s
}

// poll reads the exporters into a state.
func (e *Env) poll(ctx context.Context, poller *metrics.Poller, s *state.State) {
	answers := poller.Poll(ctx, targetsOf(s.Snapshot))
	s.Now = e.Now()
	s.Metrics = metrics.Readings(answers, s.Now)
}

// needsSecondPoll tells whether a figure is unknown of a broker whose exporter answers.
func needsSecondPoll(s *state.State, wide bool) bool {
	for _, r := range s.Metrics {
		if r.Known && slices.ContainsFunc(view.BrokerFigures(), func(f view.BrokerFigure) bool {
			return (wide || !f.Wide) && !f.Get(r.Value).Known
		}) {
			return true
		}
	}
	return false
}

// targetsOf are the brokers whose address is known.
func targetsOf(s *state.Snapshot) []metrics.Target {
	var targets []metrics.Target
	for _, b := range s.Brokers {
		if b.Host != "" {
			targets = append(targets, metrics.Target{ID: b.ID, Host: b.Host})
		}
	}
	return targets
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
	return metrics.NewPoller(cluster.Metrics, metrics.Options{Now: e.Now, Named: named, Dial: e.Dial})
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
		fmt.Fprintf(env.Err, "unknown: %s of %s%s: %s\n", r.what, whom, view.IDs(brokers[r]), env.safe(r.why))
	}
}
