package reassign

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"kdeck/ops/change"
	"kdeck/ops/format"
	"kdeck/ops/state"
)

// stallWarning is how long a move may make no progress before that is reported.
const stallWarning = time.Minute

// gate holds back the moves that aren't submitted yet while the cluster has other problems.
type gate struct {
	why string // why it is shut; "": it is open

	snap   *state.Snapshot                     // the snapshot that the rest was made from
	under  []string                            // partitions outside the plan that came under min.insync.replicas
	since  map[change.TopicPartition]time.Time // since when they are
	behind behind
}

func (g *gate) shut() bool { return g.why != "" }

// underMinISR are the partitions that can't be written to with acks=all.
func underMinISR(s *state.Snapshot) map[change.TopicPartition]bool {
	under := map[change.TopicPartition]bool{}
	for i := range s.NumPartitions() {
		p := s.Partition(i)
		if u, known := p.UnderMinISR(); u && known {
			under[change.TopicPartition{Topic: p.Topic().Name(), Partition: p.ID()}] = true
		}
	}
	return under
}

// watch decides from the last look whether more may be submitted, and reports which moves in flight make no progress.
func (e *Executor) watch() {
	e.noteDead()
	e.noteAway()
	if !e.stopping() {
		e.shutOrOpen()
	}
	for _, m := range e.moves {
		if m.state != inFlight {
			continue
		}
		why, patience := "", e.o.Stall
		for _, b := range m.target {
			if !e.alive(b) {
				why = fmt.Sprintf("broker %d is dead, and a reassignment ends when all of its replicas are in sync", b)
			} else if e.dirFailed(m, b) {
				why = fmt.Sprintf("the log dir of its replica on broker %d failed, and a reassignment ends when all of its replicas are in sync", b)
			} else if e.unmadeFor(m, b) >= stallWarning {
				why = fmt.Sprintf("broker %d hasn't made its replica in any log dir, and a reassignment ends when all of its replicas are in sync", b)
				patience += silence // it is taken back once the log dirs have shown it for long enough
			}
		}
		if b, lags := e.lagging(m); why == "" && lags {
			why = fmt.Sprintf("broker %d, which keeps its replica, is not in sync, and a reassignment ends when all of its replicas are", b)
		}
		still := time.Since(m.grewAt)
		if why == "" && m.measured && still >= stallWarning {
			why = "nothing is being copied"
		}
		if why == "" {
			e.unpause(m)
			m.blockedSince = time.Time{}
			continue
		}
		if m.blockedSince.IsZero() {
			m.blockedSince = time.Now()
		}
		e.pause(m, why)
		// New records make the copies grow even while the move can't end.
		if max(still, time.Since(m.blockedSince)) >= patience && time.Since(m.takenBackAt) >= cancelTimeout {
			m.state = stalled
		}
	}
}

// lagging finds a live broker that keeps its replica of the partition and is not in sync.
func (e *Executor) lagging(m *move) (broker int32, lags bool) {
	p, ok := e.c.snap.FindPartition(m.tp.Topic, m.tp.Partition)
	if !ok {
		return 0, false
	}
	for r := range p.Replicas() {
		if !r.InSync && slices.Contains(m.target, r.Broker) && !slices.Contains(m.adds, r.Broker) && e.alive(r.Broker) {
			return r.Broker, true
		}
	}
	return 0, false
}

