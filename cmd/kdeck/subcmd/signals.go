package subcmd

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// This file is the only place of kdeck that asks for signals. Each part of the program subscribes to those that it needs,
// and a subscription takes nothing away from the others: the console and a drain that it runs both see a hang-up.

// asksToEnd are the signals by which an operator or a supervisor asks the process to end.
var asksToEnd = []os.Signal{os.Interrupt, syscall.SIGTERM}

// notify subscribes to signals of the process.
func notify(signals ...os.Signal) (<-chan os.Signal, func()) {
	c := make(chan os.Signal, 4)
	signal.Notify(c, signals...)
	return c, func() { signal.Stop(c) }
}

// notify subscribes to signals; stop ends the subscription.
func (e *Env) notify(signals ...os.Signal) (c <-chan os.Signal, stop func()) {
	if e.Notify == nil {
		return nil, func() {}
	}
	return e.Notify(signals...)
}

// outliveTerminal lets the process go on when its terminal is lost or nobody reads its output any more, until stop.
func (e *Env) outliveTerminal() (stop func()) {
	_, stop = e.notify(syscall.SIGHUP, syscall.SIGPIPE)
	return stop
}

// untilInterrupted returns a context that ends at the first signal that asks to end; at the second one the process does.
func (e *Env) untilInterrupted(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	signals, stop := e.notify(asksToEnd...)
	go func() {
		defer stop()
		select {
		case <-signals:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}
