package reassign

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"kdeck/ops/change"
)

// replica is a partition's replica on a broker.
type replica struct {
	change.TopicPartition
	broker int32
}

// noteFailed keeps since when replicas are on log dirs that failed, though their brokers are alive. Kafka doesn't bring such a replica to another log dir of
// the broker (KIP-858), so a move that has it in its target can't end.
func (e *Executor) noteFailed() {
	if e.failedIn == e.c.snap {
		return
	}
	e.failedIn = e.c.snap
	failed := map[replica]time.Time{}
	for i := range e.c.snap.NumPartitions() {
		p := e.c.snap.Partition(i)
		if !p.HasOffline() {
			continue
		}
		for _, b := range p.AppendOffline(nil) {
			if !e.alive(b) {
				continue
			}
			r := replica{change.TopicPartition{Topic: p.Topic().Name(), Partition: p.ID()}, b}
			if failed[r] = e.failedSince[r]; failed[r].IsZero() {
				failed[r] = time.Now()
			}
		}
	}
	e.failedSince = failed
}

// dirFailed tells whether a move's replica on a broker is on a log dir that failed.
func (e *Executor) dirFailed(m *move, broker int32) bool {
	_, failed := e.failedSince[replica{m.tp, broker}]
	return failed
}

// dirLost tells whether that is so, or the broker hasn't made the replica, for so long that it isn't waited for.
func (e *Executor) dirLost(m *move, broker int32) bool {
	since, failed := e.failedSince[replica{m.tp, broker}]
	return failed && time.Since(since) >= e.o.Stall || e.unmadeFor(m, broker) >= e.o.Stall
}

// keptOnLost returns a broker that has kept a replica of the move on a log dir that isn't waited for. Such a move is not submitted. One that would bring a
// new replica there is: the broker puts it on a log dir that works.
func (e *Executor) keptOnLost(m *move) (broker int32, found bool) {
	if len(e.failedSince) == 0 || !m.reassigns() {
		return 0, false
	}
	for _, b := range without(m.target, m.adds) {
		if e.dirLost(m, b) {
			return b, true
		}
	}
	return 0, false
}

// giveUpWithoutDirs gives up what is queued and would keep a replica on a log dir that isn't waited for, and counts what waits for one.
func (e *Executor) giveUpWithoutDirs() (waiting int) {
	if len(e.failedSince) == 0 {
		return 0
	}
	lost := map[int32]bool{}
	for _, m := range e.queue {
		if b, found := e.keptOnLost(m); found {
			lost[b] = true
		} else if !e.needsBroker(m) && e.needsDead(m) {
			waiting++
		}
	}
	for _, b := range slices.Sorted(maps.Keys(lost)) {
		e.giveUpQueued(func(m *move) bool {
			on, found := e.keptOnLost(m)
			return found && on == b
		}, whyFailed(b))
	}
	return waiting
}

// whyFailed says why a move is not submitted whose replica is on a log dir that failed.
func whyFailed(broker int32) string {
	return fmt.Sprintf("its replica on broker %d is on a log dir that failed, and the move would hang until that is back", broker)
}
