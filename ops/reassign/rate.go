package reassign

import (
	"context"
	"maps"
	"slices"
	"time"

	"kdeck/ops/change"
)

// changeRate sets another rate on the brokers that the run has throttled, and on those of the moves in flight. Brokers that don't
// take it now keep the old one until [Executor.retellRates]. It may be called again after an error.
func (e *Executor) changeRate(ctx context.Context, rate int64) error {
	if rate == 0 {
		return e.lift(ctx)
	}
	if rate != e.o.Rate {
		e.o.Rate = rate
		maps.Copy(e.untold, e.throttled)
		clear(e.throttled)
	}
	for _, m := range e.flying() {
		for _, b := range slices.Concat(m.sources, m.target) {
			if len(m.adds) > 0 && e.alive(b) && !e.throttled[b] {
				e.untold[b] = true
			}
		}
	}
	return e.tellRates(ctx)
}

// flying are the moves of this run and earlier ones that are in flight.
func (e *Executor) flying() (moves []*move) {
	for _, m := range e.moves {
		if m.ours && (m.state == inFlight || m.state == stalled) {
			moves = append(moves, m)
		}
	}
	return moves
}

// tellRates sets the rate on the brokers that don't have it yet. Those that can't be reached stay among them.
func (e *Executor) tellRates(ctx context.Context) error {
	e.untoldSince = time.Now()
	if _, err := e.addToLists(ctx, e.flying()); err != nil { // there are none of moves that went without a throttle
		return err
	}
	silent, err := e.setRates(ctx, slices.Sorted(maps.Keys(e.untold)))
	if err == nil {
		maps.DeleteFunc(e.untold, func(b int32, _ bool) bool { return silent[b] == nil })
	}
	return err
}

// retellRates tries the brokers again that did not take a changed rate.
func (e *Executor) retellRates(ctx context.Context) error {
	if len(e.untold) == 0 || time.Since(e.untoldSince) < keepInterval {
		return nil
	}
	return e.tellRates(ctx)
}

// lift takes the throttle away while moves may be in flight: the rates are what they were, and the moves' replicas are off the
// lists, so that a rate of others doesn't limit them. Brokers that moves of others touch keep the rate, and are named in events.
func (e *Executor) lift(ctx context.Context) error {
	r := e.restorer()
	r.under = func(ctx context.Context) (map[change.TopicPartition]reassignment, error) {
		ongoing, err := e.c.ongoing(ctx)
		return e.others(ongoing), err
	}
	if _, err := r.under(ctx); err != nil { // before anything is changed
		return err
	}
	e.o.Rate = 0
	clear(e.untold)
	clear(e.throttled)
	clear(e.inForce)
	if _, err := r.restore(ctx); err != nil {
		return &changeError{err}
	}
	return nil
}
