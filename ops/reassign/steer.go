package reassign

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"kdeck/ops/format"
	"kdeck/ops/state"
)

// steering is what is asked of a run from outside while it goes on. Whoever asks never waits for the run.
type steering struct {
	wake chan struct{} // has room for one: a run that waits looks at once

	mu     sync.Mutex
	orders []func(context.Context) error // to be carried out by the run itself, in that order
	held   string                        // why it was paused by somebody; "": it wasn't
	stop   string                        // who stopped it; "": nobody
	told   state.Run                     // how it was when it told last

	toldHeld string // what held was then

	bounds Pilot // of the throttle, where the run chose it last, or is to; zero: none were given
}

// order leaves something for the run to do, and wakes it. now is done at once.
func (s *steering) order(now func(), do func(context.Context) error) {
	s.mu.Lock()
	now()
	s.orders = append(s.orders, do)
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *steering) paused() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.held
}

func (s *steering) pilot() Pilot {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bounds
}

func (s *steering) stopper() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stop
}

// obey carries out what was asked since it was called last.
func (e *Executor) obey(ctx context.Context) error {
	e.steer.mu.Lock()
	orders := e.steer.orders
	e.steer.orders = nil
	e.steer.mu.Unlock()
	for i, do := range orders {
		if err := do(ctx); err != nil {
			if unwritten(err) || !isChange(err) && !permanent(err) { // nor can the cluster be read now: once more at the next step
				e.steer.mu.Lock()
				e.steer.orders = append(slices.Clone(orders[i:]), e.steer.orders...)
				e.steer.mu.Unlock()
			}
			return err
		}
	}
	return nil
}

// says is an order that only reports what was done.
func (e *Executor) says(ev Event) func(context.Context) error {
	return func(context.Context) error {
		e.emit(ev)
		return nil
	}
}

// Pause keeps everything from being submitted until [Executor.Continue]: what is in flight goes on. by is who asks. It returns
// at once, as all methods that steer a run do, and any goroutine may call them.
func (e *Executor) Pause(by string) {
	why := fmt.Sprintf("paused by %s at %s", by, time.Now().Format(time.TimeOnly))
	e.steer.order(func() { e.steer.held = why }, e.says(Paused{Why: why, By: by}))
}

// Continue ends a pause. What the cluster itself keeps from being submitted still waits.
func (e *Executor) Continue(by string) {
	e.steer.order(func() { e.steer.held = "" }, e.says(Resumed{By: by}))
}

// StopBy is [Executor.Stop], and says who asked for it.
func (e *Executor) StopBy(by string) {
	e.steer.order(func() { e.steer.stop = by }, e.says(Steered{Do: "stop", By: by}))
	e.Stop()
}

// AbandonBy is [Executor.Abandon], and says who asked for it.
func (e *Executor) AbandonBy(by string) {
	e.steer.order(func() {}, e.says(Steered{Do: "abandon", By: by}))
	e.Abandon()
}

// SetMoves changes how many partitions are in flight at once, at most; 0: as many as the brokers bear. Where more are, they finish.
func (e *Executor) SetMoves(n int, by string) error {
	if n < 0 {
		return fmt.Errorf("%d at once: a number of partitions was expected, or 0 for as many as the brokers bear", n)
	}
	e.steer.order(func() { e.steer.told.AtOnce = n }, func(context.Context) error {
		e.o.Moves = n
		e.emit(Steered{Do: "limit", By: by, AtOnce: n})
		return nil
	})
	return nil
}

// SetRate changes the throttle of all brokers that the run limits, in bytes a second; 0 takes it away, also under the moves in
// flight, and gives back what was set before the run.
func (e *Executor) SetRate(rate int64, by string) error {
	if rate < 0 {
		return fmt.Errorf("a throttle of %d bytes a second can't be", rate)
	}
	said := false
	e.steer.order(func() { e.steer.told.Throttle, e.steer.told.Auto = throttleOf(rate), false }, func(ctx context.Context) error {
		if !said {
			said = true
			e.emit(Steered{Do: "throttle", By: by, Throttle: throttleOf(rate)})
			e.pilot = nil
			maps.Copy(e.untold, e.throttled) // also where it is the same rate: others may have changed it
			clear(e.throttled)
		}
		return e.changeRate(ctx, rate)
	})
	return nil
}

// SetPilot lets the run choose its throttle from now on, beginning with the one that it has. Bounds that aren't given stay as they were
// when it did that last.
func (e *Executor) SetPilot(bounds Pilot, by string) error {
	bounds = bounds.or(e.steer.pilot())
	p := newPilot(bounds)
	if p.Floor < 0 || p.Floor > p.Ceiling {
		return fmt.Errorf("a throttle between %s/s and %s/s can't be", format.Bytes(p.Floor), format.Bytes(p.Ceiling))
	}
	e.steer.order(func() { e.steer.told.Auto, e.steer.bounds = true, bounds }, func(ctx context.Context) error {
		if e.pilot == nil || e.pilot.Pilot != p.Pilot {
			e.emit(Steered{Do: "throttle", By: by, Throttle: throttleOf(e.o.Rate), Auto: true})
			p.rate = min(max(p.rate, e.o.Rate), p.Ceiling)
			e.pilot = p
			e.learnBefore(ctx)
		}
		return e.changeRate(ctx, p.rate)
	})
	return nil
}

// throttleOf is a rate as it is told: nil for none.
func throttleOf(rate int64) *int64 {
	if rate == 0 {
		return nil
	}
	return &rate
}

// Steered: somebody changed how the run goes on.
type Steered struct {
	Do       string `json:"do"` // throttle, limit, stop or abandon
	By       string `json:"by"`
	Throttle *int64 `json:"throttle,omitempty"` // bytes a second for each broker, in and out; nil: none
	AtOnce   int    `json:"at_once,omitempty"`  // most partitions in flight; 0: as many as the brokers bear
	Auto     bool   `json:"auto,omitempty"`     // the run chooses the throttle itself from now on
}

// Kind is "steered".
func (Steered) Kind() string { return "steered" }

func (e Steered) String() string {
	switch {
	case e.Auto:
		return e.By + " lets the run choose its throttle"
	case e.Do == "throttle" && e.Throttle == nil:
		return e.By + " lifts the throttle"
	case e.Do == "throttle":
		return fmt.Sprintf("%s sets the throttle to %s/s", e.By, format.Bytes(*e.Throttle))
	case e.Do == "limit" && e.AtOnce == 0:
		return e.By + " lets as many partitions move at once as the brokers bear"
	case e.Do == "limit":
		return fmt.Sprintf("%s lets %s move at once", e.By, format.Count(e.AtOnce, "partition"))
	case e.Do == "stop":
		return e.By + " stops the run: what is in flight finishes, and nothing more is submitted"
	case e.Do == "abandon":
		return e.By + " abandons the run: what is in flight and the throttle are left as they are"
	}
	return e.By + ": " + e.Do
}
