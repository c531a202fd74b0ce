package reassign

import (
	"fmt"
	"slices"
	"time"

	"kdeck/ops/format"
	"kdeck/ops/plan"
	"kdeck/ops/state"
)

// disks is how much brokers may still be given, by what their log dirs told at a look (Kafka 3.3+; KIP-827). A run leaves a tenth of
// the disks free or, where less is free when it begins, nine tenths of that.
type disks struct {
	snap  *state.Snapshot
	keep  map[int32]int64 // bytes that stay free, by what was free when a broker was first looked at
	free  map[int32]int64 // bytes above the watermark that nothing is on its way for; a broker that doesn't tell isn't in it
	since time.Time       // since when all that waits waits for room; zero: it doesn't
}

// measureDisks works out the room on the brokers when there was another look. What is on its way to a broker counts, and nothing
// that will leave it does, because both copies are there until a move has ended.
func (e *Executor) measureDisks() {
	if e.disks.snap == e.c.snap {
		return
	}
	e.disks.snap, e.disks.free = e.c.snap, map[int32]int64{}
	for i := range e.c.snap.Brokers {
		b := &e.c.snap.Brokers[i]
		if usable, total, known := plan.Disks(b); known {
			if _, seen := e.disks.keep[b.ID]; !seen {
				if e.disks.keep == nil {
					e.disks.keep = map[int32]int64{}
				}
				// Disks that are fuller than that without the run take a part of what is left: others fill and empty them.
				e.disks.keep[b.ID] = int64(min(plan.MinFree*float64(total), (1-plan.MinFree)*float64(usable)))
			}
			e.disks.free[b.ID] = usable - e.disks.keep[b.ID]
		}
	}
	for _, m := range e.moves {
		if m.state != inFlight && m.state != stalled {
			continue
		}
		for _, b := range m.adds {
			e.reserve(b, m.size-e.has(m, b))
		}
	}
}

// has returns how many bytes of a partition a broker had at the last look.
func (e *Executor) has(m *move, broker int32) int64 {
	if p, ok := e.c.snap.FindPartition(m.tp.Topic, m.tp.Partition); ok {
		for r := range p.Replicas() {
			if r.Broker == broker {
				return max(0, r.Size)
			}
		}
	}
	return 0
}

func (e *Executor) reserve(broker int32, bytes int64) {
	if free, known := e.disks.free[broker]; known {
		e.disks.free[broker] = free - max(0, bytes)
	}
}

// fullTarget finds a target without room for the move.
func (e *Executor) fullTarget(m *move) (broker int32, full bool) {
	for _, b := range m.adds {
		if free, known := e.disks.free[b]; known && m.size > max(0, free) {
			return b, true
		}
	}
	return 0, false
}

// noRoom says why nothing can be submitted, where all that waits waits for room on disks and nothing in flight may make any. What
// has waited for [Options.Stall] is skipped.
func (e *Executor) noRoom() (why string) {
	e.measureDisks()
	var full []int32
	if len(e.queue) == 0 || e.counts()[inFlight] > 0 {
		e.disks.since = time.Time{}
		return ""
	}
	for _, m := range e.queue {
		b, is := e.fullTarget(m)
		if !is {
			e.disks.since = time.Time{}
			return ""
		}
		if !slices.Contains(full, b) {
			full = append(full, b)
		}
	}
	if e.disks.since.IsZero() {
		e.disks.since = time.Now()
	}
	slices.Sort(full)
	why = fmt.Sprintf("%s would have less than %.0f %% of the disks free with both copies", brokersOf(full), 100*plan.MinFree)
	if time.Since(e.disks.since) >= e.o.Stall {
		e.giveUpQueued(func(*move) bool { return true }, why)
		return ""
	}
	return fmt.Sprintf("%s: %s wait for room", why, format.Count(len(e.queue), "partition"))
}
