package host

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"kdeck/ops/state"
)

// The defaults and bounds of [Options].
const (
	DefaultFor   = 10 * time.Second
	DefaultEvery = 10 * time.Millisecond

	// hangs is how much longer than meant a look may take before it is given up: a file of /proc may block.
	hangs = 10 * time.Second
	// leastShare is the share of a thread's time from which a wait is told: a single sample of a thousand is chance.
	leastShare = 0.005
	// mostWaits is how many waits are told at the most.
	mostWaits = 200
)

// Options say what is looked at, and how.
type Options struct {
	PID    int           // 0: the only broker on the machine
	Broker int32         // its node.id; below 0: any. Without a PID only
	For    time.Duration // 0: [DefaultFor]
	Every  time.Duration // between two samples of a thread, on average; 0: [DefaultEvery]
	Random *rand.Rand    // for the pauses between samples; nil: any
}

// Look looks at a broker once.
func Look(ctx context.Context, s *System, o Options) (*state.Host, error) {
	l, err := Open(ctx, s, o)
	if err != nil {
		return nil, err
	}
	defer l.Close()
	return l.Next(ctx)
}

// A Looker looks at the same broker again and again. It is not safe for concurrent use.
type Looker struct {
	s        *System
	o        Options
	p        *Process
	a        *sampler
	counters *counters
	unread   []state.HostUnread // of the beginning
	asked    bool               // the JVM was signalled
	hung     bool               // a read never came back
}

// Open finds the broker and asks its JVM for the names of its threads.
func Open(ctx context.Context, s *System, o Options) (*Looker, error) {
	o.For, o.Every = cmp.Or(o.For, DefaultFor), cmp.Or(o.Every, DefaultEvery)
	if o.Random == nil {
		o.Random = rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))
	}
	l := &Looker{s: s, o: o}
	var err error
	l.a, err = bounded(l, "", func() (*sampler, error) {
		p, err := choose(s, o.PID, o.Broker)
		if err != nil {
			return nil, err
		}
		return newSampler(s, p)
	})
	if err != nil {
		return nil, err
	}
	l.p = l.a.p
	l.name(ctx)
	if l.counters, err = s.openCounters(l.p); err != nil {
		l.unread = append(l.unread, unread("pauses of the JVM", err, l.p))
	}
	if _, err := bounded(l, proc(l.p.PID, "task"), func() (bool, error) { return true, l.a.refresh(time.Now()) }); err != nil {
		l.Close()
		return nil, err
	}
	l.newThreads() // the JVM has just been asked for their names
	return l, nil
}

// newThreads tells whether threads began since the JVM was asked for names.
func (l *Looker) newThreads() (some bool) {
	for _, t := range l.a.threads {
		some = some || !t.asked && t.name == ""
		t.asked = true
	}
	return some
}

// nameAgain asks for names again, where threads began since. The JVM has its socket by now, so that no signal is sent.
func (l *Looker) nameAgain(ctx context.Context) {
	if len(l.a.names) == 0 || !l.newThreads() {
		return
	}
	names, _, err := l.s.askNames(ctx, l.p)
	if err != nil {
		return // they are told apart as those without a name are
	}
	l.a.names = names
	for _, t := range l.a.threads {
		if t.name == "" {
			l.a.name(t)
		}
	}
	l.a.sort()
}

// Close closes what is open.
func (l *Looker) Close() {
	if l.hung {
		return // what hangs may still use it
	}
	if l.a != nil {
		l.a.close()
	}
	if l.counters != nil {
		l.counters.f.Close()
	}
}

// Process is the broker that is looked at.
func (l *Looker) Process() *Process { return l.p }

// Signalled tells whether the JVM was sent SIGQUIT, so that it opened the socket on which it names its threads.
func (l *Looker) Signalled() bool { return l.asked }

// name asks the JVM for names.
func (l *Looker) name(ctx context.Context) {
	names, signalled, err := l.s.askNames(ctx, l.p)
	l.asked = l.asked || signalled
	if err != nil {
		l.unread = append(l.unread, unread("names of threads", err, l.p))
		return
	}
	l.a.names = names
}

