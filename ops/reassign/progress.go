package reassign

import (
	"context"
	"math"
	"sync"
	"time"

	"kdeck/ops/change"
	"kdeck/ops/plan"
	"kdeck/ops/state"
)

// rateWindow is the time that the rate is an average of.
const rateWindow = time.Minute

// reporter reports how far the run is, by what the log dirs of the target brokers hold.
type reporter struct {
	last    time.Time
	samples []sample // of the window, the oldest first
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
				size, found := sizes[m.tp]
				copied[m] += size
				e.noteMade(m, b, found)
			}
		})
	}
	wg.Wait()
	now := time.Now()
	for m, n := range copied {
		if silent[m] {
			continue
		}
		m.sample(now, n)
		if n > m.copied || !m.measured {
			m.grewAt = now
		}
		m.copied, m.measured = max(n, m.copied), true
	}
}

// far is how far a run is.
type far struct {
	done, inFlight, skipped int // partitions
	bytes, total            int64
	known                   bool // the bytes are
}

func (e *Executor) far() far {
	f := far{known: true}
	for _, m := range e.moves {
		n, ok := m.bytes()
		switch m.state {
		case moved:
			f.done++
			if m.movedInRun {
				f.bytes, f.total, f.known = f.bytes+n, f.total+n, f.known && ok
			}
		case inFlight, stalled:
			f.inFlight++
			f.bytes, f.total, f.known = f.bytes+min(m.copied, n), f.total+n, f.known && ok
		case pending:
			f.total, f.known = f.total+n, f.known && ok
		case skipped:
			f.skipped++
		}
	}
	return f
}

func (r *reporter) progress(e *Executor) Progress {
	f := e.far()
	p := Progress{Done: f.done, InFlight: f.inFlight, Total: len(e.moves)}
	if !f.known {
		return p
	}
	p.BytesDone, p.BytesTotal = &f.bytes, &f.total
	now := time.Now()
	r.samples = append(r.samples, sample{now, f.bytes})
	for len(r.samples) > 2 && now.Sub(r.samples[1].at) >= rateWindow {
		r.samples = r.samples[1:]
	}
	if rate, _, known := r.rate(); known {
		p.Rate = &rate
		if rate > 0 {
			left := float64(f.total-f.bytes) / rate
			p.Left = &left
		}
	}
	return p
}

// rate is how many bytes a second were copied over the window, and by how much that may be off.
func (r *reporter) rate() (mean, off float64, known bool) {
	if len(r.samples) < 2 {
		return 0, 0, false
	}
	first, last := r.samples[0], r.samples[len(r.samples)-1]
	span := last.at.Sub(first.at).Seconds()
	if span <= 0 {
		return 0, 0, false
	}
	mean = max(0, float64(last.bytes-first.bytes)/span)
	n, squares := float64(len(r.samples)-1), 0.0
	for i := range r.samples[1:] {
		a, b := r.samples[i], r.samples[i+1]
		off := float64(b.bytes-a.bytes)/b.at.Sub(a.at).Seconds() - mean
		squares += off * off
	}
	return mean, max(2*math.Sqrt(squares)/n, mean/10), true
}

// left is how long it takes to copy so many bytes: by the rate of the window, with two standard errors of it and at least a tenth to
// each side. Where least, the time that the busiest broker needs for its part, is outside of that, it widens the band: a run slows
// down where one broker is left with most of the work, and speeds up behind one. least is in seconds; 0: unknown. nil: unknown.
func (r *reporter) left(bytes int64, least float64) *state.TimeLeft {
	mean, off, known := r.rate()
	if !known || mean <= 0 {
		return nil
	}
	t := &state.TimeLeft{Low: float64(bytes) / (mean + off), High: float64(bytes) / max(mean-off, mean/4)}
	if least > 0 {
		t.Low, t.High = min(t.Low, least), max(t.High, least*11/10)
	}
	return t
}

// least is how many seconds the busiest broker needs at the throttle for what it still has to send or receive; 0: unknown.
func (e *Executor) least() float64 {
	if e.o.Rate == 0 || e.c.snap == nil {
		return 0
	}
	ports, most := map[plan.Port]int64{}, int64(0)
	carry := func(p plan.Port, bytes int64) {
		ports[p] += bytes
		most = max(most, ports[p])
	}
	for _, m := range e.moves {
		n, _ := m.bytes()
		if m.state > stalled || n == 0 {
			continue
		}
		left := n - min(m.copied, n)
		if at, ok := e.c.snap.FindPartition(m.tp.Topic, m.tp.Partition); ok && at.Leader() >= 0 {
			carry(plan.Port{Broker: at.Leader(), Out: true}, left)
		}
		for _, b := range m.adds {
			carry(plan.Port{Broker: b}, left/int64(len(m.adds)))
		}
	}
	return float64(most) / float64(e.o.Rate)
}
