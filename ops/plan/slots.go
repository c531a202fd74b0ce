package plan

import (
	"fmt"
	"math"
	"strings"

	"kdeck/ops/format"
)

const (
	// portSlots is how many partitions a port always has room for, however large they are. With one or two, a port often waits
	// for another one; with many, each copy is slow, and a run that is stopped takes long to end.
	portSlots = 3
	// portSeconds is for how many seconds of copying a port takes small partitions.
	portSeconds = 30
	// gentlePartitions and gentleSeconds are the same where producers must not feel the copies.
	gentlePartitions = 1
	gentleSeconds    = 3
	// gentleOverlap is how many seconds of copying a port may still have before it where the next large partition begins. Kafka measures a rate over
	// eleven seconds: after a second without copies the next ones come as fast as they can, and producers feel that.
	gentleOverlap = 2
	// unthrottledRate stands for the bytes a second of a broker whose copies aren't throttled.
	unthrottledRate = 100_000_000
	// mostInFlight is how many partitions are in flight at the most where nobody says how many.
	mostInFlight = 1000
)

// Slots decides which copies may run at the same time: as many as keep every port busy, and no more.
type Slots struct {
	most    int   // partitions
	perPort int   // partitions that a port always has room for
	bytes   int64 // that a port takes beyond these
	overlap int64 // bytes that the copies of a port may have left at the most where one more begins that they don't make room for

	inFlight int
	ports    map[Port]*portUse
}

// portUse is what is in flight at one port.
type portUse struct {
	partitions int
	bytes      int64
}

// NewSlots returns slots with nothing in flight. most is how many partitions may be in flight at once; 0: as many as the ports
// bear. rate is the throttle in bytes a second for each port; 0: none.
func NewSlots(most int, rate int64) *Slots {
	if most == 0 {
		most = mostInFlight
	}
	if rate == 0 {
		rate = unthrottledRate
	}
	return &Slots{most: most, perPort: portSlots, bytes: rate * portSeconds, overlap: math.MaxInt64, ports: map[Port]*portUse{}}
}

// NewGentleSlots returns slots for copies that producers must not feel. A follower gets up to a megabyte of each of its partitions in one answer
// (replica.fetch.max.bytes), whatever the throttle is, and what producers ask meanwhile waits behind that. So a port takes one large partition at a time, and
// the next one when that has little left ([Slots.AddEnding]). rate must be above 0; most is as in [NewSlots].
func NewGentleSlots(most int, rate int64) *Slots {
	s := NewSlots(most, rate)
	s.perPort, s.bytes, s.overlap = gentlePartitions, rate*gentleSeconds, rate*gentleOverlap
	return s
}

// Start takes the slots of a copy if there is room for it.
//
// A partition needs room at all of its ports. One with several targets needs it at one of them, for it holds its slots until the
// slowest target has it; the others then take up to twice as many partitions.
func (s *Slots) Start(c *Copy) bool {
	ports := s.portsOf(c)
	if !s.fits(c, ports) {
		return false
	}
	s.add(c, ports, 1)
	return true
}

// Add takes the slots of a copy that is in flight already.
func (s *Slots) Add(c *Copy) { s.add(c, s.portsOf(c), 1) }

// AddEnding takes the slots of a copy in flight that has c.Size bytes left. Where that is little, its ports have room for the next one.
func (s *Slots) AddEnding(c *Copy) {
	ports := s.portsOf(c)
	s.add(c, ports, 1)
	if c.Size < 0 {
		return
	}
	for i, u := range ports {
		if c.through(i) <= s.overlap {
			u.partitions--
		}
	}
}

// End frees the slots of a copy.
func (s *Slots) End(c *Copy) { s.add(c, s.portsOf(c), -1) }

// Full tells whether no partition may be started, whichever it is.
func (s *Slots) Full() bool { return s.inFlight >= s.most }

// portsOf returns the use of each port of a copy.
func (s *Slots) portsOf(c *Copy) []*portUse {
	ports := c.ports()
	uses := make([]*portUse, len(ports))
	for i, p := range ports {
		if uses[i] = s.ports[p]; uses[i] == nil {
			uses[i] = &portUse{}
			s.ports[p] = uses[i]
		}
	}
	return uses
}

// WhyNot says why there is no room for a copy now: "broker 4 sends 5"; "" where there is room.
func (s *Slots) WhyNot(c *Copy) string {
	ports := s.portsOf(c)
	switch {
	case s.Full():
		return format.Thousands(s.inFlight) + " are in flight, which is the limit"
	case s.fits(c, ports):
		return ""
	}
	var crowded []string
	for i, p := range c.ports() {
		if s.fitsAt(ports[i], c.through(i)) {
			continue
		}
		does := "receives"
		if p.Out {
			does = "sends"
		}
		crowded = append(crowded, fmt.Sprintf("broker %d %s %d", p.Broker, does, ports[i].partitions))
	}
	return strings.Join(crowded, ", ")
}

// fitsAt tells whether a port takes so many bytes more.
func (s *Slots) fitsAt(u *portUse, bytes int64) bool {
	return u.partitions < s.perPort && u.bytes <= s.overlap || u.bytes+bytes <= s.bytes
}

func (s *Slots) fits(c *Copy, ports []*portUse) bool {
	if s.Full() {
		return false
	}
	room, crowded := 0, false
	for i, u := range ports {
		if s.fitsAt(u, c.through(i)) {
			room++
		} else if u.partitions >= 2*s.perPort {
			crowded = true
		}
	}
	return room == len(ports) || len(c.To) > 1 && room > 0 && !crowded
}

func (s *Slots) add(c *Copy, ports []*portUse, n int) {
	s.inFlight += n
	for i, u := range ports {
		u.partitions += n
		u.bytes += int64(n) * c.through(i)
	}
}

// unknownSize stands for the size of a partition that no broker told: large, so that no port takes many of them.
const unknownSize = 1_000_000_000

// through returns how many bytes go through the port with that place in [Copy.ports].
func (c *Copy) through(i int) int64 {
	size := c.Size
	if size < 0 {
		size = unknownSize
	}
	if i == 0 && c.From >= 0 {
		size *= int64(len(c.To))
	}
	return size
}
