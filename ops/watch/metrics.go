package watch

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"kdeck/ops/config"
	"kdeck/ops/health"
	"kdeck/ops/metrics"
	"kdeck/ops/state"
)

// Source gives what the brokers' exporters say: a [metrics.Poller], with a count of the bytes that it sent and received.
type Source interface {
	Poll(ctx context.Context, targets []metrics.Target) []metrics.Answer
	Traffic() (bytes int64)
}

// DefaultMetricsInterval is the time between two polls of the metrics.
const DefaultMetricsInterval = 5 * time.Second

// minPollTime is how long a poll waits at least. Exporters that have not answered by then are polled apart from the others.
const minPollTime = 3 * time.Second

// searchInterval is the time between two tries of a host's conventional ports, where none of them answers.
const searchInterval = 10 * time.Minute

const (
	unconfigured = `no exporter of the brokers' metrics is known: say where in the cluster's context (kdeck config show), metrics: {prometheus: "http://{host}:9404/metrics"}`
	notReadYet   = "the first metrics are being read"
	notPolled    = "nothing reads metrics here"
)

// MetricsConfigured tells whether a context says where metrics are. Where it doesn't, conventional ports may be tried, and
// finding none is no failure.
func MetricsConfigured(m config.Metrics) bool {
	return !m.Prometheus.Empty() || !m.Jolokia.Empty() || m.PrometheusServer.URL != ""
}

// polling polls the metrics. Brokers whose exporter fails are polled apart from the others and more and more rarely, so that they
// don't delay the others.
type polling struct {
	w         *Watch
	exporters map[int32]*exporter
	slowest   time.Duration // the time that the last poll without a failure took
}

// exporter is what is known of one broker's exporter.
type exporter struct {
	reading  state.Reading[*state.BrokerMetrics]
	polled   bool
	samples  []*state.BrokerMetrics // the latest without a gap, as many as health needs
	failures int                    // in a row
	due      time.Time              // of one that fails: when it is polled next
	nowhere  bool                   // its address is not known
}

// pollMetrics polls until the context ends, beside the looks: neither waits for the other.
func (w *Watch) pollMetrics(ctx context.Context) {
	if w.o.Metrics == nil {
		return
	}
	p := &polling{w: w, exporters: map[int32]*exporter{}}
	for s := w.Latest(); ctx.Err() == nil; s = w.Latest() {
		if s.Snapshot == nil {
			if _, _, err := w.Next(ctx, s.Seq); err != nil {
				return
			}
			continue
		}
		took := p.round(ctx, s.Snapshot)
		w.rest(ctx, max(w.o.MetricsInterval, min(2*took, maxPause)), nil)
	}
}

// round polls the brokers that answered, then those that didn't and are due, and returns what the first took.
func (p *polling) round(ctx context.Context, s *state.Snapshot) (took time.Duration) {
	maps.DeleteFunc(p.exporters, func(id int32, _ *exporter) bool { return s.Broker(id) == nil })
	well := p.targets(s, func(e *exporter) bool { return e.failures == 0 })
	if len(well) > 0 {
		took = p.poll(ctx, well, max(minPollTime, 3*p.slowest))
	}
	now := p.w.o.Now()
	failing := p.targets(s, func(e *exporter) bool { return e.failures > 0 && !e.due.After(now) })
	if len(failing) > 0 && ctx.Err() == nil {
		again := p.poll(ctx, failing, 0)
		if len(well) == 0 {
			took = again
		}
	}
	return took
}

// targets are the brokers whose host is known and whose exporter is as asked.
func (p *polling) targets(s *state.Snapshot, is func(*exporter) bool) []metrics.Target {
	targets := targetsOf(s)
	if p.w.topicsInFront.Load() {
		targets = ofTopicsToo(targets)
	}
	return slices.DeleteFunc(targets, func(t metrics.Target) bool {
		if p.exporters[t.ID] == nil {
			p.exporters[t.ID] = &exporter{}
		}
		return !is(p.exporters[t.ID])
	})
}

// poll polls those brokers, for so long at the most (0: as long as the source lets it), and publishes what came of it.
func (p *polling) poll(ctx context.Context, targets []metrics.Target, within time.Duration) time.Duration {
	start := p.w.o.Now()
	polled, cancel := ctx, context.CancelFunc(func() {})
	if within > 0 {
		polled, cancel = context.WithTimeout(ctx, within)
	}
	answers := p.w.o.Metrics.Poll(polled, targets)
	cut := polled.Err() != nil
	cancel()
	if ctx.Err() != nil {
		return 0
	}
	now := p.w.o.Now()
	failed := false
	for _, a := range answers {
		failed = p.take(a, now, cut) || failed
	}
	took := now.Sub(start)
	if !failed {
		p.slowest = took
	}
	p.w.publish(func(next *state.State) {
		p.w.pages += int64(len(targets))
		next.Metrics, next.NoMetrics = p.known(next.Snapshot)
		p.w.samples = p.samples()
	})
	return took
}

// take stores one answer, and tells whether it is a failure. cut says that the poll was ended early; a broker that had not answered
// by then is polled again at once.
func (p *polling) take(a metrics.Answer, now time.Time, cut bool) (failed bool) {
	e := p.exporters[a.ID]
	e.polled = true
	if a.Err == nil {
		samples := append(slices.Clone(e.samples[max(0, len(e.samples)-p.w.calm.Busy+1):]), a.Broker)
		*e = exporter{reading: state.Read(a.Broker, a.Broker.At, a.Broker.From), samples: samples, polled: true}
		return false
	}
	e.samples = nil
	last := e.reading.Value
	e.reading = state.Missing[*state.BrokerMetrics](a.Err.Error(), now, "")
	e.reading.Value = last
	e.failures++
	var unknown *metrics.UnknownError
	e.nowhere = errors.As(a.Err, &unknown)
	switch {
	case e.nowhere:
		e.due = now.Add(searchInterval)
	case cut && e.failures == 1:
		e.due = now
	default:
		e.due = now.Add(backedOff(p.w.o.MetricsInterval, e.failures))
	}
	return true
}

// known is what the state says of the metrics of the snapshot's brokers.
func (p *polling) known(s *state.Snapshot) (map[int32]state.Reading[*state.BrokerMetrics], string) {
	byBroker := make(map[int32]state.Reading[*state.BrokerMetrics], len(p.exporters))
	nowhere := true
	for i := range s.Brokers {
		id := s.Brokers[i].ID
		e := p.exporters[id]
		switch {
		case e == nil:
			byBroker[id] = state.Missing[*state.BrokerMetrics]("no address of the broker is known", p.w.o.Now(), "")
		case e.polled:
			byBroker[id] = e.reading
			nowhere = nowhere && e.nowhere
		}
	}
	if nowhere {
		return nil, unconfigured
	}
	return byBroker, ""
}

func (p *polling) samples() health.Samples {
	samples := make(health.Samples, len(p.exporters))
	for id, e := range p.exporters {
		samples[id] = e.samples
	}
	return samples
}

// anyMetrics tells whether any broker's metrics are known.
func anyMetrics(s *state.State) bool {
	return slices.ContainsFunc(s.Snapshot.Brokers, func(b state.Broker) bool { return s.Metrics[b.ID].Known })
}
