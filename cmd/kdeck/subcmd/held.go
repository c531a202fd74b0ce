package subcmd

import (
	"context"
	"fmt"
	"syscall"
	"time"

	"kdeck/ops/change"
	"kdeck/ops/health"
	"kdeck/ops/kafka"
	"kdeck/ops/tenant"
	"kdeck/ops/watch"
)

// hold makes a change, and takes it back when its time is over or the process is asked to end; a lost terminal asks it too.
func (e *Env) hold(ctx context.Context, g *globals, journal *change.Journal, held change.Held, there, back func(context.Context) error) error {
	signals, stop := e.notify(append(asksToEnd, syscall.SIGHUP)...)
	defer stop()
	defer e.outliveTerminal()()
	journal.Hold(held)
	err := there(ctx)
	switch {
	case err == nil:
		fmt.Fprintf(e.Err, "until %s, then it is taken back (an interrupt or a lost terminal does it at once)\n", held.Until.Format("15:04:05"))
		timer := time.NewTimer(held.Until.Sub(e.Now()))
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-signals:
		case <-ctx.Done():
		}
	case !change.Uncertain(err):
		journal.Release(held)
		return failed(err)
	}
	if err := back(context.WithoutCancel(ctx)); err != nil {
		return failed(fmt.Errorf("%s could not be put back as it was: %w; by hand: %s", held.What, err, held.Undo))
	}
	journal.Release(held)
	if err != nil {
		return failed(err)
	}
	if g.output == outJSON {
		fmt.Fprintf(e.Out, "{\"event\":\"restored\"}\n")
	} else {
		fmt.Fprintf(e.Out, "%s  %s: back as it was\n", e.Now().Format("15:04:05"), e.safe(held.What))
	}
	return nil
}

// holds reads what was changed for a time from this machine.
func holds(clusterID string) ([]change.Held, error) {
	stateDir, err := change.StateDir()
	if err != nil {
		return nil, err
	}
	return change.NewHolds(stateDir, clusterID).List()
}

// overdue are the changes that were to be taken back by now and are still in force.
func overdue(ctx context.Context, s *kafka.Session, held []change.Held, now time.Time) []health.Overdue {
	var list []health.Overdue
	var quotas *tenant.Quotas
	for _, h := range held {
		if now.Before(h.Until) {
			continue
		}
		if len(h.Quota) > 0 && quotas == nil {
			quotas, _ = watch.Quotas(ctx, s) // one that can't be asked doesn't say that it was taken back
		}
		if takenBack(ctx, s, h, quotas) {
			continue
		}
		list = append(list, health.Overdue{What: h.What, Until: h.Until, Undo: h.Undo})
	}
	return list
}

// takenBack tells whether a change that was held is known to be in force no longer, by whatever means.
func takenBack(ctx context.Context, s *kafka.Session, h change.Held, quotas *tenant.Quotas) bool {
	switch {
	case len(h.Quota) > 0 && quotas != nil:
		return !h.SetIn(quotas)
	case h.Broker != nil:
		addr, ok := s.Addr(*h.Broker)
		if !ok {
			return false
		}
		level, err := watch.LoggerLevel(ctx, s, addr, *h.Broker, change.RequestLogger)
		return err == nil && !raised(level)
	}
	return false
}

// overdueIn returns a function that finds the overdue changes of a cluster. Each call reads what the journal has gained
// since the call before.
func (e *Env) overdueIn(s *kafka.Session) func(context.Context, string) []health.Overdue {
	stateDir, err := change.StateDir()
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
		held, _ := reader.List() // a journal that can't be read is what doctor tells of
		return overdue(ctx, s, held, e.Now())
	}
}
