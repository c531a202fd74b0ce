package reassign

import (
	"context"
	"fmt"
	"slices"
	"time"

	"kdeck/ops/change"
)

// submit fills the free slots: there are no batches to wait for, the next partition starts when one is done.
func (e *Executor) submit(ctx context.Context, flights map[change.TopicPartition]flight) error {
	var later []*move
	defer func() { e.queue = append(later, e.queue...) }()
	room := e.o.Moves
	for _, m := range e.moves {
		if m.state == inFlight {
			room--
		}
	}
	for room > 0 && len(e.queue) > 0 && !e.stopping() && !e.gate.shut() && ctx.Err() == nil {
		batch := e.queue[:min(room, len(e.queue))]
		e.queue = e.queue[len(batch):]
		now, live, err := e.c.partitions(ctx, topicsOf(batch))
		if err != nil {
			later = append(later, batch...)
			return err
		}
		var ready []*move
		for _, m := range batch {
			switch e.recheck(m, now, live, flights) {
			case goes:
				ready = append(ready, m)
			case waits:
				later = append(later, m)
				e.lookedAt = time.Time{} // what made it wait will show
			}
		}
		waiting, err := e.send(ctx, ready, live)
		later = append(later, waiting...)
		if err != nil {
			return err
		}
		room -= len(ready) - len(waiting)
	}
	return nil
}

type readiness int

const (
	goes readiness = iota
	waits
	settled // skipped, or at its target
)

// recheck is the last look at a partition before it is submitted.
func (e *Executor) recheck(m *move, now map[change.TopicPartition]present, live map[int32]bool, flights map[change.TopicPartition]flight) readiness {
	p, ok := now[m.tp]
	if !ok {
		e.skip(m, "it is gone")
		return settled
	}
	replicas := p.replicas
	if f, flying := flights[m.tp]; flying {
		replicas = f.target()
		if !m.supersedes {
			e.emit(Foreign{PartitionMove{m.tp, f.original(), replicas}})
			e.skip(m, fmt.Sprintf("others began to move it to %v", replicas))
			return settled
		}
	}
	if e.compare(m, replicas); m.state != pending {
		return settled
	}
	if p.leader < 0 {
		e.skip(m, "it has no leader, so nobody can copy it: the move would hang until a replica that may lead is back")
		return settled
	}
	for _, b := range m.adds {
		if may, why := e.mayReceive(b); !may && why == "cordoned" {
			e.skip(m, fmt.Sprintf("its target, broker %d, was cordoned", b))
			return settled
		} else if !may || !live[b] {
			return waits
		}
	}
	return goes
}

// send throttles the moves and submits them. It returns those that can't be submitted now because a broker that they need
// did not take the throttle.
func (e *Executor) send(ctx context.Context, moves []*move, live map[int32]bool) (waiting []*move, err error) {
	if len(moves) == 0 {
		return nil, nil
	}
	if e.o.Rate > 0 {
		silent, err := e.throttle(ctx, moves, live)
		if err != nil {
			return moves, err
		}
		go_ := moves[:0:0]
		for _, m := range moves {
			if err := m.needs(silent); err != nil {
				e.pause(m, "its target doesn't take the throttle: "+err.Error())
				waiting = append(waiting, m)
				continue
			}
			go_ = append(go_, m)
		}
		moves = go_
	}
	if len(moves) == 0 {
		return waiting, nil
	}
	request := make([]change.Move, len(moves))
	for i, m := range moves {
		request[i] = change.Move{TopicPartition: m.tp, Replicas: m.target, Before: m.before}
		e.ledger.addMove(moveEntry{m.tp, m.before, m.target})
	}
	if err := e.ledger.save(); err != nil {
		return moves, &changeError{err}
	}
	errs, err := e.door.AlterPartitionReassignments(ctx, request, "kdeck apply "+e.undo)
	if err != nil {
		for _, m := range moves {
			m.state, m.unsure, m.grewAt = inFlight, true, time.Now()
		}
		return waiting, &changeError{err}
	}
	for i, m := range moves {
		if errs[i] != nil {
			e.ledger.dropMove(m.tp)
			e.skip(m, "the controller refuses it: "+errs[i].Error())
			continue
		}
		m.state, m.grewAt = inFlight, time.Now()
		e.unpause(m)
		e.emit(submitted(m, false))
	}
	return waiting, nil
}

// pause says once why a move doesn't get on.
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

// drop takes moves out of the queue and skips them.
func (e *Executor) drop(which func(*move) bool, why string) {
	e.queue = slices.DeleteFunc(e.queue, func(m *move) bool {
		if !which(m) {
			return false
		}
		e.skip(m, why)
		return true
	})
}