// bounded does something that reads files of /proc, which may block for ever. What do returns after it was given up is seen by nobody.
func bounded[T any](l *Looker, what string, do func() (T, error)) (value T, err error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		value, err := do()
		done <- result{value, err}
	}()
	limit := time.NewTimer(hangs + l.o.For)
	defer limit.Stop()
	select {
	case r := <-done:
		return r.value, r.err
	case <-limit.C:
	}
	l.hung = true
	if l.a != nil {
		if at := l.a.at.Load(); at != nil {
			what = *at
		}
	}
	return value, fmt.Errorf("reading %s didn't end within %s: the process may be stuck in the kernel", cmp.Or(what, "/proc"), hangs)
}

// Next looks for as long as the options say.
func (l *Looker) Next(ctx context.Context) (*state.Host, error) {
	return bounded(l, "", func() (*state.Host, error) { return l.look(ctx) })
}

func (l *Looker) look(ctx context.Context) (*state.Host, error) {
	cpu, _ := l.used()
	l.a.reset()
	if err := l.a.refresh(time.Now()); err != nil {
		return nil, err
	}
	l.nameAgain(ctx)
	began := time.Now()
	was := l.s.figures(l.p, began)
	var stops *pauses
	if l.counters != nil {
		stops, _ = l.counters.follow()
	}
	err := l.a.run(ctx, l.o.For, l.o.Every, l.o.Random, func() {
		if stops != nil {
			stops.look()
		}
	})
	if err != nil {
		return nil, err
	}
	now := time.Now()
	seconds := now.Sub(began).Seconds()
	end := l.s.figures(l.p, now)
	after, memory := l.used()
	h := &state.Host{
		Machine: l.s.Name, PID: l.p.PID, Broker: l.p.Broker, Roles: slices.Clone(l.p.Roles), At: now, Seconds: math.Round(seconds*1000) / 1000,
		Samples: l.a.rounds, Late: l.a.late, Names: state.NamesFromIdleCall, Stopped: share(l.a.stopped, l.a.rounds),
		Dirs: l.s.dirs(l.p, was, end), Around: l.s.around(l.p, was, end, l.s.cores()),
		Cost: state.HostCost{Core: (after - cpu).Seconds() / seconds, Memory: memory}, Unknown: slices.Clone(l.unread),
	}
	if len(l.a.names) > 0 {
		h.Names = state.NamesFromJVM
	}
	if l.counters != nil {
		h.Java = l.counters.java
	}
	switch {
	case stops != nil:
		h.Pauses = state.Read(stops.over(seconds), now, "hsperfdata")
	case l.counters != nil:
		h.Pauses = state.Missing[state.Pauses]("the JVM doesn't count its safepoints", now, "hsperfdata")
	default:
		h.Pauses = state.Missing[state.Pauses](errNoCounters.Error(), now, "hsperfdata")
	}
	if more := l.a.refused + l.a.missed(); more > 0 {
		h.Unknown = append(h.Unknown, state.HostUnread{What: fmt.Sprintf("what %d more threads do", more), Why: fmt.Sprintf("those that no request waits for take turns, %d of them in one sample; no more than %d are sampled at all, and no more than this user may have files open (ulimit -n)", inTurn, mostSampled)})
	}
	l.a.tellApart(now)
	h.Threads, h.Waits = l.a.threadsOf(seconds, now), l.a.waitsOf()
	return h, nil
}

func (l *Looker) used() (time.Duration, int64) {
	if l.s.Cost == nil {
		return 0, 0
	}
	return l.s.Cost()
}

func share(n, of int) float64 {
	if of <= 0 {
		return 0
	}
	return float64(n) / float64(of)
}

// tellApart gives a group to the threads whose names the kernel cuts so that they look alike: request handlers wait for work in a futex, network threads
// and acceptors at an epoll, that of an acceptor watches a socket that listens.
func (a *sampler) tellApart(now time.Time) {
	for _, t := range a.threads {
		if t.group != "" || t.n == 0 {
			continue
		}
		switch {
		case t.inPoll > t.inFutex:
			t.group = state.NetworkThreads
			listens, port := a.listens(t, now)
			if listens {
				t.group = state.Acceptors
			}
			t.listener = a.p.listener(port)
		case t.inFutex > 0:
			t.group = state.RequestHandlers
		default: // it was never idle: what a network thread does is sendfile, or reads and writes of sockets
			t.group = state.RequestHandlers
			for _, w := range a.all {
				if w.thread == t && w.socket != "" {
					t.group = state.NetworkThreads
				}
			}
		}
	}
}

