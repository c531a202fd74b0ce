package reassign

import (
	"fmt"
	"slices"
	"time"

	"kdeck/ops/change"
	"kdeck/ops/plan"
	"kdeck/ops/state"
)

// stage is how far a move is.
type stage int

const (
	pending  stage = iota // to be submitted
	inFlight              // submitted, or found in flight and waited for
	stalled               // in flight, and no longer waited for
	moved                 // at its target; with what follows, the end
	skipped               // left unchanged
)

// move is one partition that is to get other replicas.
type move struct {
	tp             change.TopicPartition
	planned        int     // its place in the plan; -1: it isn't in it
	home           []int32 // its replicas before this run, which a move that is given up goes back to
	before, target []int32
	adds           []int32 // those of target that are new to it
	from           int32   // its leader, which sends the copies; -1: none
	size           int64   // bytes of one copy; -1: unknown
	state          stage

	submittedAt  time.Time // or taken over
	sources      []int32   // its replicas when it is submitted, without those that are only being added
	ours         bool      // the reassignment in flight was submitted from here
	supersedes   bool      // an earlier run of ours is moving it to before, and this move replaces that one
	unsureSince  time.Time // since when its replicas may be those of a move that just ended
	unconfirmed  bool      // the answer to its submission was lost
	endedAt      time.Time // since when the controller no longer lists it
	waitingSince time.Time // since when a broker keeps it from being submitted
	movedInRun   bool      // it was moved in this run, not earlier
	takenBack    int       // how often its cancel was sent
	takenBackAt  time.Time
	givenUp      string // why it only gets the order of its replicas back; "": it moves
	skippedWhy   string // why it is left unchanged

	copied       int64     // bytes that its new replicas have, as far as known
	grewAt       time.Time // when that last grew
	measured     bool      // copied is known
	rate         *float64  // bytes a second; nil: unknown
	ratedAt      time.Time // when copied was looked at for it
	blockedSince time.Time // since when something keeps it from ending
	paused       string    // why it makes no progress, as reported last
}

func newMove(tp change.TopicPartition, before, target []int32) *move {
	return &move{tp: tp, planned: -1, home: before, before: before, target: target, adds: without(target, before), from: -1, size: -1}
}

// event returns the move as events name it.
func (m *move) event() PartitionMove {
	return PartitionMove{TopicPartition: m.tp, From: m.before, To: m.target}
}

// bytes returns how many bytes it copies in all; known is false where the partition's size is not.
func (m *move) bytes() (n int64, known bool) {
	return max(0, m.size) * int64(len(m.adds)), m.size >= 0 || len(m.adds) == 0
}

// sample notes how much its new replicas have, for the rate. What a move began with isn't its rate.
func (m *move) sample(now time.Time, copied int64) {
	if span := now.Sub(m.ratedAt).Seconds(); m.measured && !m.ratedAt.IsZero() && span > 0 {
		rate := float64(max(0, copied-m.copied)) / span
		if m.rate != nil {
			rate = (rate + *m.rate) / 2 // log dirs tell sizes that grow in steps
		}
		m.rate = &rate
	}
	m.ratedAt = now
}

// copy returns what it copies.
func (m *move) copy() *plan.Copy { return &plan.Copy{From: m.from, To: m.adds, Size: m.size} }

// leftOf is how many bytes each of its new replicas still lacks, if it has been copied at the throttle's rate since that was last measured; -1 where its
// size isn't known.
func (m *move) leftOf(rate int64, now time.Time) int64 {
	if m.size < 0 || len(m.adds) == 0 {
		return m.size
	}
	left, since := m.size, m.submittedAt
	if m.measured {
		left, since = left-m.copied/int64(len(m.adds)), m.ratedAt
	}
	if since.IsZero() { // an earlier run began it
		return left
	}
	return max(0, left-int64(float64(rate)*now.Sub(since).Seconds()))
}

// reassigns tells whether it changes more than the order of the list. The controller applies a new order at once.
func (m *move) reassigns() bool { return len(m.adds) > 0 || len(m.before) != len(m.target) }

// begin notes that the move was submitted.
func (m *move) begin() {
	now := time.Now()
	m.state, m.ours, m.submittedAt, m.grewAt = inFlight, true, now, now
}

// needs returns the error of the first silent broker that is to receive a copy, or nil. Brokers that only have the partition
// are not waited for.
func (m *move) needs(silent map[int32]error) error {
	for _, b := range m.adds {
		if err := silent[b]; err != nil {
			return err
		}
	}
	return nil
}

// classifyAll decides what to do about each partition of the plan, takes over the moves that an earlier run left in flight,
// and reports those of others.
func (e *Executor) classifyAll(ongoing map[change.TopicPartition]reassignment) error {
	p := e.o.Plan
	traffic := plan.TrafficOf(e.c.snap, p.Partitions)
	mine := map[change.TopicPartition]bool{}
	for i := range p.Partitions {
		a := &p.Partitions[i]
		m := newMove(change.TopicPartition{Topic: a.Topic, Partition: a.Partition}, p.Header.Before[i].Replicas, a.Replicas)
		m.planned, m.from, m.size = i, traffic.Copies[i].From, traffic.Copies[i].Size
		e.moves = append(e.moves, m)
		mine[m.tp] = true
	}
	e.planned = len(e.moves)
	for _, i := range traffic.Order() {
		m := e.moves[i]
		e.classify(m, ongoing)
		if m.state == pending {
			e.queue = append(e.queue, m)
		}
	}
	for i := range e.c.snap.NumPartitions() {
		at := e.c.snap.Partition(i)
		tp := change.TopicPartition{Topic: at.Topic().Name(), Partition: at.ID()}
		f, found := ongoing[tp]
		if !found || mine[tp] {
			continue
		}
		m := newMove(tp, f.original(), f.target())
		m.from = at.Leader()
		if size, known := at.Size(); known {
			m.size = size
		}
		if !e.ours(tp, m.target) {
			e.emit(Foreign{m.event()})
			continue
		}
		e.moves = append(e.moves, m)
		e.adopt(m, f, true)
	}
	for _, old := range slices.Clone(e.ledger.Moves) { // drop moves that ended while no run looked
		if f, found := ongoing[old.TopicPartition]; !found || !slices.Equal(f.target(), old.Target) {
			e.ledger.dropMove(old.TopicPartition, old.Target)
		}
	}
	return e.ledger.save()
}

