package host

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"kdeck/ops/state"
)

const (
	// mostSampled is how many threads are sampled at the most, two descriptors each. A broker has some hundred.
	mostSampled = 1000
	// seldom is at how many rounds a thread is sampled once that no request waits for: one read of its file takes the kernel some 4 µs.
	seldom = 5
	// threadsEvery is how often new threads are looked for.
	threadsEvery = time.Second
)

// thread is one thread of the JVM in a look.
type thread struct {
	tid             int
	name            string // "" where the JVM wasn't asked
	comm            string
	group           state.ThreadGroup // "" for one of those that look alike without names
	listener        string
	syscall, stat   file
	epoll           int // the descriptor of the epoll that it waits at; -1: not seen
	ended           bool
	n, idle, disk   int
	inFutex, inPoll int           // of idle
	calls           map[int]*hits // by number
	cpu, cpuBefore  schedstat
}

// hits counts samples.
type hits struct{ n, disk int }

// schedstat is what /proc/PID/task/TID/schedstat says, in nanoseconds.
type schedstat struct {
	run, wait uint64
	known     bool
}

// sampler looks again and again at what each thread is doing.
type sampler struct {
	s       *System
	p       *Process
	calls   map[int]*call
	names   map[int]string // by inner id
	threads map[int]*thread
	refused int // threads that were not sampled, since there were too many
	waits   map[waitKey]*wait
	all     []*wait // those too whose descriptor means something else by now
	sockets *sockets
	stat    file // of the process, for whether it was stopped
	stopped int
	rounds  int
	late    int
	listed  time.Time
	buf     [4096]byte
	at      atomic.Pointer[thread] // whose files are read now, for who waits
}

func newSampler(s *System, p *Process) (*sampler, error) {
	calls := callsOf(s.Arch)
	if calls == nil {
		return nil, fmt.Errorf("the numbers of system calls on %s aren't known: kdeck host knows amd64 and arm64", s.Arch)
	}
	a := &sampler{s: s, p: p, calls: calls, threads: map[int]*thread{}, sockets: &sockets{s: s, pid: p.PID}}
	var err error
	if a.stat, err = s.open(proc(p.PID, "stat")); err != nil {
		return nil, fmt.Errorf("read %s: %w", proc(p.PID, "stat"), short(err))
	}
	a.reset()
	return a, nil
}

// reset begins a new look with the same threads.
func (a *sampler) reset() {
	a.waits, a.all, a.rounds, a.late, a.stopped = map[waitKey]*wait{}, nil, 0, 0, 0
	for tid, t := range a.threads {
		if t.ended {
			delete(a.threads, tid)
			continue
		}
		t.n, t.idle, t.disk, t.inFutex, t.inPoll = 0, 0, 0, 0, 0
		clear(t.calls)
		t.cpuBefore = t.cpu
	}
}

func (a *sampler) close() {
	a.stat.Close()
	for _, t := range a.threads {
		t.close()
	}
}

func (t *thread) close() {
	for _, f := range []file{t.syscall, t.stat} {
		if f != nil {
			f.Close()
		}
	}
	t.syscall, t.stat = nil, nil
}

// refresh looks for threads that began.
func (a *sampler) refresh(now time.Time) error {
	a.listed = now
	tids, err := a.s.numbers(proc(a.p.PID, "task"))
	if gone(err) || err == nil && len(tids) == 0 {
		return fmt.Errorf("process %d has ended", a.p.PID)
	}
	if err != nil {
		return fmt.Errorf("list the threads of process %d: %w", a.p.PID, err)
	}
	a.refused = 0
	var fresh []*thread
	for _, tid := range tids {
		if a.threads[tid] == nil {
			fresh = append(fresh, a.begin(tid))
		}
	}
	slices.SortStableFunc(fresh, func(x, y *thread) int { return rank(x.group) - rank(y.group) })
	for _, t := range fresh {
		if len(a.threads) >= mostSampled {
			a.refused++
			continue
		}
		dir := proc(a.p.PID, "task", strconv.Itoa(t.tid))
		if t.syscall, err = a.s.open(dir + "/syscall"); err == nil {
			_, err = a.read(t.syscall) // the kernel may refuse it only now
		}
		if err == nil {
			t.stat, err = a.s.open(dir + "/stat")
		}
		if err != nil {
			t.close()
			if gone(err) {
				continue
			}
			u := unread("", err, a.p)
			who := ""
			if u.Who != "" {
				who = ": run kdeck as " + u.Who
			}
			return fmt.Errorf("read %s/syscall: %s%s", dir, u.Why, who)
		}
		t.cpu = a.schedstat(t.tid)
		t.cpuBefore = t.cpu
		a.threads[t.tid] = t
	}
	return nil
}

