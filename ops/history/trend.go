package history

import (
	"math"
	"time"

	"kdeck/ops/state"
)

// maxSamples is how many samples of each figure are remembered: half an hour of polls.
const maxSamples = 360

const (
	onePoll   = 2 * time.Second  // news that comes within that time of other news is of the same poll
	forgotten = 30 * time.Minute // what wasn't seen for that long has no sample left
)

// A Sample is one point of a trend. An unknown one is a gap.
type Sample struct {
	At    time.Time
	Value float64
	Known bool
	// Missing is how many brokers are not in a figure of several because their metrics are not known: while it is above 0,
	// a dip may be none.
	Missing int
}

// A Figure is what a trend is of.
type Figure uint8

// The figures. Of the whole cluster the idle ones and ProduceP99 are those of the worst broker, the others the sum.
const (
	NetworkIdle     Figure = iota // 0..1
	HandlerIdle                   // 0..1
	BytesIn                       // bytes per second from producers
	BytesOut                      // bytes per second to consumers
	MessagesIn                    // per second
	RequestRate                   // per second, of all kinds
	UnderReplicated               // replicas on the broker that ought to be in sync and are not
	ProduceP99                    // 99th percentile of how long Produce took, in ms
	figures
)

// Cluster stands for all brokers in [History.Broker].
const Cluster int32 = -1

// Broker returns what is remembered of a broker's figure, or of the Cluster's, the oldest first.
func (h *History) Broker(id int32, f Figure) []Sample {
	if h == nil || f >= figures {
		return nil
	}
	return samples(h.brokers[id], func(p point) Sample { return sample(p.at, p.values[f], p.missing[f]) })
}

// series is the samples of one thing. A copy of it stays as it is when more is added.
type series[T any] struct {
	before []T // all but the latest, the oldest first; see keep
	latest T
	any    bool
}

func (s *series[T]) add(v T) {
	if s.any {
		s.before = keep(s.before, s.latest, maxSamples-1)
	}
	s.latest, s.any = v, true
}

// put adds an item, or puts it in the place of the latest.
func (s *series[T]) put(v T, replace bool) {
	if replace && s.any {
		s.latest = v
		return
	}
	s.add(v)
}

func samples[T any](s series[T], of func(T) Sample) []Sample {
	if !s.any {
		return nil
	}
	out := make([]Sample, 0, len(s.before)+1)
	for _, p := range s.before {
		out = append(out, of(p))
	}
	return append(out, of(s.latest))
}

func sample(at int64, v float64, missing uint16) Sample {
	s := Sample{At: time.Unix(0, at), Known: !math.IsNaN(v), Missing: int(missing)}
	if s.Known {
		s.Value = v
	}
	return s
}

// point is all figures at one moment; NaN for an unknown one.
type point struct {
	at      int64 // ns since 1970
	values  [figures]float64
	missing [figures]uint16
}

// trends are the figures of the brokers and of the busiest buckets, as they are being recorded.
type trends struct {
	brokers map[int32]*brokerTrend
	buckets map[Bucket]*bucketTrend
	sums    map[Bucket]float64 // what each bucket uses now, on all brokers together
	added   time.Time          // when the Cluster and the buckets were added last
	of      *state.Snapshot    // the latest one
	held    []state.Holding    // of its brokers
}

type brokerTrend struct {
	series[point]
	at   time.Time // of the latest metrics
	seen time.Time // when a State last had it
}

// add takes a State's figures in and tells whether there were any. Metrics that were added before are not added again.
func (t *trends) add(s *state.State) (news bool) {
	if s.Snapshot == nil {
		return false
	}
	if t.brokers == nil {
		t.brokers, t.buckets, t.sums = map[int32]*brokerTrend{}, map[Bucket]*bucketTrend{}, map[Bucket]float64{}
	}
	if s.Snapshot != t.of {
		t.of, t.held = s.Snapshot, s.Snapshot.Holdings()
	}
	cluster := point{at: s.Now.UnixNano()}
	for f := range cluster.values {
		cluster.values[f] = math.NaN()
	}
	for i := range s.Snapshot.Brokers {
		b := &s.Snapshot.Brokers[i]
		at, m := s.Snapshot.Taken, &state.BrokerMetrics{}
		if r, ok := s.Metrics[b.ID]; ok {
			at = r.At
			if r.Known {
				m = r.Value
			}
		}
		own := point{at: at.UnixNano(), values: figuresOf(m, t.held[i].Missing)}
		cluster.gather(own, b.Alive)
		tr := t.broker(b.ID)
		tr.seen = s.Now
		if !tr.at.Equal(at) {
			tr.at, news = at, true
			tr.add(own)
		}
	}
	for id, tr := range t.brokers {
		if id != Cluster && s.Now.Sub(tr.seen) > forgotten {
			delete(t.brokers, id)
		}
	}
	if !news {
		return false
	}
	samePoll := !t.added.IsZero() && s.Now.Sub(t.added) < onePoll
	if !samePoll {
		t.added = s.Now
	}
	t.broker(Cluster).put(cluster, samePoll)
	if s.Metrics != nil {
		t.addBuckets(s, samePoll)
	}
	return true
}

// series are copies of what is remembered.
func (t *trends) series() (brokers map[int32]series[point], buckets map[Bucket]series[bucketPoint]) {
	brokers, buckets = make(map[int32]series[point], len(t.brokers)), make(map[Bucket]series[bucketPoint], len(t.buckets))
	for id, tr := range t.brokers {
		brokers[id] = tr.series
	}
	for b, tr := range t.buckets {
		buckets[b] = tr.series
	}
	return brokers, buckets
}

func (t *trends) broker(id int32) *brokerTrend {
	tr, ok := t.brokers[id]
	if !ok {
		tr = &brokerTrend{}
		t.brokers[id] = tr
	}
	return tr
}

func figuresOf(m *state.BrokerMetrics, missing int) (v [figures]float64) {
	for f, r := range [figures]state.Reading[float64]{
		NetworkIdle: m.NetworkIdle, HandlerIdle: m.HandlerIdle,
		BytesIn: m.BytesIn, BytesOut: m.BytesOut, MessagesIn: m.MessagesIn, RequestRate: m.RequestRate(),
		UnderReplicated: {Value: float64(missing), Known: true}, ProduceP99: m.ProduceP99(),
	} {
		v[f] = r.Or(math.NaN())
	}
	return v
}

// gather makes the cluster's figures of its brokers'. What a broker that isn't alive has is not missing.
func (p *point) gather(own point, alive bool) {
	for f, v := range own.values {
		switch all := &p.values[f]; {
		case math.IsNaN(v):
			if alive {
				p.missing[f]++
			}
		case math.IsNaN(*all):
			*all = v
		case Figure(f) == NetworkIdle || Figure(f) == HandlerIdle:
			*all = min(*all, v)
		case Figure(f) == ProduceP99:
			*all = max(*all, v)
		default:
			*all += v
		}
	}
}
