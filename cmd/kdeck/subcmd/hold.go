package subcmd

import (
	"context"
	"fmt"
	"os"
	"slices"
	"syscall"
	"time"

	"kdeck/ops/change"
	"kdeck/ops/health"
	"kdeck/ops/kafka"
	"kdeck/ops/watch"
)

// hold makes a change and undoes it when its time is over, or before: at a signal, when the terminal is lost, and when nobody
// reads the output any more.
func (e *Env) hold(ctx context.Context, g *globals, journal *change.Journal, held change.Held, make, undo func(context.Context) error) error {
	signals, stop := e.notify(slices.Concat(asksToEnd, quits, []os.Signal{syscall.SIGHUP})...)
	defer stop()
	defer e.outliveTerminal()()
	watching, cancel := context.WithCancel(ctx)
	defer cancel()
	unread := e.unread(watching)
	journal.Hold(held)
	err := make(ctx)
	switch {
	case err == nil:
		fmt.Fprintf(e.Err, "until %s, then it is undone (an interrupt or a lost terminal undoes it at once)\n", held.Until.Format("15:04:05"))
		timer := time.NewTimer(held.Until.Sub(e.Now()))
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-signals:
		case <-unread:
			fmt.Fprintln(e.Err, "nobody reads the output any more: it is undone now")
		case <-ctx.Done():
		}
	case !change.Uncertain(err):
		journal.Release(held)
		return failed(err)
	}
	if err := undo(context.WithoutCancel(ctx)); err != nil {
		return failed(fmt.Errorf("%s could not be restored: %w; restore it by hand: %s", held.What, err, held.Undo))
	}
	journal.Release(held)
	if err != nil {
		return failed(err)
	}
	if g.output == outJSON {
		fmt.Fprintf(e.Out, "{\"event\":\"restored\"}\n")
	} else {
		fmt.Fprintf(e.Out, "%s  %s: restored\n", e.Now().Format("15:04:05"), e.safe(held.What))
	}
	return nil
}

// heldChanges reads from the journal the changes that were made from this machine for a time and not undone yet.
func (e *Env) heldChanges(clusterID string) ([]change.Held, error) {
	stateDir, err := e.stateDir()
	if err != nil {
		return nil, err
	}
	return change.NewHolds(stateDir, clusterID).List()
}

// overdueChanges returns a function that looks for overdue changes of a cluster. Each call reads only what was added to the
// journal since the call before.
func (e *Env) overdueChanges(s *kafka.Session) func(context.Context, string) []health.Overdue {
	stateDir, err := e.stateDir()
	if err != nil {
		return nil // nothing can have been changed from here
	}
	var of string
	var reader *change.Holds
	return func(ctx context.Context, clusterID string) []health.Overdue {
		if reader == nil || of != clusterID {
			of, reader = clusterID, change.NewHolds(stateDir, clusterID)
		}
		ctx, cancel := context.WithTimeout(ctx, watch.DefaultDeadline)
		defer cancel()
		held, _ := reader.List() // doctor reports a journal that can't be read
		overdue, _ := watch.Held(ctx, s, held, e.Now())
		return overdue
	}
}
