package reassign

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"kdeck/ops/change"
	"kdeck/ops/format"
	"kdeck/ops/plan"
)

// LostTargets says, before a plan is carried out, what is done about brokers that die meanwhile. stall is as in [Options].
func LostTargets(stall time.Duration) string {
	return fmt.Sprintf("a target that dies is waited for %s; then moves to it are cancelled and planned anew onto other brokers", format.Duration(stall))
}

// maxTakenBack is how often a cancel is sent again whose move stays in flight.
const maxTakenBack = 3

// Replanned: a partition gets another target, because its own died, or an earlier run has moved it to another already.
type Replanned struct {
	PartitionMove
	Lost []int32 `json:"lost"` // brokers of its old target that can't take it
	Was  []int32 `json:"was"`  // its old target
	Why  string  `json:"why"`  // why they can't; "": they stayed dead
}

// Kind is "replanned".
func (Replanned) Kind() string { return "replanned" }

func (e Replanned) String() string {
	if len(e.Lost) == 0 {
		return fmt.Sprintf("an earlier run moved it already: %v instead of %v", e.PartitionMove, e.Was)
	}
	return fmt.Sprintf("planned anew, because %s: %v instead of %v", cmp.Or(e.Why, brokersOf(e.Lost)+" stayed dead"), e.PartitionMove, e.Was)
}

// noteDead keeps since when the brokers are dead that moves not settled yet have in their target.
func (e *Executor) noteDead() {
	e.noteFailed()
	dead := map[int32]time.Time{}
	for _, m := range e.moves {
		if m.state >= moved || !m.reassigns() {
			continue
		}
		for _, b := range m.target {
			if e.alive(b) {
				continue
			}
			since, known := e.deadSince[b]
			if !known {
				since = time.Now()
			}
			dead[b] = since
		}
	}
	e.deadSince = dead
}

// lost tells whether a broker is dead for so long that it isn't waited for.
func (e *Executor) lost(broker int32) bool {
	since, dead := e.deadSince[broker]
	return dead && time.Since(since) >= e.o.Stall
}

// lostOf returns those of some brokers of a move that are lost, whose log dir is, or that haven't made its replica.
func (e *Executor) lostOf(m *move, brokers []int32) (lost []int32) {
	for _, b := range brokers {
		if e.lost(b) || e.dirLost(m, b) {
			lost = append(lost, b)
		}
	}
	return lost
}

// whyLost says what is amiss with brokers that [Executor.lostOf] returned.
func (e *Executor) whyLost(m *move, lost []int32) string {
	var dead, dirs, unmade []int32
	for _, b := range lost {
		switch {
		case e.lost(b):
			dead = append(dead, b)
		case e.dirFailed(m, b):
			dirs = append(dirs, b)
		default:
			unmade = append(unmade, b)
		}
	}
	var why []string
	if dead != nil {
		why = append(why, brokersOf(dead)+" stayed dead")
	}
	if dirs != nil {
		why = append(why, "the log dir on "+brokersOf(dirs)+" failed")
	}
	if unmade != nil {
		why = append(why, brokersOf(unmade)+" didn't make its replica in any log dir")
	}
	return strings.Join(why, ", and ")
}

// replan leads moves elsewhere that would bring a replica to a lost broker. Moves in flight that can't end because of one are
// cancelled first, and come back as pending when the controller no longer lists them (see conclude).
func (e *Executor) replan(ctx context.Context) error {
	if e.failed != nil {
		return nil
	}
	var back, anew []*move
	for _, m := range e.moves {
		switch {
		case m.state >= moved || !m.reassigns():
		case m.state == pending && len(e.lostOf(m, m.adds)) > 0:
			anew = append(anew, m)
		case m.state == pending || len(e.lostOf(m, m.target)) == 0:
		case m.ours && m.endedAt.IsZero() && time.Since(m.takenBackAt) >= metadataLag && m.takenBack < maxTakenBack:
			back = append(back, m)
		}
	}
	if err := e.takeBack(ctx, back); err != nil {
		return err
	}
	if len(anew) == 0 || !e.submits() {
		return nil
	}
	return e.leadElsewhere(ctx, anew)
}

