package reassign

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"kdeck/ops/format"
)

// noteAway keeps since when the brokers are dead whose settings the run has changed.
func (e *Executor) noteAway() {
	away := map[int32]time.Time{}
	for _, entries := range [][]rateEntry{e.ledger.Rates, e.ledger.Cordons} {
		for _, entry := range entries {
			b := entry.Broker
			if _, noted := away[b]; noted || e.alive(b) {
				continue
			}
			if away[b] = e.awaySince[b]; away[b].IsZero() {
				away[b] = time.Now()
			}
		}
	}
	e.awaySince = away
}

// awaitAway waits for the brokers whose settings can't be put back while they are dead, for no longer than [Options.Stall] since they
// were seen dead first, and not after a ctrl-c. A controller whose address is known takes the settings of dead brokers too.
func (e *Executor) awaitAway(ctx context.Context) {
	if len(e.o.Session.Cluster().Controllers) > 0 || len(e.ledger.Rates)+len(e.ledger.Cordons) == 0 {
		return
	}
	said := false
	for !e.stopping() && ctx.Err() == nil {
		if err := e.c.refresh(ctx); err != nil {
			break // the same question comes before the settings are put back, and its error is told there
		}
		e.noteAway()
		until := time.Time{}
		for _, since := range e.awaySince {
			if end := since.Add(e.o.Stall); end.After(until) {
				until = end
			}
		}
		left := time.Until(until)
		if left <= 0 {
			break
		}
		if !said {
			said = true
			brokers := slices.Sorted(maps.Keys(e.awaySince))
			e.emit(Paused{Why: fmt.Sprintf("the settings of %s, which died meanwhile, are put back when it lives; that is waited for another %s", brokersOf(brokers), format.Duration(left))})
		}
		e.wait(ctx, min(lookInterval, left))
	}
	if said {
		e.emit(Resumed{})
	}
}