// label is how a thread is called.
func (t *thread) label() string {
	if t.name != "" {
		return t.name
	}
	if what := map[state.ThreadGroup]string{state.NetworkThreads: "network thread", state.RequestHandlers: "request handler", state.Acceptors: "acceptor"}[t.group]; what != "" {
		return fmt.Sprintf("%s (thread %d)", what, t.tid)
	}
	return fmt.Sprintf("%s (thread %d)", t.comm, t.tid)
}

// groups are the groups in the order in which they are shown.
var groups = []state.ThreadGroup{state.NetworkThreads, state.RequestHandlers, state.Fetchers, state.Acceptors, state.CleanerThreads, state.PurgatoryThread,
	state.RaftThreads, state.SchedulerThread, state.GCThreads, state.VMThreads, state.OtherThreads}

// rank orders groups; those that aren't told apart yet are network threads and request handlers, and come first.
func rank(g state.ThreadGroup) int { return slices.Index(groups, g) }

func (a *sampler) threadsOf(seconds float64, now time.Time) []state.HostThread {
	out := []state.HostThread{}
	for _, t := range a.threads {
		if t.n == 0 {
			continue
		}
		h := state.HostThread{Group: t.group, Listener: t.listener, Name: t.label(), TID: t.tid, Disk: share(t.disk, t.n), Idle: share(t.idle, t.n), Samples: t.n, Calls: []state.CallShare{}}
		if t.cpu.known && t.cpuBefore.known && t.cpu.run+t.cpu.wait > 0 {
			h.OnCore = state.Read(min(1, float64(t.cpu.run-t.cpuBefore.run)/1e9/seconds), now, "schedstat")
			h.WaitingForCore = state.Read(min(1, float64(t.cpu.wait-t.cpuBefore.wait)/1e9/seconds), now, "schedstat")
		} else {
			h.OnCore = state.Missing[float64]("its schedstat can't be read", now, "schedstat")
			h.WaitingForCore = h.OnCore
		}
		for nr, n := range t.calls {
			if n.n > 0 {
				h.Calls = append(h.Calls, state.CallShare{Call: nameOf(a.calls, nr), Share: share(n.n, t.n), Disk: share(n.disk, t.n)})
			}
		}
		slices.SortFunc(h.Calls, func(x, y state.CallShare) int {
			return cmp.Or(cmp.Compare(y.Share, x.Share), strings.Compare(x.Call, y.Call))
		})
		// A proportion's standard error is largest for the share that is nearest to a half.
		worst := 0.0
		for _, p := range append([]float64{h.Idle, h.Disk}, largest(h.Calls)) {
			worst = max(worst, p*(1-p))
		}
		h.Error = 1.96 * math.Sqrt(worst/float64(max(t.taken, 1)))
		out = append(out, h)
	}
	slices.SortFunc(out, func(x, y state.HostThread) int {
		return cmp.Or(rank(x.Group)-rank(y.Group), strings.Compare(x.Listener, y.Listener), natural(x.Name, y.Name), x.TID-y.TID)
	})
	return out
}

func largest(calls []state.CallShare) float64 {
	if len(calls) == 0 {
		return 0
	}
	return calls[0].Share
}

func (a *sampler) waitsOf() []state.HostWait {
	out := []state.HostWait{}
	kept := slices.DeleteFunc(slices.Clone(a.all), func(w *wait) bool { return share(w.n, w.thread.n) < leastShare })
	slices.SortFunc(kept, func(x, y *wait) int {
		return cmp.Or(cmp.Compare(share(y.n, y.thread.n), share(x.n, x.thread.n)), x.thread.tid-y.thread.tid, x.key.nr-y.key.nr, strings.Compare(x.file, y.file))
	})
	if slices.ContainsFunc(kept, func(w *wait) bool { return w.socket != "" }) {
		a.sockets.load(time.Now())
	}
	for _, w := range kept[:min(mostWaits, len(kept))] {
		out = append(out, a.said(w))
	}
	a.whoseClients(out)
	return out
}

// natural compares names so that 10 comes after 9.
func natural(a, b string) int {
	x, y := strings.TrimRight(a, "0123456789"), strings.TrimRight(b, "0123456789")
	if x == y {
		return cmp.Or(len(a)-len(b), strings.Compare(a, b))
	}
	return strings.Compare(a, b)
}
