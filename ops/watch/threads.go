package watch

import (
	"context"
	"maps"
	"time"

	"kdeck/ops/state"
	"kdeck/ops/tenant"
)

// How often brokers' configs are read, for what they can spend on requests: seldom, and one broker after the other.
const (
	threadsEvery = 10 * time.Minute
	threadsRetry = time.Minute            // of those that could not be read, and of new brokers
	threadsApart = 200 * time.Millisecond // between two brokers
)

// readThreads reads the brokers' thread numbers again and again, from when any metrics are known that they are for.
func (w *Watch) readThreads(ctx context.Context) {
	read := map[int32]time.Time{} // when a broker's were read
	for s := w.Latest(); ctx.Err() == nil; s = w.Latest() {
		if s.Snapshot == nil || !anyMetrics(s) {
			if _, _, err := w.Next(ctx, s.Seq); err != nil {
				return
			}
			continue
		}
		news := false
		for i := range s.Snapshot.Brokers {
			b := &s.Snapshot.Brokers[i]
			addr := address(b.Host, b.Port)
			if at, ok := read[b.ID]; addr == "" || !b.Answered.Known || ok && w.o.Now().Sub(at) < threadsEvery {
				continue
			}
			if news {
				w.rest(ctx, threadsApart, nil)
			}
			threads, ok := w.threadsOf(ctx, b.ID, addr)
			if ctx.Err() != nil {
				return
			}
			if ok {
				read[b.ID] = w.o.Now()
			}
			w.setThreads(b.ID, threads)
			news = true
		}
		if news {
			w.publish(func(*state.State) {})
		}
		w.rest(ctx, threadsRetry, nil)
	}
}

func (w *Watch) threadsOf(ctx context.Context, id int32, addr string) (t tenant.Threads, ok bool) {
	ctx, cancel := context.WithTimeout(ctx, w.o.Deadline)
	defer cancel()
	configs, err := BrokerConfigs(ctx, w.session, addr, id)
	if err != nil {
		return tenant.Threads{WhyNot: "its configs can't be read: " + reason(err)}, false
	}
	return ThreadsOf(configs), true
}

// setThreads lets the next state know a broker's threads. What was known before outlives a failure to read it again.
func (w *Watch) setThreads(id int32, t tenant.Threads) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !t.Known && w.threads[id].Known {
		return
	}
	threads := maps.Clone(w.threads)
	if threads == nil {
		threads = map[int32]tenant.Threads{}
	}
	threads[id] = t
	w.threads = threads
}
