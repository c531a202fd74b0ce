package watch

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"kdeck/ops/state"
	"kdeck/ops/tenant"
)

// How often the brokers' configs are read for the numbers of their threads. One broker is asked after the other.
const (
	threadsEvery = 10 * time.Minute
	threadsRetry = time.Minute            // of those that could not be read, and of new brokers
	threadsApart = 200 * time.Millisecond // between two brokers
)

// readThreads reads the brokers' thread numbers again and again, once any metrics are known: they are for nothing else.
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

// setThreads puts a broker's threads into the next state. A failure doesn't replace what was read before.
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

// ThreadsOf counts the threads of a broker with those configs: num.io.threads, and num.network.threads for each of its listeners
// but the controllers', unless a listener has a number of its own.
func ThreadsOf(configs map[string]string) tenant.Threads {
	io, err := strconv.Atoi(configs["num.io.threads"])
	each, err2 := strconv.Atoi(configs["num.network.threads"])
	if err != nil || err2 != nil {
		return tenant.Threads{Callback: configs["client.quota.callback.class"], WhyNot: "the broker doesn't tell num.io.threads and num.network.threads"}
	}
	t := tenant.Threads{IO: io, Known: true, Callback: configs["client.quota.callback.class"]}
	controllers := strings.Split(configs["controller.listener.names"], ",")
	for listener := range strings.SplitSeq(configs["listeners"], ",") {
		name, _, _ := strings.Cut(strings.TrimSpace(listener), "://")
		if name == "" || slices.ContainsFunc(controllers, func(c string) bool { return strings.EqualFold(strings.TrimSpace(c), name) }) {
			continue
		}
		n := each
		if own, err := strconv.Atoi(configs["listener.name."+strings.ToLower(name)+".num.network.threads"]); err == nil {
			n = own
		}
		t.Network += n
	}
	return t
}
