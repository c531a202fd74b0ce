package history

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

	"kdeck/ops/state"
	"kdeck/ops/tenant"
)

// maxBuckets is how many buckets of each type are remembered: the busiest. The use of one type can't be compared with that
// of another, so each has its own room.
const maxBuckets = 128

const (
	makesRoom = 5 * time.Minute // a bucket that wasn't seen for that long gives way to any other
	fading    = 0.97            // by how much the use that a bucket is kept for fades with each poll
)

// A Bucket is what Kafka counts for one quota: the tags of a series, "" for one that it doesn't have.
type Bucket struct {
	Type           tenant.Type
	User, ClientID string
}

// Bucket returns what is remembered of a bucket on all brokers together, the oldest first.
func (h *History) Bucket(b Bucket) []Sample {
	if h == nil {
		return nil
	}
	return samples(h.buckets[b], func(p bucketPoint) Sample { return sample(p.at, p.value, p.missing) })
}

type bucketTrend struct {
	series[bucketPoint]
	use  float64 // the most that it used lately, faded
	seen time.Time
}

type bucketPoint struct {
	at      int64   // ns since 1970
	value   float64 // NaN: a gap
	missing uint16
}

// addBuckets adds every bucket's use on all brokers together. Where it is of the same poll as what was added last, it takes
// the place of that. A bucket that is not seen gets a gap.
func (t *trends) addBuckets(s *state.State, samePoll bool) {
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
	pool := map[tenant.Type][]ranked{}
	for b, tr := range t.buckets {
		if !samePoll {
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
		tr.put(bucketPoint{s.Now.UnixNano(), v, missing}, samePoll)
		use := tr.use
		if s.Now.Sub(tr.seen) > makesRoom {
			use = -1
		}
		pool[b.Type] = append(pool[b.Type], ranked{b, use, true})
	}
	least := map[tenant.Type]float64{} // of those kept, where there is no more room
	for of, kept := range pool {
		if len(kept) >= maxBuckets {
			least[of] = slices.MinFunc(kept, func(a, b ranked) int { return cmp.Compare(a.use, b.use) }).use
		}
	}
	for b, v := range t.sums {
		floor, full := least[b.Type]
		if _, kept := t.buckets[b]; !kept && (!full || v > floor) {
			pool[b.Type] = append(pool[b.Type], ranked{b, v, false})
		}
	}
	for _, list := range pool {
		slices.SortFunc(list, compareRanked)
		for i, r := range list {
			switch {
			case i >= maxBuckets && r.kept:
				delete(t.buckets, r.bucket)
			case i < maxBuckets && !r.kept:
				tr := &bucketTrend{use: r.use, seen: s.Now}
				tr.add(bucketPoint{s.Now.UnixNano(), r.use, missing})
				t.buckets[r.bucket] = tr
			}
		}
	}
}

// ranked is a bucket that is kept, or wants to be.
type ranked struct {
	bucket Bucket
	use    float64 // lately; -1 where it wasn't seen for long
	kept   bool
}

// compareRanked puts the busiest first, and of equal ones those that are kept already.
func compareRanked(a, b ranked) int {
	if a.use == b.use && a.kept != b.kept {
		if a.kept {
			return -1
		}
		return 1
	}
	return cmp.Or(cmp.Compare(b.use, a.use), compareBuckets(a.bucket, b.bucket))
}

func compareBuckets(a, b Bucket) int {
	return cmp.Or(strings.Compare(string(a.Type), string(b.Type)), strings.Compare(a.User, b.User), strings.Compare(a.ClientID, b.ClientID))
}
