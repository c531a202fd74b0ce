package ui

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"

	tea "charm.land/bubbletea/v2"
)

// ErrTerminalLost is returned when the terminal was closed while the console was open.
var ErrTerminalLost = errors.New("the terminal was lost")

// Run shows the console until the user quits, ctx ends, or the terminal is lost. If Out is not a terminal, or a terminal
// that can't move its cursor, Run prints the pane once as plain text, as soon as there is an answer, and returns.
func Run(ctx context.Context, opt Options) error {
	term := readTerminal(opt.Out, opt.Env, opt.Theme)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	a, err := newApp(ctx, opt, term)
	if err != nil {
		closing(&opt.Cluster)()
		return err
	}
	if term.plain {
		defer closing(&a.opt.Cluster)()
		return a.printOnce(opt.Out)
	}

	go func() {
		select {
		case <-opt.Hangup:
			cancel(ErrTerminalLost)
		case <-ctx.Done():
		}
	}()

	out := opt.Out
	if f, ok := out.(*os.File); ok {
		counting := &countingTerminal{File: f}
		out, a.limit.written = counting, counting.written
	}
	program := tea.NewProgram(a,
		tea.WithContext(ctx), tea.WithInput(opt.In), tea.WithOutput(out), tea.WithEnvironment(opt.Env),
		tea.WithColorProfile(term.profile), tea.WithFPS(60))
	_, err = program.Run()
	cause := context.Cause(ctx)
	if a.window.open {
		a.opt.Window.Close()
	}
	a.await(opt.Out)
	a.sayRunGoesOn(opt.Out)
	closing(&a.opt.Cluster)()
	if saved := a.saveView(); saved != nil && err == nil {
		err = saved
	}
	switch {
	case a.crash != nil:
		return a.crashed()
	case errors.Is(cause, ErrTerminalLost), errors.Is(err, syscall.EIO):
		return ErrTerminalLost
	case cause != nil && errors.Is(err, tea.ErrProgramKilled):
		return cause
	case errors.Is(err, tea.ErrInterrupted):
		return nil
	case err != nil:
		return fmt.Errorf("console: %w", err)
	}
	return nil
}
