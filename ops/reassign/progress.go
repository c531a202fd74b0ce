package reassign

import (
	"context"
	"sync"
	"time"

	"kdeck/ops/change"
)

// rateWindow is the time that the rate is an average of.
const rateWindow = time.Minute

// reporter reports how far the run is, by what the log dirs of the target brokers hold.
type reporter struct {
	last    time.Time
	samples []sample
}

type sample struct {
	at    time.Time
	bytes int64
}

// tick emits a Progress event if one is due.
func (r *reporter) tick(ctx context.Context, e *Executor) {
	if time.Since(r.last) < progressInterval {
		return
	}
	r.last = time.Now()
	e.measure(ctx)
	e.emit(r.progress(e))
}

// measure asks the target brokers of the moves in flight how much they have copied, all at once and each within a session's
// deadline. Where a broker doesn't answer, the old figure stays.
func (e *Executor) measure(ctx context.Context) {
	asked := map[int32][]*move{}
	for _, m := range e.moves {
		if m.state == inFlight || m.state == stalled {
			for _, b := range m.adds {
				if e.alive(b) {
					asked[b] = append(asked[b], m)
				}
			}
		}
	}
	var (
		mu     sync.Mutex
		wg     sync.WaitGroup
		copied = map[*move]int64{}
		silent = map[*move]bool{}
	)
	for b, moves := range asked {
		wg.Go(func() {
			tps := make([]change.TopicPartition, len(moves))
			for i, m := range moves {
				tps[i] = m.tp
			}
			sizes, err := e.c.sizes(ctx, b, tps)
			mu.Lock()
			defer mu.Unlock()
			for _, m := range moves {
				if err != nil {
					silent[m] = true
					continue
				}
				copied[m] += sizes[m.tp]
			}
		})
	}
	wg.Wait()
	for m, n := range copied {
		if silent[m] {
			continue
		}
		if n > m.copied || !m.measured {
			m.grewAt = time.Now()
		}
		m.copied, m.measured = max(n, m.copied), true
	}
}

func (r *reporter) progress(e *Executor) Progress {
	p := Progress{Total: len(e.moves)}
	var done, total int64
	known := true
	for _, m := range e.moves {
		n, ok := m.bytes()
		switch m.state {
		case moved:
			p.Done++
			if m.movedInRun {
				done, total, known = done+n, total+n, known && ok
			}
		case inFlight, stalled:
			p.InFlight++
			done, total, known = done+min(m.copied, n), total+n, known && ok
		case pending:
			total, known = total+n, known && ok
		}
	}
	if !known {
		return p
	}
	p.BytesDone, p.BytesTotal = &done, &total
	now := time.Now()
	r.samples = append(r.samples, sample{now, done})
	for len(r.samples) > 2 && now.Sub(r.samples[1].at) >= rateWindow {
		r.samples = r.samples[1:]
	}
	first := r.samples[0]
	if span := now.Sub(first.at).Seconds(); span > 0 {
		rate := max(0, float64(done-first.bytes)) / span
		p.Rate = &rate
		if rate > 0 {
			left := float64(total-done) / rate
			p.Left = &left
		}
	}
	return p
}