// begin makes a thread with what is known of its name.
func (a *sampler) begin(tid int) *thread {
	t := &thread{tid: tid, epoll: none, calls: map[int]*hits{}}
	comm, _ := a.s.read(proc(a.p.PID, "task", strconv.Itoa(tid), "comm"))
	t.comm = strings.TrimSuffix(comm, "\n")
	a.name(t)
	return t
}

// name gives a thread its name and group.
func (a *sampler) name(t *thread) {
	if name, ok := a.names[a.s.inner(a.p, t.tid)]; ok {
		t.name = name
		t.group, t.listener = groupOf(name)
		return
	}
	t.group = groupOfComm(t.comm)
}

func (a *sampler) read(f file) ([]byte, error) {
	n, err := f.ReadAt(a.buf[:], 0)
	if n > 0 {
		return a.buf[:n], nil
	}
	return nil, err
}

func (a *sampler) schedstat(tid int) (s schedstat) {
	text, err := a.s.read(proc(a.p.PID, "task", strconv.Itoa(tid), "schedstat"))
	if err != nil {
		return s
	}
	if f := strings.Fields(text); len(f) >= 2 {
		var err1, err2 error
		s.run, err1 = strconv.ParseUint(f[0], 10, 64)
		s.wait, err2 = strconv.ParseUint(f[1], 10, 64)
		s.known = err1 == nil && err2 == nil
	}
	return s
}

// run samples for a while. each is called after every round.
func (a *sampler) run(ctx context.Context, length, every time.Duration, random *rand.Rand, each func()) error {
	began := time.Now()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for next := began; ; {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-timer.C:
		}
		now := time.Now()
		if now.Sub(began) >= length {
			break
		}
		if now.Sub(a.listed) >= threadsEvery {
			if err := a.refresh(now); err != nil {
				return err
			}
		}
		if err := a.round(now); err != nil {
			return err
		}
		each()
		// The pauses differ, so that what the broker does at regular times is met by chance too.
		next = next.Add(every/2 + time.Duration(random.Int64N(int64(every))))
		for now = time.Now(); next.Before(now); next = next.Add(every) {
			a.late++
		}
		timer.Reset(next.Sub(now))
	}
	for _, t := range a.threads {
		if s := a.schedstat(t.tid); s.known {
			t.cpu = s
		}
	}
	return nil
}

// round looks at every thread once.
func (a *sampler) round(now time.Time) error {
	b, err := a.read(a.stat)
	if err != nil || len(b) == 0 {
		return fmt.Errorf("process %d ended during the look", a.p.PID)
	}
	switch stateOf(b) {
	case 'Z', 'X', 'x':
		return fmt.Errorf("process %d ended during the look", a.p.PID)
	case 'T', 't':
		a.stopped++
	}
	a.rounds++
	for _, t := range a.threads {
		if !t.ended && (t.serves() || (a.rounds+t.tid)%seldom == 0) {
			a.look(t, now)
		}
	}
	return nil
}

// serves tells whether requests wait for what the thread does.
func (t *thread) serves() bool {
	switch t.group {
	case state.NetworkThreads, state.RequestHandlers, state.Fetchers, state.CleanerThreads, "":
		return true
	}
	return false
}

// look takes one sample of a thread.
func (a *sampler) look(t *thread, now time.Time) {
	a.at.Store(t)
	b, err := a.read(t.syscall)
	if err != nil {
		t.ended = true
		t.close()
		return
	}
	e, ok := parseEntry(b)
	if !ok {
		return
	}
	c := a.calls[e.nr]
	if c != nil && c.idle {
		epoll := strings.HasPrefix(c.name, "epoll")
		if epoll {
			t.epoll = int(int32(e.args[0]))
			t.inPoll++
		} else if c.name == "futex" {
			t.inFutex++
		}
		// A network thread waits for work at its epoll: in a futex it waits for a lock.
		if epoll || c.name != "futex" || t.group != state.NetworkThreads {
			t.n++
			t.idle++
			return
		}
	}
	if b, err = a.read(t.stat); err != nil {
		t.ended = true
		t.close()
		return
	}
	t.n++
	waits := stateOf(b) == 'D'
	if waits {
		t.disk++
	}
	if e.nr < 0 {
		if !waits {
			return // it runs, or waits for a core, which the kernel counts
		}
		e = entry{nr: pageFault}
	}
	h := t.calls[e.nr]
	if h == nil {
		h = &hits{}
		t.calls[e.nr] = h
	}
	h.n++
	if waits {
		h.disk++
	}
	a.waitFor(t, e, c, waits, now)
}
