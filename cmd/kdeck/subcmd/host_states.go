package subcmd

import (
	"context"
	"fmt"
	"sync"
	"time"

	"kdeck/ops/format"
	"kdeck/ops/health"
	"kdeck/ops/history"
	"kdeck/ops/host"
	"kdeck/ops/state"
)

// machineStates are the States of a broker's machine: look after look. Where a look fails, the one before stays, with why, and the broker is looked for again: it
// may be started anew.
type machineStates struct {
	name string
	stop context.CancelFunc
	done chan struct{}

	mu     sync.Mutex
	latest *state.State
	newer  chan struct{} // closed when latest is replaced
}

// findAgain is the time between two attempts to find a broker that ended.
const findAgain = 2 * time.Second

// watchMachine begins to look, until ctx ends or end is called. The looker is its own from now on.
func watchMachine(ctx context.Context, now func() time.Time, o *hostOptions, machine *host.System, looker *host.Looker) *machineStates {
	p := looker.Process()
	again := host.Options{PID: o.pid, Broker: o.broker, For: o.length, Every: o.every}
	s := &machineStates{name: fmt.Sprintf("pid %d on %s", p.PID, machine.Name), done: make(chan struct{}), newer: make(chan struct{})}
	if p.Broker.Known {
		s.name = fmt.Sprintf("broker %d on %s", p.Broker.Value, machine.Name)
		if o.pid == 0 {
			again.Broker = p.Broker.Value // and no other that runs here
		}
	}
	s.latest = &state.State{Seq: 1, Now: now(), Context: s.name, Verdict: state.VerdictUnknown, Waiting: fmt.Sprintf("the first look at %s, which takes %s", s.name, format.Duration(o.length))}
	ctx, s.stop = context.WithCancel(ctx)
	go func() {
		defer close(s.done)
		s.look(ctx, now, o, machine, looker, again)
	}()
	return s
}

// end ends the looks, and returns when nothing is open any more.
func (s *machineStates) end() {
	s.stop()
	<-s.done
}

func (s *machineStates) look(ctx context.Context, now func() time.Time, o *hostOptions, machine *host.System, looker *host.Looker, again host.Options) {
	for ctx.Err() == nil {
		var h *state.Host
		err := error(nil)
		if looker == nil {
			looker, err = host.Open(ctx, machine, again)
		}
		if err == nil {
			h, err = looker.Next(ctx)
		}
		if err == nil {
			o.names(ctx, machine, h)
			s.publish(now(), h, nil)
			continue
		}
		if looker != nil {
			looker.Close()
			looker = nil
		}
		if ctx.Err() != nil {
			return
		}
		s.publish(now(), nil, err)
		select {
		case <-ctx.Done():
		case <-time.After(findAgain):
		}
	}
	if looker != nil {
		looker.Close()
	}
}

// publish makes a look the latest State, or says why there is none.
func (s *machineStates) publish(now time.Time, h *state.Host, failed error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	next := *s.latest
	next.Seq, next.Now, next.Failed = s.latest.Seq+1, now, ""
	if failed != nil {
		next.Failed = failed.Error()
	} else {
		next.Host, next.Findings = h, health.HostFindings(h)
		next.Verdict = health.VerdictOf(next.Findings)
	}
	s.latest = &next
	close(s.newer)
	s.newer = make(chan struct{})
}

// Next implements [ui.States].
func (s *machineStates) Next(ctx context.Context, after uint64) (*state.State, *history.History, error) {
	for {
		s.mu.Lock()
		latest, newer := s.latest, s.newer
		s.mu.Unlock()
		if latest.Seq > after {
			return latest, nil, nil
		}
		select {
		case <-newer:
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		}
	}
}