// shutOrOpen shuts the gate while the cluster has problems that copies make worse or that keep them from ending, and while all
// that waits needs brokers that are dead. As long as there are other moves, these go on: a dead broker that they neither bring a
// replica to nor keep one on is no reason to hold them back, and what its death alone took out of sync isn't one either. A broker
// that is dead for longer than [Options.Stall] isn't waited for: moves that would bring it a replica are planned anew, and those
// that would keep one there are skipped.
func (e *Executor) shutOrOpen() {
	needed := map[int32]int{}
	for _, m := range e.queue {
		if m.reassigns() {
			for _, b := range m.target {
				needed[b]++
			}
		}
	}
	var worries []string
	var dead []int32
	for _, b := range slices.Sorted(maps.Keys(needed)) {
		if e.alive(b) {
			continue
		}
		if e.lost(b) { // those that would bring it a new replica are planned anew
			e.giveUpQueued(func(m *move) bool {
				return m.reassigns() && slices.Contains(m.target, b) && !slices.Contains(m.adds, b)
			}, whyDead(b))
			continue
		}
		dead = append(dead, b)
		worries = append(worries, fmt.Sprintf("broker %d is dead, and needed by %s", b, format.Count(needed[b], "move")))
	}
	failed := e.giveUpWithoutDirs()
	if failed > 0 {
		worries = append(worries, format.Count(failed, "move")+" keep replicas on log dirs that failed")
	}
	if slices.ContainsFunc(e.queue, func(m *move) bool { return !e.needsDead(m) }) {
		worries = nil
	} else {
		dead = nil
	}
	e.noteWaiting(dead)
	if e.gate.snap != e.c.snap {
		e.gate.snap, e.gate.under = e.c.snap, e.newlyUnderMinISR()
		e.gate.behind.look(e)
	}
	worries = append(worries, e.gate.behind.worry(e.o.Stall)...)
	if why := e.noRoom(); why != "" {
		worries = append(worries, why)
	}
	if c := e.c.snap.Controller; e.knewController && !c.Known {
		worries = append(worries, "no controller leads: "+c.Why)
	}
	if others := e.gate.under; len(others) > 0 {
		worries = append(worries, fmt.Sprintf("%s not in the plan came under min.insync.replicas (%s)",
			format.Count(len(others), "partition"), strings.Join(others[:min(3, len(others))], ", ")))
	}
	why := strings.Join(worries, "; ")
	if why == e.gate.why {
		return
	}
	was := e.gate.why
	e.gate.why = why
	switch {
	case why != "":
		e.emit(Paused{Why: why})
	case was != "":
		e.emit(Resumed{})
	}
}

// whyDead says why a move is not submitted when its target contains a dead broker, even one that has the partition already:
// the controller ends a reassignment only when all replicas of the target are in sync
// (PartitionReassignmentReplicas.maybeCompleteReassignment).
func whyDead(broker int32) string {
	return fmt.Sprintf("its replicas would be on broker %d, which is dead, and the move would hang until that is back: drain it as well", broker)
}

// newlyUnderMinISR are the partitions outside the plan that came under min.insync.replicas since the run began. Where that lasts for
// [Options.Stall] because a broker is dead, it isn't waited for: no pause brings the broker back.
func (e *Executor) newlyUnderMinISR() []string {
	mine := e.mine()
	var others []string
	since := map[change.TopicPartition]time.Time{}
	for tp := range underMinISR(e.c.snap) {
		if mine[tp] || e.baseline[tp] {
			continue
		}
		if since[tp] = e.gate.since[tp]; since[tp].IsZero() {
			since[tp] = time.Now()
		}
		if time.Since(since[tp]) >= e.o.Stall && e.hasDeadReplica(tp) {
			e.baseline[tp] = true
			continue
		}
		others = append(others, tp.String())
	}
	e.gate.since = since
	slices.Sort(others)
	return others
}

func (e *Executor) hasDeadReplica(tp change.TopicPartition) bool {
	p, ok := e.c.snap.FindPartition(tp.Topic, tp.Partition)
	return ok && slices.ContainsFunc(p.AppendLasting(nil), func(b int32) bool { return !e.alive(b) })
}

// mine are the partitions that the run moves.
func (e *Executor) mine() map[change.TopicPartition]bool {
	mine := make(map[change.TopicPartition]bool, len(e.moves))
	for _, m := range e.moves {
		mine[m.tp] = true
	}
	return mine
}
