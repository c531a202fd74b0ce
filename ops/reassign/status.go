package reassign

import (
	"cmp"
	"os"
	"slices"
	"strings"
	"time"

	"kdeck/ops/format"
	"kdeck/ops/state"
)

// maxFlying is how many of the moves in flight a run tells of.
const maxFlying = 500

// Status is how the run is. Any goroutine may ask, and never waits for the run.
func (e *Executor) Status() state.Run {
	e.steer.mu.Lock()
	defer e.steer.mu.Unlock()
	r := e.steer.told
	switch {
	case r.State == state.RunStopping:
	case e.stopAsked():
		r.State = state.RunStopping
	case e.steer.held != "" && r.State == state.RunRunning:
		r.State, r.Why, r.Left = state.RunPaused, e.steer.held, nil
	case e.steer.held == "" && r.State == state.RunPaused && r.Why == e.steer.toldHeld:
		r.State, r.Why = state.RunRunning, "" // it was that alone
	}
	return r
}

// stopAsked tells whether somebody stopped the run, in contrast to an error.
func (e *Executor) stopAsked() bool {
	select {
	case <-e.stop:
		return true
	default:
		return false
	}
}

// publish lets others see how the run is now.
func (e *Executor) publish() {
	held := e.steer.paused()
	r := e.status(held)
	e.steer.mu.Lock()
	if len(e.steer.orders) > 0 { // what was asked for is told already
		r.Throttle, r.AtOnce = e.steer.told.Throttle, e.steer.told.AtOnce
	}
	e.steer.told, e.steer.toldHeld = r, held
	e.steer.mu.Unlock()
	e.record.tick(r, e.steer.pilot())
}

// enter says what the run does beside moving partitions.
func (e *Executor) enter(phase string) {
	e.phase = phase
	e.publish()
}

func (e *Executor) status(held string) state.Run {
	f, now := e.far(), time.Now()
	r := state.Run{
		ID: e.id, ClusterID: e.o.Plan.Header.ClusterID, Stages: e.o.Plan.Header.Stages, StartedAt: e.began, By: e.o.By, PID: os.Getpid(),
		ToldAt: now, Moves: len(e.moves), Done: f.done, InFlight: f.inFlight, Skipped: f.skipped,
		Throttle: throttleOf(e.o.Rate), Auto: e.pilot != nil, AtOnce: e.o.Moves,
	}
	if e.c.snap == nil { // the plan is all that is known yet
		r.Moves = len(e.o.Plan.Partitions)
	}
	r.State, r.Why = e.condition(held)
	if f.known {
		r.BytesDone, r.Bytes = &f.bytes, &f.total
		if rate, _, known := e.report.rate(); known {
			r.Rate = &rate
		}
		if r.State == state.RunRunning {
			r.Left = e.report.left(f.total-f.bytes, e.least())
		}
	}
	for _, m := range e.moves {
		if m.state == inFlight || m.state == stalled {
			r.Flying = append(r.Flying, m.told())
		}
	}
	slices.SortStableFunc(r.Flying, func(a, b state.RunMove) int { return cmp.Compare(bytesLeft(b), bytesLeft(a)) })
	r.Flying = r.Flying[:min(len(r.Flying), maxFlying)]
	r.Queue = e.queued(r.State == state.RunRunning)
	return r
}

// condition is what the run does, and why it doesn't get on.
func (e *Executor) condition(held string) (state.RunState, string) {
	var why []string
	say := func(words string) {
		if words != "" {
			why = append(why, words)
		}
	}
	say(held)
	say(e.gate.why)
	say(e.unwritten)
	if !e.unreadable.IsZero() {
		say("the cluster can't be read since " + e.unreadable.Format(time.TimeOnly))
	}
	if by := e.steer.stopper(); by != "" {
		say("stopped by " + by)
	}
	if e.failed != nil {
		say("it ends because of an error: " + e.failed.Error())
	}
	waits := len(why) > 0
	say(e.phase)
	if len(e.waiting.Brokers) > 0 {
		say(e.waiting.String())
	}
	if stuck := e.stuck(); len(why) == 0 {
		say(stuck)
	}
	words := strings.Join(why, "; ")
	switch {
	case e.stopping():
		return state.RunStopping, words
	case waits:
		return state.RunPaused, words
	}
	return state.RunRunning, words
}

// stuck says of the first move that makes no progress why, and counts the others.
func (e *Executor) stuck() string {
	var first *move
	n := 0
	for _, m := range e.moves {
		if m.paused == "" || m.state >= moved {
			continue
		}
		if n++; first == nil {
			first = m
		}
	}
	switch {
	case first == nil:
		return ""
	case n == 1:
		return first.tp.String() + " makes no progress: " + first.paused
	}
	return format.Count(n, "move") + " make no progress, among them " + first.tp.String() + ": " + first.paused
}

// told is the move as others see it.
func (m *move) told() state.RunMove {
	r := state.RunMove{Topic: m.tp.Topic, Partition: m.tp.Partition, From: m.before, To: m.target, Rate: m.rate, Why: m.paused}
	if n, known := m.bytes(); known {
		r.Bytes = &n
		if done := min(m.copied, n); m.measured || n == 0 {
			r.BytesDone = &done
		}
	}
	return r
}

// bytesLeft orders moves: of those that tell nothing there may be much left.
func bytesLeft(m state.RunMove) int64 {
	switch {
	case m.Bytes == nil:
		return 1 << 62
	case m.BytesDone == nil:
		return *m.Bytes
	}
	return *m.Bytes - *m.BytesDone
}
