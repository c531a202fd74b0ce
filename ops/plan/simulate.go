package plan

import (
	"math"
	"slices"
)

// Timeline is how a plan would go if each broker had Rate bytes a second for replication, in and out, and no other traffic.
type Timeline struct {
	Rate     int64   `json:"rate"`          // bytes a second, into and out of each broker
	InFlight int     `json:"in_flight"`     // most partitions at once
	Seconds  float64 `json:"seconds"`       // until the last copy is whole
	Least    float64 `json:"least_seconds"` // no order of moves is faster
	Unknown  int     `json:"unknown"`       // partitions with new replicas of unknown size: they count as no time
	Steps    []Step  `json:"steps"`         // in order of time, about one for each tenth of the partitions
}

// Step is how far a plan is at one point in time.
type Step struct {
	At         float64 `json:"at_seconds"`
	Partitions int     `json:"partitions"` // done
	Bytes      int64   `json:"bytes"`      // copied
}

const timelineSteps = 10

// Simulate plays through the copies in the order of [Traffic.Order], inFlight partitions at a time. The copies in flight share
// each port's bandwidth by max-min fairness. rate and inFlight must be above 0.
func (t *Traffic) Simulate(rate int64, inFlight int) *Timeline {
	line := &Timeline{Rate: rate, InFlight: inFlight, Least: t.Time(rate).Seconds(), Unknown: t.Unknown}
	queue := t.Order()
	var streams []*stream
	left := map[int]int{} // streams of each partition in flight
	now, copied, done := 0.0, 0.0, 0
	for len(queue) > 0 || len(left) > 0 {
		for ; len(queue) > 0 && len(left) < inFlight; queue = queue[1:] {
			i := queue[0]
			for _, s := range t.Copies[i].streams(i) {
				streams = append(streams, s)
				left[i]++
			}
			if left[i] == 0 {
				delete(left, i)
				done++
			}
		}
		share(streams, float64(rate))
		next := math.Inf(1)
		for _, s := range streams {
			next = min(next, s.left/s.pace)
		}
		if len(streams) == 0 {
			next = 0
		}
		now += next
		streams = slices.DeleteFunc(streams, func(s *stream) bool {
			bytes := s.pace * next
			copied += bytes
			if s.left -= bytes; s.left > 1e-9*s.size { // below that it is a rounding error
				return false
			}
			if left[s.partition]--; left[s.partition] == 0 {
				delete(left, s.partition)
				done++
			}
			return true
		})
		if done*timelineSteps >= (len(line.Steps)+1)*len(t.Copies) {
			line.Steps = append(line.Steps, Step{now, done, int64(math.Round(copied))})
		}
	}
	line.Seconds = now
	return line
}

// stream is the copy of one partition to one broker.
type stream struct {
	partition int
	out, in   Port
	size      float64 // bytes
	left      float64 // bytes
	pace      float64 // bytes a second
}

// streams returns one stream for each new replica; none if the size is unknown or no leader can send it.
func (c *Copy) streams(partition int) []*stream {
	if c.From < 0 || c.Size <= 0 {
		return nil
	}
	var all []*stream
	for _, b := range c.To {
		all = append(all, &stream{partition: partition, out: Port{c.From, true}, in: Port{b, false}, size: float64(c.Size), left: float64(c.Size)})
	}
	return all
}

// share sets the pace of each stream by progressive filling: the port with the least bandwidth for each of its streams fixes
// theirs, then the next.
func share(streams []*stream, rate float64) {
	type load struct {
		free    float64
		streams int
	}
	ports := map[Port]*load{}
	for _, s := range streams {
		s.pace = 0
		for _, p := range []Port{s.out, s.in} {
			if ports[p] == nil {
				ports[p] = &load{free: rate}
			}
			ports[p].streams++
		}
	}
	for paced := 0; paced < len(streams); {
		tight, least := Port{}, math.Inf(1)
		for _, s := range streams {
			for _, p := range []Port{s.out, s.in} {
				if each := ports[p].free / float64(ports[p].streams); s.pace == 0 && each < least {
					tight, least = p, each
				}
			}
		}
		for _, s := range streams {
			if s.pace == 0 && (s.out == tight || s.in == tight) {
				s.pace = max(least, 1) // rounding must not leave one standing
				paced++
				for _, p := range []Port{s.out, s.in} {
					ports[p].free = max(0, ports[p].free-s.pace)
					ports[p].streams--
				}
			}
		}
	}
}
