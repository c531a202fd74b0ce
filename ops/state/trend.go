package state

import (
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"kdeck/ops/tenant"
)

// How much Trends remember at the most: half an hour of looks, and of so many buckets.
const (
	maxSamples = 360
	maxBuckets = 512
)

// A Sample is one point of a trend. An unknown one is a gap.
type Sample struct {
	At    time.Time
	Value float64
	Known bool
}

// A Figure is what a trend is of.
type Figure uint8

// The figures. Of the whole cluster the idle ones are those of the worst broker, the others the sum.
const (
	NetworkIdle Figure = iota // 0..1
	HandlerIdle               // 0..1
	BytesIn                   // a second
	BytesOut                  // a second, to consumers
	MessagesIn                // a second
	RequestRate               // a second, of all kinds
	UnderReplicated
	figures
)

// Cluster stands for all brokers in Trends.
const Cluster int32 = -1

// A Bucket is what Kafka counts for one quota: the tags of a series, "" for one that it doesn't have.
type Bucket struct {
	Type           tenant.Type
	User, ClientID string
}

// Trends remember the figures of the latest States, so that a pane can draw them. Like a History it changes, belongs to
// one goroutine, and its memory is bounded.
type Trends struct {
	brokers map[int32]*[figures]ring[Sample]
	buckets map[Bucket]*ring[Sample]
	last    map[int32]time.Time // of a broker's latest metrics
}

// NewTrends begins without a sample.
func NewTrends() *Trends {
	return &Trends{brokers: map[int32]*[figures]ring[Sample]{}, buckets: map[Bucket]*ring[Sample]{}, last: map[int32]time.Time{}}
}

// Broker returns what is remembered of a broker, or of the Cluster, the oldest first.
func (t *Trends) Broker(id int32, f Figure) []Sample {
	r, ok := t.brokers[id]
	if !ok {
		return nil
	}
	return r[f].forward()
}

// Bucket returns what is remembered of a bucket on all brokers together, the oldest first.
func (t *Trends) Bucket(b Bucket) []Sample {
	r, ok := t.buckets[b]
	if !ok {
		return nil
	}
	return r.forward()
}

// forward is the items, the oldest first.
func (r *ring[T]) forward() []T {
	return slices.Concat(r.items[min(r.next, len(r.items)):], r.items[:min(r.next, len(r.items))])
}

func compareBuckets(a, b Bucket) int {
	return strings.Compare(string(a.Type)+"\x00"+a.User+"\x00"+a.ClientID, string(b.Type)+"\x00"+b.User+"\x00"+b.ClientID)
}

// Add takes a State's figures in. Metrics that were added before are not added again.
func (t *Trends) Add(s *State) {
	if s.Snapshot == nil {
		return
	}
	held := s.Snapshot.Holdings()
	var cluster gathering
	news := false
	for i := range s.Snapshot.Brokers {
		id := s.Snapshot.Brokers[i].ID
		at, m := s.Snapshot.Taken, &BrokerMetrics{}
		if r, ok := s.Metrics[id]; ok {
			at = r.At
			if r.Known {
				m, at = r.Value, r.Value.At
			}
		}
		own := figuresOf(m, held[i].Missing)
		cluster.add(own)
		if t.last[id].Equal(at) {
			continue
		}
		t.last[id], news = at, true
		rings, ok := t.brokers[id]
		if !ok {
			rings = newRings()
			t.brokers[id] = rings
		}
		put(rings, at, own)
	}
	if !news {
		return
	}
	rings, ok := t.brokers[Cluster]
	if !ok {
		rings = newRings()
		t.brokers[Cluster] = rings
	}
	put(rings, s.Now, cluster)
	t.addBuckets(s)
}

func newRings() *[figures]ring[Sample] {
	var r [figures]ring[Sample]
	for f := range r {
		r[f].max = maxSamples
	}
	return &r
}

func put(rings *[figures]ring[Sample], at time.Time, values [figures]Reading[float64]) {
	for f := range rings {
		rings[f].add(Sample{At: at, Value: values[f].Value, Known: values[f].Known})
	}
}

func figuresOf(m *BrokerMetrics, missing int) (v [figures]Reading[float64]) {
	v[NetworkIdle], v[HandlerIdle] = m.NetworkIdle, m.HandlerIdle
	v[BytesIn], v[BytesOut], v[MessagesIn] = m.BytesIn, m.BytesOut, m.MessagesIn
	v[RequestRate] = m.RequestRate()
	v[UnderReplicated] = Reading[float64]{Value: float64(missing), Known: true}
	return v
}

// RequestRate is how many requests a second of all kinds the broker answers; unknown where no kind's rate is known.
func (m *BrokerMetrics) RequestRate() Reading[float64] {
	var sum Reading[float64]
	for _, r := range m.Requests {
		// FetchConsumer and FetchFollower together are Fetch.
		if r.Rate.Known && r.Name != "FetchConsumer" && r.Name != "FetchFollower" {
			sum = Read(sum.Value+r.Rate.Value, r.Rate.At, r.Rate.From)
		}
	}
	return sum
}

// gathering makes the cluster's figures of its brokers'.
type gathering [figures]Reading[float64]

func (g *gathering) add(own [figures]Reading[float64]) {
	for f, v := range own {
		switch all := &g[f]; {
		case !v.Known:
		case !all.Known:
			*all = v
		case Figure(f) == NetworkIdle || Figure(f) == HandlerIdle:
			all.Value = min(all.Value, v.Value)
		default:
			all.Value += v.Value
		}
	}
}

// addBuckets adds every bucket's use on all brokers together. Where there are more than are remembered, those that come
// later in order are left out.
func (t *Trends) addBuckets(s *State) {
	use := map[Bucket]float64{}
	for _, m := range s.Metrics {
		if !m.Known {
			continue
		}
		for _, u := range m.Value.Usage {
			if !math.IsNaN(u.Rate) {
				use[Bucket{u.Type, u.User, u.ClientID}] += u.Rate
			}
		}
	}
	for _, b := range slices.SortedFunc(maps.Keys(use), compareBuckets) {
		r, ok := t.buckets[b]
		if !ok {
			if len(t.buckets) >= maxBuckets {
				continue
			}
			r = &ring[Sample]{max: maxSamples}
			t.buckets[b] = r
		}
		r.add(Sample{At: s.Now, Value: use[b], Known: true})
	}
}
