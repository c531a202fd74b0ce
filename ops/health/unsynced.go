package health

import (
	"kdeck/ops/state"
)

// Unsynced remembers from look to look which partitions miss replicas that are alive. A follower that was slow for some seconds is no fault of the cluster: such
// a partition counts after [state.Calm.OutOfSync] looks running, after two where many miss replicas, or after twice as many looks where it comes and goes. What else makes a partition miss a replica, such as a
// dead broker, counts at once. It never changes; the nil Unsynced has seen nothing.
type Unsynced struct {
	looks  map[place]looks
	calm   state.Calm
	open   int  // partitions that miss live replicas now, none of them for long enough
	counts bool // some partition of the latest look counts
}

type place struct {
	topic string
	id    int32
}

// looks are how many looks running a partition is out of sync, at how many it was since it began to come and go, and how many it has been in sync again since.
type looks struct{ running, out, in int }

// comesAndGoes is how many times as many looks count of a partition that was in sync again in between.
const comesAndGoes = 2

// few is how many partitions may be out of sync at the same time as single ones.
func few(partitions int) int { return max(2, partitions/1000) }

// Look takes a look in.
func (u *Unsynced) Look(s *state.Snapshot, calm state.Calm) *Unsynced {
	next := &Unsynced{looks: map[place]looks{}, calm: calm.OrDefaults()}
	c := newScan(s)
	for t := range s.NumTopics() {
		topic := s.Topic(t)
		first, n := topic.Range()
		for i := first; i < first+n; i++ {
			p := s.Partition(i)
			switch {
			case !p.UnderReplicated():
			case !c.momentary(p):
				next.counts = true
			default:
				at := place{topic.Name(), p.ID()}
				was := u.of(at)
				next.looks[at] = looks{running: was.running + 1, out: was.out + 1}
				next.open++
			}
		}
	}
	need := next.calm.OutOfSync
	if next.open > few(s.NumPartitions()) {
		need = min(need, 2)
	}
	for _, l := range next.looks {
		next.counts = next.counts || l.running >= need || l.out >= comesAndGoes*next.calm.OutOfSync
	}
	if next.counts {
		next.open = 0
	}
	if u != nil {
		for at, l := range u.looks {
			if _, out := next.looks[at]; !out && l.in+1 < next.calm.Well {
				next.looks[at] = looks{0, l.out, l.in + 1}
			}
		}
	}
	return next
}

func (u *Unsynced) of(at place) looks {
	if u == nil {
		return looks{}
	}
	return u.looks[at]
}

// Open is how many partitions miss live replicas, where further looks are to show whether that lasts; 0 where what was seen decides.
func (u *Unsynced) Open() int {
	if u == nil {
		return 0
	}
	return u.open
}

// passing tells whether all that is out of sync may be over in a moment.
func (u *Unsynced) passing() bool { return u != nil && !u.counts }

// momentary tells whether a partition only misses replicas that are alive, and can be written to all the same.
func (c *scan) momentary(p state.Partition) bool {
	k := c.index(p.Leader())
	if under, _ := p.UnderMinISR(); under || k < 0 || c.down[k] {
		return false
	}
	for r := range p.Replicas() {
		if r.InSync || r.Adding {
			continue
		}
		if k := c.index(r.Broker); k < 0 || c.down[k] || r.Offline {
			return false
		}
	}
	return true
}
