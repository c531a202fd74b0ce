package reassign

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"kdeck/ops/format"
)

// The defaults of [Pilot].
const (
	DefaultFloor   = 5_000_000
	DefaultCeiling = 1_000_000_000
)

// Pilot are the bounds of a throttle that a run chooses itself.
type Pilot struct {
	Floor   int64 `json:"floor"`   // bytes a second for each broker; 0: [DefaultFloor]
	Ceiling int64 `json:"ceiling"` // 0: [DefaultCeiling]
}

const (
	pilotInterval = 5 * time.Second  // between two looks at how the brokers bear it
	climbInterval = 5 * time.Second  // the least between two raises
	backOffPause  = 30 * time.Second // without a raise after the brokers showed strain

	// Kafka measures a rate over eleven seconds, and after a raise it lets copies go as fast as they can until that is made up for
	// (ReplicationQuotaManager). A rate that doubles at once holds up producers for a second or more, so raises are small.
	climbFirst = 1.25 // until something holds a raise back for the first time
	climb      = 1.1  // from then on
	backOff    = 0.6

	fullUse   = 0.7  // of the throttle is used: it is what holds the copies back
	leastIdle = 0.3  // of threads; below it latency grows fast
	slower    = 1.7  // times what requests took before the run
	slowerBy  = 3.0  // and by so many milliseconds, which no client notices
	hesitate  = 1.35 // times what they took before: no raise
	tailLong  = 1.5  // times the 99th percentile of before: no raise
)

// signs are what a run sees of how the brokers that copy bear it. NaN is unknown.
type signs struct {
	shrunk                   int     // partitions that don't move and lost an in-sync replica since the last look
	handlerIdle, networkIdle float64 // of the busiest broker, 0..1
	produce                  float64 // how long Produce takes on the slowest broker, in milliseconds
	tail                     float64 // the 99th percentile of the same, in milliseconds
	request                  float64 // how long requests of kdeck itself take on the slowest broker, in milliseconds
	copies                   float64 // bytes a second through the busiest broker
}

// pilot raises a throttle as long as the copies use it and the brokers bear it, and lowers it fast where they don't.
type pilot struct {
	Pilot
	rate      int64
	heldBack  bool    // by strain, or by requests that take longer
	before    signs   // what was usual before the first move
	learned   []signs // what before is made of
	changedAt time.Time
	holdUntil time.Time
}

// or returns the bounds with those of other in place of what isn't given.
func (p Pilot) or(other Pilot) Pilot {
	return Pilot{Floor: cmp.Or(p.Floor, other.Floor), Ceiling: cmp.Or(p.Ceiling, other.Ceiling)}
}

func newPilot(bounds Pilot) *pilot {
	p := &pilot{Pilot: bounds}
	if p.Floor == 0 {
		p.Floor = DefaultFloor
	}
	if p.Ceiling == 0 {
		p.Ceiling = max(DefaultCeiling, p.Floor)
	}
	p.rate = p.Floor
	return p
}

// learn takes in how the brokers are before anything is moved. Times of single looks differ much on a busy cluster: what all of them stayed
// below is usual, but no more than twice their median, as one look may have been unlucky.
func (p *pilot) learn(s signs) {
	p.learned = append(p.learned, s)
	usual := func(of func(signs) float64) float64 {
		var seen []float64
		for _, s := range p.learned {
			if v := of(s); !math.IsNaN(v) {
				seen = append(seen, v)
			}
		}
		if len(seen) == 0 {
			return math.NaN()
		}
		slices.Sort(seen)
		return min(seen[len(seen)-1], 2*seen[(len(seen)-1)/2])
	}
	p.before = s
	p.before.produce = usual(func(s signs) float64 { return s.produce })
	p.before.tail = usual(func(s signs) float64 { return s.tail })
	p.before.request = usual(func(s signs) float64 { return s.request })
	for _, s := range p.learned {
		p.before.handlerIdle = most(p.before.handlerIdle, s.handlerIdle)
		p.before.networkIdle = most(p.before.networkIdle, s.networkIdle)
	}
}

// least and most pass over what is unknown.
func least(a, b float64) float64 {
	if math.IsNaN(a) || b < a {
		return b
	}
	return a
}

func most(a, b float64) float64 {
	if math.IsNaN(a) || b > a {
		return b
	}
	return a
}

// next returns the throttle from now on, and why it changes; "" where it doesn't.
func (p *pilot) next(now time.Time, s signs) (rate int64, why string) {
	p.heldBack = p.heldBack || p.hesitates(s)
	if strain := p.strain(s); strain != "" {
		p.heldBack = true
		p.holdUntil = now.Add(backOffPause)
		if now.Sub(p.changedAt) < pilotInterval || p.rate == p.Floor {
			return p.rate, ""
		}
		return p.set(now, int64(float64(p.rate)*backOff), strain)
	}
	switch {
	case now.Before(p.holdUntil), now.Sub(p.changedAt) < climbInterval, p.rate == p.Ceiling, p.hesitates(s):
		return p.rate, ""
	case !(s.copies >= fullUse*float64(p.rate)):
		return p.rate, "" // something else holds the copies back
	}
	times := climb
	if !p.heldBack {
		times = climbFirst
	}
	return p.set(now, int64(float64(p.rate)*times), "the brokers bear it")
}

func (p *pilot) set(now time.Time, rate int64, why string) (int64, string) {
	rate = min(max(round(rate), p.Floor), p.Ceiling)
	if rate == p.rate {
		return rate, ""
	}
	p.rate, p.changedAt = rate, now
	return rate, why
}

// round keeps two digits of a rate: the ledger holds every value that was set.
func round(rate int64) int64 {
	unit := int64(1)
	for rate/unit >= 100 {
		unit *= 10
	}
	return rate / unit * unit
}

// strain says what shows that the brokers don't bear it; "" for nothing.
func (p *pilot) strain(s signs) string {
	switch {
	case s.shrunk > 0:
		return format.Count(s.shrunk, "partition") + " that don't move lost an in-sync replica"
	case p.tired(s.handlerIdle, p.before.handlerIdle):
		return "request handlers are idle for " + format.Percent(100*s.handlerIdle) + " only"
	case p.tired(s.networkIdle, p.before.networkIdle):
		return "network threads are idle for " + format.Percent(100*s.networkIdle) + " only"
	case isSlower(s.produce, p.before.produce, slower):
		return took("Produce", s.produce, p.before.produce)
	case math.IsNaN(s.produce) && isSlower(s.request, p.before.request, slower):
		return took("a request of kdeck", s.request, p.before.request)
	}
	return ""
}

func took(what string, now, before float64) string {
	return fmt.Sprintf("%s takes %.1f ms, and took %.1f before", what, now, before)
}

// tired tells whether threads have little time left, and less than before the run.
func (p *pilot) tired(now, before float64) bool {
	return now < leastIdle && !(before-now < leastIdle/3)
}

func isSlower(now, before, times float64) bool { return now > times*before && now-before > slowerBy }

// hesitates tells whether requests take longer, but not so much that the throttle has to come down. The copies hold up a few of the producers' requests by a
// lot, and their mean by little. Brokers remember the slowest of five minutes, so that their tail is no reason to come down: it would be one for long after.
func (p *pilot) hesitates(s signs) bool {
	if math.IsNaN(s.produce) {
		return isSlower(s.request, p.before.request, hesitate)
	}
	return isSlower(s.produce, p.before.produce, hesitate) || isSlower(s.tail, p.before.tail, tailLong)
}
