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

// Of a plan of more than exactPartitions, copies that end within the same of pulses parts of the whole time end together.
const (
	exactPartitions = 1000
	pulses          = 1000
)

// Simulate plays through the copies in the order of [Traffic.Order], as many at a time as [Slots] have room for. The copies in
// flight share each port's bandwidth by max-min fairness. rate must be above 0; most is as in [NewSlots].
func (t *Traffic) Simulate(rate int64, most int) *Timeline {
	line := &Timeline{Rate: rate, Least: t.Time(rate).Seconds(), Unknown: t.Unknown}
	slots := NewSlots(most, rate)
	ports := make([][]*portUse, len(t.Copies))
	for i := range t.Copies {
		ports[i] = slots.portsOf(&t.Copies[i])
	}
	queue := t.Order()
	var streams []*stream
	through := loads{}
	left := map[int]int{} // streams of each partition in flight
	now, copied, done, pulse := 0.0, 0.0, 0, 0.0
	if len(t.Copies) > exactPartitions {
		pulse = line.Least / pulses
	}
	end := func(i int) {
		delete(left, i)
		slots.add(&t.Copies[i], ports[i], -1)
		done++
	}
	for len(queue) > 0 || len(left) > 0 {
		queue = slices.DeleteFunc(queue, func(i int) bool {
			if !slots.fits(&t.Copies[i], ports[i]) {
				return false
			}
			slots.add(&t.Copies[i], ports[i], 1)
			line.InFlight = max(line.InFlight, slots.inFlight)
			started := through.streams(i, &t.Copies[i])
			streams = append(streams, started...)
			if left[i] = len(started); len(started) == 0 {
				end(i)
			}
			return true
		})
		share(streams, float64(rate))
		next := math.Inf(1)
		for _, s := range streams {
			next = min(next, s.left/s.pace)
		}
		if next = max(next, pulse); len(streams) == 0 {
			next = 0
		}
		now += next
		streams = slices.DeleteFunc(streams, func(s *stream) bool {
			bytes := min(s.left, s.pace*next)
			copied += bytes
			if s.left -= bytes; s.left > 1e-9*s.size { // below that it is a rounding error
				return false
			}
			if left[s.partition]--; left[s.partition] == 0 {
				end(s.partition)
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
	out, in   *load
	size      float64 // bytes
	left      float64 // bytes
	pace      float64 // bytes a second
}

// load is what goes through one port.
type load struct {
	streams []*stream
	free    float64 // bytes a second that no stream has
	open    int     // streams without a pace yet
}

// loads are the ports of a simulation.
type loads map[Port]*load

func (l loads) of(p Port) *load {
	if l[p] == nil {
		l[p] = &load{}
	}
	return l[p]
}

// streams returns one stream for each new replica; none if the size is unknown or no leader can send it.
func (l loads) streams(partition int, c *Copy) []*stream {
	if c.From < 0 || c.Size <= 0 {
		return nil
	}
	var all []*stream
	for _, b := range c.To {
		s := &stream{partition: partition, out: l.of(Port{c.From, true}), in: l.of(Port{b, false}), size: float64(c.Size), left: float64(c.Size)}
		all = append(all, s)
	}
	return all
}

// share sets the pace of each stream by progressive filling: the port with the least bandwidth for each of its streams fixes
// theirs, then the next.
func share(streams []*stream, rate float64) {
	var busy []*load
	for _, s := range streams {
		s.pace = 0
		for _, l := range [...]*load{s.out, s.in} {
			if l.open == 0 {
				l.free, l.streams = rate, l.streams[:0]
				busy = append(busy, l)
			}
			l.open++
			l.streams = append(l.streams, s)
		}
	}
	for len(busy) > 0 {
		tight, least := busy[0], math.Inf(1)
		busy = slices.DeleteFunc(busy, func(l *load) bool {
			if l.open == 0 {
				return true
			}
			if each := l.free / float64(l.open); each < least {
				tight, least = l, each
			}
			return false
		})
		for _, s := range tight.streams {
			if tight.open == 0 || s.pace > 0 {
				continue
			}
			s.pace = max(least, 1) // rounding must not leave one standing
			for _, l := range [...]*load{s.out, s.in} {
				l.free = max(0, l.free-s.pace)
				l.open--
			}
		}
	}
}
