package serve

import (
	"cmp"
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"kdeck/ops/health"
	"kdeck/ops/state"
	"kdeck/protocol/printable"
)

// How many series there are at the most. What is left out is the least important, and kdeck_left_out counts it.
const (
	MaxGroups   = 2000 // groups, each with seven series
	MaxFindings = 200
	MaxBrokers  = 300 // brokers that the probe has series of, each with about a hundred
)

// longestLabel is the length of a label's value, in bytes. Kafka allows groups longer names than that.
const longestLabel = 300

// label makes a text fit for a label: printable, and no longer than longestLabel.
func label(text string) string {
	text = printable.Escape(text)
	if len(text) > longestLabel {
		text = strings.ToValidUTF8(text[:longestLabel], "") + "…"
	}
	return text
}

// collector makes the series of what is known at each scrape.
type collector struct{ o Options }

// Describe describes nothing in advance: which series there are depends on what is known.
func (c *collector) Describe(chan<- *prometheus.Desc) {}

// emitter hands out series. Two with the same labels would cost the whole scrape: the second is dropped.
type emitter struct {
	to   chan<- prometheus.Metric
	seen map[string]bool
}

func (e *emitter) is(name, labels string, values []string) (fit []string, fresh bool) {
	fit = make([]string, len(values))
	for i, v := range values {
		fit[i] = label(v)
	}
	key := name + "\x00" + strings.Join(fit, "\x00")
	fresh = !e.seen[key]
	e.seen[key] = true
	return fit, fresh
}

// gauge emits a figure. labels are separated by blanks.
func (e *emitter) gauge(name, help, labels string, v float64, values ...string) {
	e.emit(prometheus.GaugeValue, name, help, labels, v, values)
}

// counter emits a figure that only grows.
func (e *emitter) counter(name, help, labels string, v float64, values ...string) {
	e.emit(prometheus.CounterValue, name, help, labels, v, values)
}

func (e *emitter) emit(kind prometheus.ValueType, name, help, labels string, v float64, values []string) {
	if fit, fresh := e.is(name, labels, values); fresh {
		e.to <- prometheus.MustNewConstMetric(prometheus.NewDesc(name, help, strings.Fields(labels), nil), kind, v, fit...)
	}
}

// Collect emits what is known now.
func (c *collector) Collect(to chan<- prometheus.Metric) {
	e := &emitter{to: to, seen: map[string]bool{}}
	s := c.o.State()
	truth := map[bool]float64{true: 1}
	h := healthOf(c.o, c.o.Now())
	e.gauge("kdeck_info", "Who looks: always 1.", "version share", 1, c.o.Version, c.o.Share.String())
	e.gauge("kdeck_looking", "1 where the latest look at the cluster is not too old, as /healthz.", "", truth[h.Looking])
	if h.Age != nil {
		e.gauge("kdeck_look_age_seconds", "How old the latest look that showed something is.", "", *h.Age)
	}
	e.counter("kdeck_requests_total", "Requests that kdeck has sent to the cluster and its exporters.", "", float64(s.Spent.Requests))
	e.counter("kdeck_bytes_total", "Bytes of these requests and their answers.", "", float64(s.Spent.Bytes))
	for _, v := range []state.Verdict{state.VerdictHealthy, state.VerdictDegraded, state.VerdictCritical, state.VerdictUnknown} {
		e.gauge("kdeck_verdict", "The verdict on the cluster: 1 for the one that holds.", "verdict", truth[s.Verdict == v], string(v))
	}
	if s.Snapshot != nil {
		c.cluster(e, s)
		c.groups(e, s)
	}
	if c.o.Probe != nil {
		c.o.Probe.collect(e)
	}
}

