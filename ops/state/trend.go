package state

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

	"kdeck/ops/tenant"
)

// How much Trends remember at the most: half an hour of looks, and so many buckets of each type, whose units can't be
// compared.
const (
	maxSamples = 360
	maxBuckets = 128
)

const (
	onePoll   = 2 * time.Second  // news that comes within that time of other news is of the same poll
	makesRoom = 5 * time.Minute  // a bucket that wasn't seen for that long gives way to any other
	forgotten = 30 * time.Minute // what wasn't seen for that long has no sample left
	fading    = 0.97             // how fast the use that a bucket is kept for fades, a poll
)

// A Sample is one point of a trend. An unknown one is a gap.
type Sample struct {
	At    time.Time
	Value float64
	Known bool
	// Missing is how many brokers are not in a figure of several because their metrics are not known: a dip while it is
	// above 0 may be none.
	Missing int
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
// one goroutine, and its memory is bounded: of more buckets than it can hold it keeps the busiest of each type.
type Trends struct {
	brokers map[int32]*trend
	buckets map[Bucket]*bucketTrend
	sums    map[Bucket]float64 // scratch
	added   time.Time          // when the Cluster and the buckets were added last
	of      *Snapshot          // the latest one
	held    []Holding          // of its brokers
}

// trend is what is remembered of a broker, or of the cluster.
type trend struct {
	ring[point]
	at   time.Time // of the latest metrics
	seen time.Time // when a State last had it
}

// point is all figures at one moment; NaN for an unknown one.
type point struct {
	at      int64 // ns since 1970
	values  [figures]float64
	missing [figures]uint16
}

type bucketTrend struct {
	ring[bucketPoint]
	use  float64 // the most that it used lately, faded
	seen time.Time
}

type bucketPoint struct {
	at      int64
	value   float64 // NaN: a gap
	missing uint16
}

// NewTrends begins without a sample.
func NewTrends() *Trends {
	return &Trends{brokers: map[int32]*trend{}, buckets: map[Bucket]*bucketTrend{}, sums: map[Bucket]float64{}}
}

// Broker returns what is remembered of a broker, or of the Cluster, the oldest first.
func (t *Trends) Broker(id int32, f Figure) []Sample {
	tr, ok := t.brokers[id]
	if !ok || f >= figures {
		return nil
	}
	return samples(&tr.ring, func(p point) Sample { return sample(p.at, p.values[f], p.missing[f]) })
}

// Bucket returns what is remembered of a bucket on all brokers together, the oldest first.
func (t *Trends) Bucket(b Bucket) []Sample {
	tr, ok := t.buckets[b]
	if !ok {
		return nil
	}
	return samples(&tr.ring, func(p bucketPoint) Sample { return sample(p.at, p.value, p.missing) })
}

func samples[T any](r *ring[T], of func(T) Sample) []Sample {
	out := make([]Sample, len(r.items))
	i := len(out)
	for p := range r.backward {
		i--
		out[i] = of(p)
	}
	return out
}

func sample(at int64, v float64, missing uint16) Sample {
	s := Sample{At: time.Unix(0, at), Known: !math.IsNaN(v), Missing: int(missing)}
	if s.Known {
		s.Value = v
	}
	return s
}

// Add takes a State's figures in. Metrics that were added before are not added again.
func (t *Trends) Add(s *State) {
	if s.Snapshot == nil {
		return
	}
	if s.Snapshot != t.of {
		t.of, t.held = s.Snapshot, s.Snapshot.Holdings()
	}
	cluster := point{at: s.Now.UnixNano()}
	for f := range cluster.values {
		cluster.values[f] = math.NaN()
	}
	news := false
	for i := range s.Snapshot.Brokers {
		b := &s.Snapshot.Brokers[i]
		at, m := s.Snapshot.Taken, &BrokerMetrics{}
		if r, ok := s.Metrics[b.ID]; ok {
			at = r.At
			if r.Known {
				m = r.Value
			}
		}
		own := point{at: at.UnixNano(), values: figuresOf(m, t.held[i].Missing)}
		cluster.gather(own, b.Alive)
		tr := t.trend(b.ID)
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
		return
	}
	again := !t.added.IsZero() && s.Now.Sub(t.added) < onePoll
	if !again {
		t.added = s.Now
	}
	t.trend(Cluster).put(cluster, again)
	if s.Metrics != nil {
		t.addBuckets(s, again)
	}
}

func (t *Trends) trend(id int32) *trend {
	tr, ok := t.brokers[id]
	if !ok {
		tr = &trend{ring: ring[point]{max: maxSamples}}
		t.brokers[id] = tr
	}
	return tr
}

func figuresOf(m *BrokerMetrics, missing int) (v [figures]float64) {
	for f, r := range [figures]Reading[float64]{
		NetworkIdle: m.NetworkIdle, HandlerIdle: m.HandlerIdle,
		BytesIn: m.BytesIn, BytesOut: m.BytesOut, MessagesIn: m.MessagesIn, RequestRate: m.RequestRate(),
		UnderReplicated: {Value: float64(missing), Known: true},
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
		default:
			*all += v
		}
	}
}

