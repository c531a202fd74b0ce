package watch

import (
	"context"
	"time"

	"kdeck/ops/change"
	"kdeck/ops/health"
	"kdeck/ops/tenant"
)

// Brokers asks brokers by their ids: a [kdeck/ops/kafka.Session].
type Brokers interface {
	Asker
	Addr(id int32) (addr string, known bool)
}

// Held divides the changes that are held for a time: those whose time is over and that are still in force, and those whose time
// isn't over. Where the cluster doesn't tell, a change counts as still in force.
func Held(ctx context.Context, session Brokers, held []change.Held, now time.Time) (overdue, waiting []health.Overdue) {
	var quotas *tenant.Quotas
	for _, h := range held {
		o := health.Overdue{What: h.What, Until: h.Until, Undo: string(h.Undo)}
		if now.Before(h.Until) {
			waiting = append(waiting, o)
			continue
		}
		if len(h.Quota) > 0 && quotas == nil {
			quotas, _ = Quotas(ctx, session)
		}
		if !undone(ctx, session, h, quotas) {
			overdue = append(overdue, o)
		}
	}
	return overdue, waiting
}

// undone tells whether a held change is known to be no longer in force, whoever undid it.
func undone(ctx context.Context, session Brokers, h change.Held, quotas *tenant.Quotas) bool {
	switch {
	case len(h.Quota) > 0 && quotas != nil:
		return !h.SetIn(quotas)
	case h.Broker != nil:
		addr, known := session.Addr(*h.Broker)
		if !known {
			return false
		}
		level, err := LoggerLevel(ctx, session, addr, *h.Broker, change.RequestLogger)
		return err == nil && !health.RequestLogRaised(level)
	}
	return false
}