// cluster emits the findings, and the figures of brokers and partitions.
func (c *collector) cluster(e *emitter, s *state.State) {
	counts := map[state.Severity]int{}
	for i := range s.Findings {
		f := &s.Findings[i]
		counts[f.Severity]++
		if f.Severity == state.SeverityOK || i >= MaxFindings {
			continue
		}
		e.gauge("kdeck_finding", "A finding that holds: always 1. The sentence is in /verdict.", "code severity scope fault", 1, f.Code, string(f.Severity), f.Scope, f.Fault)
		if f.Since.Known {
			e.gauge("kdeck_finding_since_seconds", "When the finding was first seen, as Unix time.", "code severity scope fault", float64(f.Since.Value.Unix()), f.Code, string(f.Severity), f.Scope, f.Fault)
		}
	}
	for _, severity := range []state.Severity{state.SeverityCritical, state.SeverityWarning, state.SeverityInfo} {
		e.gauge("kdeck_findings", "How many findings hold.", "severity", float64(counts[severity]), string(severity))
	}
	leftOut(e, "finding", len(s.Findings)-MaxFindings)
	for _, u := range health.NotLookedAt(s) {
		e.gauge("kdeck_not_looked_at", "What the verdict doesn't rest on: always 1.", "what why", 1, u.What, u.Why)
	}
	answering, known := s.Answering()
	e.gauge("kdeck_brokers", "Brokers that are known.", "", float64(known))
	e.gauge("kdeck_brokers_answering", "Brokers that answered kdeck themselves.", "", float64(answering))
	e.gauge("kdeck_topics", "Topics.", "", float64(s.Snapshot.NumTopics()))
	offline, under, underMin, atMin := 0, 0, 0, 0
	n := s.Snapshot.NumPartitions()
	for i := range n {
		p := s.Snapshot.Partition(i)
		if p.Leaderless() {
			offline++
		}
		if p.UnderReplicated() {
			under++
		}
		if is, known := p.UnderMinISR(); known && is {
			underMin++
		}
		if is, known := p.AtMinISR(); known && is {
			atMin++
		}
	}
	e.gauge("kdeck_partitions", "Partitions.", "", float64(n))
	const kinds = "Partitions that are in a state, as kdeck partitions counts them."
	for kind, count := range map[string]int{"offline": offline, "under-replicated": under, "under-min-isr": underMin, "at-min-isr": atMin} {
		e.gauge("kdeck_partitions_in_state", kinds, "state", float64(count), kind)
	}
}

// groups emits the lags and statuses of groups, those first that are worst.
func (c *collector) groups(e *emitter, s *state.State) {
	if s.Groups == nil {
		return
	}
	var mine []*state.Group
	for _, g := range s.Groups.Groups {
		if c.o.Share.Group(g.ID) {
			mine = append(mine, g)
		}
	}
	slices.SortStableFunc(mine, func(a, b *state.Group) int {
		return cmp.Or(cmp.Compare(b.Status, a.Status), cmp.Compare(b.Lag.Or(0), a.Lag.Or(0)), cmp.Compare(a.ID, b.ID))
	})
	e.gauge("kdeck_groups", "Consumer groups, of the share.", "", float64(len(mine)))
	leftOut(e, "group", len(mine)-MaxGroups)
	for _, g := range mine[:min(len(mine), MaxGroups)] {
		if g.Lag.Known {
			e.gauge("kdeck_group_lag", "Records that a group has not committed yet.", "group", float64(g.Lag.Value), g.ID)
		}
		if g.Behind.Known {
			e.gauge("kdeck_group_lag_seconds", "How long ago the oldest record was written that a group has not committed: of its worst partition.", "group", g.Behind.Value.Seconds(), g.ID)
		}
		if g.Partial > 0 {
			e.gauge("kdeck_group_partitions_unknown", "Partitions of a group whose lag isn't known.", "group", float64(g.Partial), g.ID)
		}
		if g.Members.Known {
			e.gauge("kdeck_group_members", "Members of a group.", "group", float64(len(g.Members.Value)), g.ID)
		}
		e.gauge("kdeck_group_status", "What a group does: the label says it, the value is always 1.", "group status kind state", 1, g.ID, g.Status.String(), string(g.Kind), g.State)
	}
}

// leftOut says how many series of a kind there would be beyond the bound.
func leftOut(e *emitter, what string, n int) {
	e.gauge("kdeck_left_out", "How many there are beyond the most that have series of their own.", "what", float64(max(0, n)), what)
}
