package reassign

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"kdeck/ops/change"
)

// submit fills the free slots: there are no batches to wait for, the next partition starts when one is done.
func (e *Executor) submit(ctx context.Context) error {
	slots := e.slots()
	if !e.submits() || slots.Full() || len(e.queue) == 0 || e.gate.shut() {
		return nil
	}
	ongoing, err := e.c.ongoing(ctx) // others may have begun moves since the last look
	if err != nil {
		return err
	}
	e.theirs = e.others(ongoing)
	defer func() {
		e.queue = slices.DeleteFunc(e.queue, func(m *move) bool { return m.state != pending })
	}()
	tried := map[*move]bool{}
	unavailable := map[int32]error{} // brokers that keep moves waiting at this time
	for e.submits() && ctx.Err() == nil {
		batch := e.startable(slots, tried, unavailable)
		if len(batch) == 0 {
			return nil
		}
		if err := e.submitBatch(ctx, batch, ongoing, unavailable); err != nil {
			return err
		}
		slots = e.slots() // those that were not submitted leave room for others
	}
	return nil
}

// submitBatch submits those of the moves that may be submitted now. The others wait or are settled.
func (e *Executor) submitBatch(ctx context.Context, batch []*move, ongoing map[change.TopicPartition]reassignment, unavailable map[int32]error) error {
	now, live, err := e.c.partitions(ctx, topicsOf(batch))
	if err != nil {
		return err
	}
	var ready, back []*move
	for _, m := range batch {
		switch broker, r := e.recheck(m, now, live, ongoing); r {
		case submittable:
			ready = append(ready, m)
		case cancelsFirst:
			back = append(back, m)
		case waitsForBroker:
			unavailable[broker] = &change.DeadError{Broker: broker}
			e.lookedAt = time.Time{} // the next look tells what became of it
		}
	}
	if err := e.takeBack(ctx, back); err != nil {
		return err
	}
	return e.send(ctx, ready, live, unavailable)
}

type readiness int

const (
	submittable readiness = iota
	waitsForBroker
	cancelsFirst // what is in flight
	unsure       // whether it is at its target already: see compare
	settled      // skipped, at its target, or on the way to it
)

// recheck is the last look at a partition before it is submitted. Where it has to wait, broker is the one that it waits for.
func (e *Executor) recheck(m *move, now map[change.TopicPartition]partitionState, live map[int32]bool, ongoing map[change.TopicPartition]reassignment) (broker int32, r readiness) {
	p, ok := now[m.tp]
	if !ok {
		e.skip(m, "it is gone")
		return 0, settled
	}
	replicas, sources := p.replicas, p.replicas
	if f, found := ongoing[m.tp]; found && !slices.Equal(p.replicas, m.target) { // else it ended after the list was read
		replicas, sources = f.target(), f.original()
		switch {
		case slices.Equal(replicas, m.target):
			e.adopt(m, f, e.ours(m.tp, replicas))
			return 0, settled
		case !m.supersedes:
			e.emit(Foreign{PartitionMove{m.tp, f.original(), replicas}})
			e.skip(m, fmt.Sprintf("others began to move it to %v", replicas))
			return 0, settled
		case f.keepsOld(m.target):
			m.sources = sources
			return 0, cancelsFirst
		}
	}
	switch notSure := e.compare(m, replicas); {
	case notSure:
		return 0, unsure
	case m.state != pending:
		return 0, settled
	}
	if p.leader < 0 {
		e.skip(m, "it has no leader, so no broker can copy it: the move would hang until a replica that may lead is back")
		return 0, settled
	}
	for _, b := range m.target {
		if m.reassigns() && (!live[b] || !e.alive(b)) {
			return b, waitsForBroker
		}
	}
	for _, b := range m.adds {
		if may, why := e.mayReceive(b); !may {
			e.skip(m, fmt.Sprintf("its target, broker %d, is %s now", b, why))
			return 0, settled
		}
	}
	m.sources, m.from = sources, p.leader
	return 0, submittable
}

// send throttles the moves and submits them. Where a broker does not take the throttle, it is added to unavailable, and the
// moves that need it stay pending.
func (e *Executor) send(ctx context.Context, moves []*move, live map[int32]bool, unavailable map[int32]error) error {
	if e.o.Rate > 0 {
		silent, err := e.throttle(ctx, moves, func(b int32) bool { return live[b] })
		if err != nil {
			return err
		}
		maps.Copy(unavailable, silent)
		moves = slices.DeleteFunc(slices.Clone(moves), func(m *move) bool { return e.mustWait(m, silent) })
	}
	if len(moves) == 0 {
		return nil
	}
	request := make([]change.Move, len(moves))
	for i, m := range moves {
		request[i] = change.Move{TopicPartition: m.tp, Replicas: m.target, Before: m.before}
		e.ledger.addMove(moveEntry{m.tp, m.before, m.target})
	}
	if err := e.ledger.save(); err != nil {
		return &changeError{err}
	}
	errs, err := e.door.AlterPartitionReassignments(ctx, request, e.undoes())
	for i, m := range moves {
		switch {
		case errs[i] == nil:
			m.begin()
			e.unpause(m)
			e.emit(submittedEvent(m, false))
		case change.Uncertain(errs[i]):
			m.begin()
			m.unconfirmed = true
			err = cmp.Or(err, errs[i])
		case errors.Is(errs[i], change.ErrNotTaken): // it stays pending
			e.ledger.dropMove(m.tp, m.target)
		default:
			e.ledger.dropMove(m.tp, m.target)
			e.skip(m, "the controller refuses it: "+errs[i].Error())
		}
	}
	if err != nil {
		return &changeError{err}
	}
	return nil
}

// mustWait tells whether a move has to wait for a broker that did not take the throttle. A move that has waited for
// [Options.Stall] is skipped.
func (e *Executor) mustWait(m *move, silent map[int32]error) bool {
	err := m.needs(silent)
	if err == nil {
		m.waitingSince = time.Time{}
		return false
	}
	if m.waitingSince.IsZero() {
		m.waitingSince = time.Now()
	}
	if time.Since(m.waitingSince) >= e.o.Stall {
		e.skip(m, "its target doesn't take the throttle: "+err.Error())
	} else {
		e.pause(m, "its target doesn't take the throttle: "+err.Error())
	}
	return true
}

// pause reports once why a move makes no progress.
func (e *Executor) pause(m *move, why string) {
	if m.paused != why {
		m.paused = why
		e.emit(Paused{Partition: &m.tp, Why: why})
	}
}

func (e *Executor) unpause(m *move) {
	if m.paused != "" {
		m.paused = ""
		e.emit(Resumed{Partition: &m.tp})
	}
}

// giveUpQueued leaves partitions of moves that wait as they were before the run.
func (e *Executor) giveUpQueued(which func(*move) bool, why string) {
	for _, m := range e.queue {
		if which(m) {
			e.giveUp(m, why)
		}
	}
	e.queue = slices.DeleteFunc(e.queue, func(m *move) bool { return m.state != pending })
}