// takeBack cancels moves in flight, but for those whose partition would be left with too few live replicas.
func (e *Executor) takeBack(ctx context.Context, moves []*move) error {
	if len(moves) == 0 {
		return nil
	}
	now, live, err := e.c.partitions(ctx, topicsOf(moves))
	if err != nil {
		return err
	}
	var request []change.Move
	var cancelled []*move
	for _, m := range moves {
		back := change.Move{TopicPartition: m.tp, Replicas: m.flyingTo(), Before: m.sources}
		if why := e.c.tooFew(back, now[m.tp], live); why != "" && m.supersedes {
			e.skip(m, "what is in flight of it can't be cancelled: "+why)
			continue
		} else if why != "" {
			e.pause(m, fmt.Sprintf("%s, and the move can't be cancelled: %s", e.whyLost(m, e.lostOf(m, m.target)), why))
			continue
		}
		request, cancelled = append(request, back), append(cancelled, m)
	}
	if len(request) == 0 {
		return nil
	}
	errs, err := e.door.CancelPartitionReassignments(ctx, request)
	for i, m := range cancelled {
		if errs[i] == nil || change.Uncertain(errs[i]) {
			m.state = inFlight // it ends soon
			m.takenBack, m.takenBackAt = m.takenBack+1, time.Now()
		} else if !errors.Is(errs[i], change.ErrNotTaken) {
			m.takenBack = maxTakenBack
			e.pause(m, "the controller refuses to cancel it: "+errs[i].Error())
		}
	}
	if err != nil {
		return &changeError{err}
	}
	return nil
}

// leadElsewhere gives pending moves other targets in place of lost ones. The undo file and the record of the run follow, before
// anything is submitted by it.
func (e *Executor) leadElsewhere(ctx context.Context, moves []*move) error {
	if err := e.c.refresh(ctx); err != nil {
		return err
	}
	var lost []int32
	partitions := make([]plan.Assignment, len(moves))
	for i, m := range moves {
		partitions[i] = plan.Assignment{Topic: m.tp.Topic, Partition: m.tp.Partition, Replicas: m.target}
		lost = append(lost, e.lostOf(m, m.adds)...)
	}
	slices.Sort(lost)
	next, why, err := e.o.Plan.Elsewhere(ctx, e.c.snap, slices.Compact(lost), partitions)
	if ctx.Err() != nil {
		return err
	}
	targets := map[change.TopicPartition][]int32{}
	for _, a := range next {
		targets[change.TopicPartition{Topic: a.Topic, Partition: a.Partition}] = a.Replicas
	}
	var said []Event
	for _, m := range moves {
		target, lost := targets[m.tp], e.lostOf(m, m.adds)
		if target == nil {
			reason := why[plan.Assigned{Topic: m.tp.Topic, Partition: m.tp.Partition}]
			if err != nil {
				reason = err.Error()
			}
			e.giveUp(m, fmt.Sprintf("%s, and no other target was found: %s", e.whyLost(m, lost), reason))
			continue
		}
		ev := Replanned{Was: m.target, Lost: lost, Why: e.whyLost(m, lost)}
		m.lead(target)
		ev.PartitionMove = m.event()
		said = append(said, ev)
		if m.planned >= 0 {
			e.o.Plan.Partitions[m.planned].Replicas = target
		}
	}
	e.queue = slices.DeleteFunc(e.queue, func(m *move) bool { return m.state != pending })
	if len(said) == 0 {
		return nil
	}
	for _, ev := range said {
		e.emit(ev)
	}
	return e.keepPlan()
}

// keepPlan writes the plan as it is now into the undo file and the record of the run. Where it can't, [Executor.save] does.
func (e *Executor) keepPlan() error {
	e.unkept = true
	if err := errors.Join(writePlan(e.undo, e.o.Plan.Reverse()), e.record.replace(e.o.Plan)); err != nil {
		return &changeError{err}
	}
	e.unkept = false
	return nil
}

// lead gives a move that isn't in flight another target.
func (m *move) lead(target []int32) {
	m.target, m.adds = target, without(target, m.before)
	m.copied, m.measured, m.paused = 0, false, ""
	m.blockedSince, m.waitingSince, m.takenBack = time.Time{}, time.Time{}, 0
}

// giveUp leaves a partition as it was before the run. A cancel doesn't give the order of the list back: then another move does.
func (e *Executor) giveUp(m *move, why string) {
	if slices.Equal(m.before, m.home) || !sameReplicas(m.before, m.home) {
		e.skip(m, why)
		return
	}
	m.lead(m.home)
	m.givenUp = why
}

// cameBack notes that a move was cancelled: its partition waits for another target.
func (e *Executor) cameBack(m *move, replicas []int32) {
	e.ledger.dropMoves(m.tp)
	e.emit(Cancelled{PartitionMove{m.tp, m.flyingTo(), replicas}})
	m.before, m.state, m.supersedes, m.ours = replicas, pending, false, false
	m.lead(m.target)
	e.queue = append(e.queue, m)
}

func sameReplicas(a, b []int32) bool { return len(a) == len(b) && len(without(a, b)) == 0 }
