package subcmd

import (
	"context"
	"os"
	"os/signal"
	"slices"
	"sync"
	"syscall"
	"time"
)

// This file is the only place of kdeck that asks for signals. Each part of the program subscribes to those that it needs,
// and a subscription takes nothing away from the others: the console and a drain that it runs both see a hang-up.

// asksToEnd are the signals by which an operator or a supervisor asks the process to end.
var asksToEnd = []os.Signal{os.Interrupt, syscall.SIGTERM}

// quits are the signals by which an operator asks the process to end at once: ctrl-\.
var quits = []os.Signal{syscall.SIGQUIT}

// ignoredAtStart are the signals that whoever started the process wants it not to see: nohup ignores the hang-up, and a shell
// script the interrupt of what it runs in the background.
var ignoredAtStart = func() (ignored []os.Signal) {
	for _, s := range []os.Signal{syscall.SIGHUP, os.Interrupt} {
		if signal.Ignored(s) {
			ignored = append(ignored, s)
		}
	}
	return ignored
}()

// notify subscribes to signals of the process, but for those that were ignored when it was started.
func notify(signals ...os.Signal) (<-chan os.Signal, func()) {
	c := make(chan os.Signal, 4)
	signals = slices.DeleteFunc(slices.Clone(signals), func(s os.Signal) bool { return slices.Contains(ignoredAtStart, s) })
	if len(signals) > 0 { // else Notify would subscribe to all
		signal.Notify(c, signals...)
	}
	return c, func() { signal.Stop(c) }
}

// notify subscribes to signals; stop ends the subscription.
func (e *Env) notify(signals ...os.Signal) (c <-chan os.Signal, stop func()) {
	if e.Notify == nil {
		return nil, func() {}
	}
	c, unsubscribe := e.Notify(signals...)
	if e.quits == nil || !slices.Contains(signals, quits[0]) {
		return c, unsubscribe
	}
	e.quits.Add(1)
	return c, sync.OnceFunc(func() { e.quits.Add(-1); unsubscribe() })
}

// exitQuit is the code that a shell gives a process that died of SIGQUIT.
const exitQuit = 128 + int(syscall.SIGQUIT)

// endAtQuit ends the process at ctrl-\, unless a part of the program handles that by itself: Go's runtime would write where each
// goroutine is. stop ends that.
func (e *Env) endAtQuit() (stop func()) {
	if e.Notify == nil || e.Exit == nil {
		return func() {}
	}
	signals, unsubscribe := e.Notify(quits...)
	over := make(chan struct{})
	go func() {
		for {
			select {
			case <-signals:
				if e.quits.Load() == 0 {
					e.Exit(exitQuit)
				}
			case <-over:
				return
			}
		}
	}()
	return func() { unsubscribe(); close(over) }
}

// burst is the time within which several signals are one. One ctrl-c may come more than once: the terminal sends it to the whole
// foreground group, and sudo, timeout and scripts forward theirs. A key that is held down repeats.
const burst = 300 * time.Millisecond

// presses counts how often an operator asked, from the signals that came.
type presses struct {
	n     int
	since time.Time // the first signal of the last one
}

// add counts a signal that came at a time, and reports whether it is more than an echo of the one before.
func (p *presses) add(at time.Time) (counts bool) {
	if p.n > 0 && at.Sub(p.since) < burst {
		return false
	}
	p.n, p.since = p.n+1, at
	return true
}

// outliveTerminal lets the process go on when its terminal is lost or nobody reads its output any more, until stop.
func (e *Env) outliveTerminal() (stop func()) {
	_, stop = e.notify(syscall.SIGHUP, syscall.SIGPIPE)
	return stop
}

// outliveReaders lets the process go on when nobody reads its output any more, until stop.
func (e *Env) outliveReaders() (stop func()) {
	_, stop = e.notify(syscall.SIGPIPE)
	return stop
}

// untilInterrupted returns a context that ends at the first signal that asks to end, or at one of more; at the second one the process
// does.
func (e *Env) untilInterrupted(ctx context.Context, more ...os.Signal) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	signals, stop := e.notify(slices.Concat(asksToEnd, more)...)
	go func() {
		defer stop()
		select {
		case <-signals:
			cancel()
			time.Sleep(burst) // what comes until then is the same signal
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}
