package serve

import (
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"kdeck/ops/probe"
)

// buckets are the bounds of the probe's histograms, in seconds (research on SLIs of Kafka as a service: a write is good within some tens of
// milliseconds, and the probe's deadline is 5 s).
var buckets = []float64{.001, .002, .005, .01, .02, .04, .1, .2, .5, 1, 2, 5, 20}

// Probe is what a prober has measured, for metrics.
type Probe struct {
	Result   func() *probe.Result
	Document func() any // the answer of kdeck probe

	mu    sync.Mutex
	times map[stageOf]*histogram
}

type stageOf struct {
	broker int32
	stage  probe.Stage
}

type histogram struct {
	counts []uint64 // by bucket, not summed up
	count  uint64
	sum    float64
}

// Add counts the times of one attempt.
func (p *Probe) Add(s probe.Sample) {
	if s.Outcome == probe.Throttled { // its times are the quota's
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.times == nil {
		p.times = map[stageOf]*histogram{}
	}
	for _, stage := range probe.Stages() {
		took, measured := s.Took(stage)
		if !measured {
			continue
		}
		key := stageOf{s.Broker, stage}
		h := p.times[key]
		if h == nil {
			h = &histogram{counts: make([]uint64, len(buckets))}
			p.times[key] = h
		}
		h.add(took)
	}
}

func (h *histogram) add(d time.Duration) {
	h.count++
	h.sum += d.Seconds()
	for i, bound := range buckets {
		if d.Seconds() <= bound {
			h.counts[i]++
			return
		}
	}
}

func (p *Probe) collect(e *emitter) {
	r := p.Result()
	leftOut(e, "probed-broker", len(r.Brokers)-MaxBrokers)
	const attempts = "Attempts of the probe by the broker that they belong to and what came of them. Good, failed and late ones say something of the cluster."
	shown := r.Brokers[:min(len(r.Brokers), MaxBrokers)]
	for i := range shown {
		b := &shown[i]
		id := strconv.Itoa(int(b.Broker))
		for outcome, n := range map[string]int64{"good": b.Good, "failed": b.Failed, "late": b.Late, "throttled": b.Throttled, "refused": b.Refused, "not-leading": b.NotLeading} {
			e.counter("kdeck_probe_attempts_total", attempts, "broker outcome", float64(n), id, outcome)
		}
		for stage, n := range b.FailedAt {
			e.counter("kdeck_probe_failed_at_total", "Attempts that came to nothing, by the stage at which they did.", "broker stage", float64(n), id, stage)
		}
		e.counter("kdeck_probe_lost_total", "Records of the probe that a broker acknowledged and that can't be read.", "broker", float64(b.Lost), id)
		e.counter("kdeck_probe_duplicated_total", "Records of the probe that stand in the log twice.", "broker", float64(b.Duplicated), id)
		e.counter("kdeck_probe_retries_total", "Tries after the first of an attempt.", "broker", float64(b.Retries), id)
		p.histograms(e, b.Broker, id)
	}
	for _, f := range r.Findings {
		broker := "all"
		if f.Broker != nil {
			broker = strconv.Itoa(int(*f.Broker))
		}
		switch f.Kind {
		case "in-front":
			e.gauge("kdeck_probe_in_front", "Writes of the probe take longer than the broker's own clock says: always 1. The sentence is in /probe.", "broker", 1, broker)
		case "slow-stage":
			e.gauge("kdeck_probe_slow", "A stage that is slow at a broker against its peers: always 1. The sentence is in /probe.", "broker stage", 1, broker, f.Stage)
		}
	}
	e.gauge("kdeck_probe_target_ratio", "The share of attempts that are to be good.", "", r.Budget.Target/100)
}

func (p *Probe) histograms(e *emitter, broker int32, id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, stage := range probe.Stages() {
		h := p.times[stageOf{broker, stage}]
		if h == nil {
			continue
		}
		sums, total := map[float64]uint64{}, uint64(0)
		for i, bound := range buckets {
			total += h.counts[i]
			sums[bound] = total
		}
		const name = "kdeck_probe_seconds"
		if fit, fresh := e.is(name, "broker stage", []string{id, stage.String()}); fresh {
			e.to <- prometheus.MustNewConstHistogram(prometheus.NewDesc(name, "How long a stage of an attempt took.", []string{"broker", "stage"}, nil), h.count, h.sum, sums, fit...)
		}
	}
}
