package sim

import "math"

// reading says how far a group has read a partition at which time: everything that was written up to some earlier time. That
// earlier time is computed from the clock, so the lag in time is known exactly.
type reading struct {
	every  float64 // seconds from one commit to the next
	behind float64 // seconds from a record's writing to its reading, in the best case
	drawn  float64 // how many times longer than the writer's burst it reads; 0: it keeps up within the burst

	trouble float64 // seconds; from then on the lines below hold. NaN: never
	back    float64 // seconds that it went back then
	speed   float64 // how many seconds of the log it reads in a second since then, at most

	only func(*partition) bool // the partitions that it is about; nil: all
}

// readUpTo is the time of the writing of what is committed at a time.
func (r *reading) readUpTo(at, phase float64) float64 {
	committed := math.Floor(at/r.every+phase)*r.every - phase*r.every
	normal := committed - r.behind
	if math.IsNaN(r.trouble) || at < r.trouble {
		return normal
	}
	slow := r.trouble - r.behind - r.back + r.speed*max(committed-r.trouble, 0)
	return min(normal, slow)
}

// offset is what is committed for a partition at a time. phase spreads the commits of groups and partitions, from 0 to 1.
func (r *reading) offset(s *stream, at, phase float64) int64 {
	p := s.pace
	if r.drawn > 1 && p.burst > 0 {
		p = p.drawnOut(r.drawn)
	}
	upTo := r.readUpTo(at, phase)
	return s.offsetBefore(s.entriesAtPace(p, upTo), upTo)
}