// classify compares a partition of the plan with what it is now.
func (e *Executor) classify(m *move, ongoing map[change.TopicPartition]reassignment) {
	at, ok := e.c.snap.FindPartition(m.tp.Topic, m.tp.Partition)
	if !ok {
		e.skip(m, "it is gone")
		return
	}
	if f, found := ongoing[m.tp]; found {
		switch now := f.target(); {
		case slices.Equal(now, m.target):
			e.adopt(m, f, e.ours(m.tp, now))
		case slices.Equal(now, m.before) && e.ours(m.tp, now):
			m.supersedes = true
		case e.leadElsewhereBefore(m, now):
			m.lead(now)
			e.adopt(m, f, true)
		default:
			e.emit(Foreign{PartitionMove{m.tp, f.original(), now}})
			e.skip(m, fmt.Sprintf("others are moving it to %v", now))
		}
		return
	}
	if unsure := e.compare(m, at.AppendLasting(nil)); unsure || m.state != pending {
		return
	}
	for _, b := range m.target {
		if m.reassigns() && !e.alive(b) {
			e.giveUp(m, whyDead(b))
			return
		}
	}
	for _, b := range m.adds {
		if may, why := e.mayReceive(b); !may {
			e.skip(m, fmt.Sprintf("its target, broker %d, is %s", b, why))
			return
		}
	}
}

// compare settles a partition that is not being moved: it is done if it has its target, and skipped if it changed since the
// plan was made. unsure says that it may be either: the controller's list and the metadata are read one after the other, and a
// move that ends between the two looks like a longer replica list. It is looked at again, for [metadataLag] at the most.
func (e *Executor) compare(m *move, now []int32) (unsure bool) {
	switch {
	case slices.Equal(now, m.target):
		m.state = moved
		return false
	case slices.Equal(now, m.before):
		m.unsureSince = time.Time{}
		return false
	case plan.Withdrawn(now, m.before, m.target):
		m.before, m.unsureSince = now, time.Time{}
		return false
	case e.leadElsewhereBefore(m, now),
		// The plan was made while an earlier run's move to these replicas ended, and took it for standing still.
		holds(m.before, now) && e.ours(m.tp, now) && !e.drains(now):
		m.state = moved
		e.emit(Replanned{PartitionMove: PartitionMove{m.tp, m.before, now}, Lost: []int32{}, Was: m.target})
		return false
	case holds(now, m.before) || holds(now, m.target):
		if m.unsureSince.IsZero() {
			m.unsureSince = time.Now()
		}
		if time.Since(m.unsureSince) < metadataLag {
			return true
		}
	}
	e.skip(m, fmt.Sprintf("it changed since the plan was made: its replicas were %v and are %v", m.before, now))
	return false
}

// drains tells whether the plan takes the replicas off one of these brokers.
func (e *Executor) drains(brokers []int32) bool {
	return slices.ContainsFunc(e.o.Plan.Header.Drained, func(b int32) bool { return slices.Contains(brokers, b) })
}

// leadElsewhereBefore tells whether an earlier run of the same plan gave the partition these replicas, because the plan's own
// target had died.
func (e *Executor) leadElsewhereBefore(m *move, replicas []int32) bool {
	return e.drains(m.before) && !e.drains(replicas) && e.ours(m.tp, replicas)
}

// holds tells whether a list has all replicas of another and more.
func holds(list, other []int32) bool {
	return len(list) > len(other) && len(without(other, list)) == 0
}

func (e *Executor) mayReceive(broker int32) (ok bool, why string) {
	b := e.c.snap.Broker(broker)
	if b == nil {
		return false, "not there"
	}
	if e.leftCordoned(broker) { // until it is put back
		open := *b
		open.Cordoned = state.Reading[bool]{}
		return open.MayReceive()
	}
	return b.MayReceive()
}

// adopt takes over a move that is in flight already. While one of ours is in flight, the throttle stays.
func (e *Executor) adopt(m *move, f reassignment, ours bool) {
	now := time.Now()
	m.state, m.submittedAt, m.grewAt, m.sources, m.ours = inFlight, now, now, f.original(), ours
	if ours {
		e.ledger.addMove(moveEntry{m.tp, m.before, m.target})
	}
	e.emit(submittedEvent(m, true))
}

func submittedEvent(m *move, adopted bool) Submitted {
	ev := Submitted{PartitionMove: m.event(), Adopted: adopted}
	if n, known := m.bytes(); known {
		ev.Bytes = &n
	}
	return ev
}

func (e *Executor) skip(m *move, why string) {
	m.state, m.skippedWhy = skipped, why
	e.emit(Skipped{m.tp, why})
}