// addBuckets adds every bucket's use on all brokers together; again: to what was added last, because it is of the same
// poll. One that is not seen gets a gap.
func (t *Trends) addBuckets(s *State, again bool) {
	clear(t.sums)
	var missing uint16
	for _, m := range s.Metrics {
		if !m.Known {
			missing++
			continue
		}
		for _, u := range m.Value.Usage {
			if !math.IsNaN(u.Rate) {
				t.sums[Bucket{u.Type, u.User, u.ClientID}] += u.Rate
			}
		}
	}
	kept := map[tenant.Type][]Bucket{}
	for b, tr := range t.buckets {
		if !again {
			tr.use *= fading
		}
		v, seen := t.sums[b]
		if seen {
			tr.use, tr.seen = max(tr.use, v), s.Now
		} else {
			v = math.NaN()
		}
		if s.Now.Sub(tr.seen) > forgotten {
			delete(t.buckets, b)
			continue
		}
		tr.put(bucketPoint{s.Now.UnixNano(), v, missing}, again)
		kept[b.Type] = append(kept[b.Type], b)
	}
	for of, candidates := range t.candidates(kept, s.Now) {
		t.makeRoom(kept[of], candidates)
		for _, b := range candidates {
			tr := &bucketTrend{ring: ring[bucketPoint]{max: maxSamples}, use: t.sums[b], seen: s.Now}
			tr.add(bucketPoint{s.Now.UnixNano(), t.sums[b], missing})
			t.buckets[b] = tr
		}
	}
}

// standing is what a bucket is kept for.
func (t *Trends) standing(b Bucket, now time.Time) float64 {
	tr := t.buckets[b]
	if now.Sub(tr.seen) > makesRoom {
		return -1
	}
	return tr.use
}

// candidates are, by type, the buckets to be remembered that aren't yet: as many as there is room for, and those that use
// more than the ones that they would replace have used lately. It leaves kept in order, the least busy first.
func (t *Trends) candidates(kept map[tenant.Type][]Bucket, now time.Time) map[tenant.Type][]Bucket {
	floor := map[tenant.Type]float64{}
	for of, list := range kept {
		slices.SortFunc(list, func(a, b Bucket) int {
			return cmp.Or(cmp.Compare(t.standing(a, now), t.standing(b, now)), compareBuckets(b, a))
		})
		if len(list) >= maxBuckets {
			floor[of] = t.standing(list[0], now)
		}
	}
	found := map[tenant.Type][]Bucket{}
	for b, v := range t.sums {
		least, full := floor[b.Type]
		if _, known := t.buckets[b]; !known && (!full || v > least) {
			found[b.Type] = append(found[b.Type], b)
		}
	}
	for of, list := range found {
		slices.SortFunc(list, func(a, b Bucket) int { return cmp.Or(cmp.Compare(t.sums[b], t.sums[a]), compareBuckets(a, b)) })
		n, room := 0, maxBuckets-len(kept[of])
		for n < len(list) && (n < room || n-room < len(kept[of]) && t.sums[list[n]] > t.standing(kept[of][n-room], now)) {
			n++
		}
		found[of] = list[:n]
	}
	return found
}

// makeRoom forgets as many of the kept as the candidates need, the least busy first.
func (t *Trends) makeRoom(kept, candidates []Bucket) {
	for _, b := range kept[:max(0, len(kept)+len(candidates)-maxBuckets)] {
		delete(t.buckets, b)
	}
}

func compareBuckets(a, b Bucket) int {
	return cmp.Or(strings.Compare(string(a.Type), string(b.Type)), strings.Compare(a.User, b.User), strings.Compare(a.ClientID, b.ClientID))
}

// put adds an item, or puts it in the place of the latest.
func (r *ring[T]) put(v T, again bool) {
	if again && len(r.items) > 0 {
		r.items[(r.next-1+len(r.items))%len(r.items)] = v
		return
	}
	r.add(v)
}
