package lag

import (
	"math"
	"time"
)

// maxPoints is how many points of a log's growth are kept. Steady growth takes two, each burst two more.
const maxPoints = 14

// tick is the resolution of the times that are kept.
const tick = 100 * time.Millisecond

// curve is how an offset grew: points in order of time, straight lines between them. It has no pointers and takes 200 bytes, because
// there is one for each partition that is watched.
type curve struct {
	off [maxPoints]int64
	at  [maxPoints]int32 // ticks since the base
	// by how many ticks a time on the line from a point to the next can be wrong at the most: by what two looks were apart there, and by what the line
	// misses looks that aren't kept
	wrong [maxPoints - 1]uint16
	n     uint8
}

// anywhere stands for an error of more ticks than fit: a time may be anywhere between the two points.
const anywhere = math.MaxUint16

func wrongBy(ticks float64) uint16 { return uint16(min(math.Ceil(ticks), anywhere)) }

// add notes the offset at a time. What isn't later than the latest point is left out. An offset below an earlier one means that the log was cut
// off or made anew: what was above it is forgotten.
func (c *curve) add(at int32, off int64) {
	if c.n > 0 && at <= c.at[c.n-1] {
		return
	}
	for c.n > 0 && c.off[c.n-1] > off {
		c.n--
	}
	switch n := int(c.n); {
	case n >= 2 && c.deviation(n-2, n-1, at, off) == 0:
		c.goOn(at, off, 0)
	case n < maxPoints:
		c.put(n, at, off)
	default:
		if i, lost := c.cheapest(at, off); i < n-1 {
			c.drop(i, lost)
			c.put(n-1, at, off)
		} else {
			c.goOn(at, off, lost)
		}
	}
}

func (c *curve) put(i int, at int32, off int64) {
	if i > 0 {
		c.wrong[i-1] = wrongBy(float64(at - c.at[i-1]))
	}
	c.at[i], c.off[i] = at, off
	c.n = uint8(i + 1)
}

// goOn makes the line to the latest point go on to a new one, and miss the latest by so many ticks.
func (c *curve) goOn(at int32, off int64, lost float64) {
	i := int(c.n) - 1
	c.wrong[i-1] = wrongBy(max(float64(c.wrong[i-1]), float64(at-c.at[i])) + lost)
	c.at[i], c.off[i] = at, off
}

// drop leaves out a point between others, which the line then misses by so many ticks.
func (c *curve) drop(i int, lost float64) {
	c.wrong[i-1] = wrongBy(float64(max(c.wrong[i-1], c.wrong[i])) + lost)
	copy(c.at[i:], c.at[i+1:c.n])
	copy(c.off[i:], c.off[i+1:c.n])
	copy(c.wrong[i:], c.wrong[i+1:c.n-1])
	c.n--
}

// deviation is by how many ticks the time of an offset is wrong at the most if point i isn't kept, and a line goes from the point before
// to another one.
func (c *curve) deviation(before, i int, at int32, off int64) float64 {
	rise := off - c.off[before]
	if rise == 0 {
		return 0 // nothing was written
	}
	on := float64(c.at[before]) + float64(at-c.at[before])*float64(c.off[i]-c.off[before])/float64(rise)
	return math.Abs(on - float64(c.at[i]))
}

// cheapest is the point whose loss shows least: by how wrong times can be then against the age that they are part of. The first point is kept:
// it is the oldest time that can be told. lost is by how many ticks the line then misses it.
func (c *curve) cheapest(now int32, off int64) (best int, lost float64) {
	best = 1
	least := math.Inf(1)
	for i := 1; i < int(c.n); i++ {
		at, next, wrong := now, off, float64(now-c.at[i])
		if i+1 < int(c.n) {
			at, next, wrong = c.at[i+1], c.off[i+1], float64(c.wrong[i])
		}
		missed := c.deviation(i-1, i, at, next)
		if cost := (max(wrong, float64(c.wrong[i-1])) + missed) / math.Max(float64(now-c.at[i]), 1); cost < least {
			best, least, lost = i, cost, missed
		}
	}
	return best, lost
}

// written returns when the record with that offset was written: between two looks, so it is interpolated, and off by so many ticks at the most. It is
// false where the record was there already at the first look, and then at is the time of that look; and where it isn't written yet.
func (c *curve) written(off int64) (at, wrong float64, known bool) {
	n := int(c.n)
	if n == 0 || off >= c.off[n-1] {
		return 0, 0, false
	}
	for i := n - 2; i >= 0; i-- {
		if c.off[i] > off {
			continue
		}
		from, to := float64(c.at[i]), float64(c.at[i+1])
		at = from + (to-from)*(float64(off-c.off[i])+0.5)/float64(c.off[i+1]-c.off[i])
		wrong = max(at-from, to-at)
		if c.wrong[i] < anywhere {
			wrong = min(wrong, float64(c.wrong[i]))
		}
		return at, wrong, true
	}
	return float64(c.at[0]), 0, false
}

// offsetAt returns the offset at a time, and false outside of what was seen.
func (c *curve) offsetAt(at float64) (off float64, known bool) {
	n := int(c.n)
	if n == 0 || at < float64(c.at[0]) || at > float64(c.at[n-1]) {
		return 0, false
	}
	for i := n - 1; i > 0; i-- {
		if a := float64(c.at[i-1]); a <= at {
			return float64(c.off[i-1]) + float64(c.off[i]-c.off[i-1])*(at-a)/(float64(c.at[i])-a), true
		}
	}
	return float64(c.off[0]), true
}

// rate returns the growth a second over a time up to the latest point, or over what was seen where that is less; NaN where there was one look.
func (c *curve) rate(over time.Duration) float64 {
	n := int(c.n)
	if n < 2 {
		return math.NaN()
	}
	end := float64(c.at[n-1])
	from := math.Max(end-float64(over/tick), float64(c.at[0]))
	was, _ := c.offsetAt(from)
	return (float64(c.off[n-1]) - was) / ((end - from) * tick.Seconds())
}
