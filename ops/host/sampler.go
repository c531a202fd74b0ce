package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"kdeck/ops/state"
)

const (
	// mostSampled is how many threads are sampled at the most, two descriptors each. A broker has some hundred.
	mostSampled = 1000
	// threadsEvery is how often new threads are looked for.
	threadsEvery = time.Second
	// inTurn is how many of the threads that no client waits for are sampled in one round: they take turns, so that a look costs the same however many there are.
	inTurn = 6
	// settled is after how many idle samples in a row a thread is looked at in one round of seldom only, until it isn't idle: most threads are, most of the time.
	settled = 16
	seldom  = 8
)

// sampledAlways tells whether a thread is sampled in each round: clients wait for it.
func (t *thread) sampledAlways() bool {
	switch t.group {
	case state.NetworkThreads, state.RequestHandlers, state.Fetchers, state.CleanerThreads, "":
		return true
	}
	return false
}

// thread is one thread of the JVM in a look.
type thread struct {
	tid             int
	name            string // "" where the JVM wasn't asked
	comm            string
	group           state.ThreadGroup // "" for one of those that look alike without names
	listener        string
	syscall, stat   Held
	path            string        // of syscall
	epoll           int           // the descriptor of the epoll that it waits at; -1: not seen
	served          time.Time     // when its epoll was last read
	asked, ended    bool          // the JVM was asked for its name
	n, idle, disk   int           // rounds that its samples stand for
	taken, row      int           // samples; idle ones in a row
	skipped         int           // rounds since the last sample
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
	always  []*thread
	turns   []*thread // those that take turns
	turn    int
	refused int // threads that were not sampled, since there were too many
	waits   map[waitKey]*wait
	all     []*wait // those too whose descriptor means something else by now
	sockets *sockets
	serves  map[int]map[string]bool // by epoll: the inodes of the sockets that it watched
	stat    Held                    // of the process, for whether it was stopped
	path    string
	stopped int
	rounds  int
	late    int
	listed  time.Time
	buf     [4096]byte
	at      atomic.Pointer[string] // the file that is read now, for who waits
}

func newSampler(s *System, p *Process) (*sampler, error) {
	calls := callsOf(s.Arch)
	if calls == nil {
		return nil, fmt.Errorf("the numbers of system calls on %s aren't known: kdeck host knows amd64 and arm64", s.Arch)
	}
	a := &sampler{s: s, p: p, calls: calls, threads: map[int]*thread{}, sockets: &sockets{s: s, pid: p.PID}, path: proc(p.PID, "stat")}
	// Where only the first thread is asked for, the kernel needn't add up all of them. It tells a stop of the whole process too.
	first, err := s.open(proc(p.PID, "task", strconv.Itoa(p.PID), "stat"))
	if a.stat = first; gone(err) {
		a.stat, err = s.open(a.path)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", proc(p.PID, "stat"), short(err))
	}
	a.reset()
	return a, nil
}

// reset begins a new look with the same threads.
func (a *sampler) reset() {
	a.serves = map[int]map[string]bool{}
	a.waits, a.all, a.rounds, a.late, a.stopped = map[waitKey]*wait{}, nil, 0, 0, 0
	for tid, t := range a.threads {
		if t.ended {
			delete(a.threads, tid)
			continue
		}
		t.n, t.idle, t.disk, t.taken, t.skipped, t.inFutex, t.inPoll, t.served = 0, 0, 0, 0, 0, 0, 0, time.Time{}
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
	for _, f := range []Held{t.syscall, t.stat} {
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
		t.path = dir + "/syscall"
		if t.syscall, err = a.s.open(t.path); err == nil {
			_, err = a.read(t.syscall, &t.path) // the kernel may refuse it only now
		}
		if err == nil {
			t.stat, err = a.s.open(dir + "/stat")
		}
		if err != nil {
			t.close()
			switch {
			case gone(err), errors.Is(err, io.EOF):
				continue
			case errors.Is(err, syscall.EMFILE): // of this process
				a.refused++
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
	a.sort()
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

// read reads what a file says now, without making garbage.
func (a *sampler) read(f Held, name *string) ([]byte, error) {
	a.at.Store(name)
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
		if a.s.Sleep == nil {
			select {
			case <-ctx.Done():
			case <-timer.C:
			}
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
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
		if a.s.Sleep == nil {
			timer.Reset(next.Sub(now))
		} else {
			a.s.Sleep(next.Sub(now))
		}
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
	b, err := a.read(a.stat, &a.path)
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
	for _, t := range a.always {
		switch {
		case t.ended:
		case t.row >= settled && t.skipped < seldom-1:
			t.skipped++
		default:
			a.look(t, now)
		}
	}
	for range min(inTurn, len(a.turns)) {
		a.turn = (a.turn + 1) % len(a.turns)
		if t := a.turns[a.turn]; !t.ended {
			a.look(t, now)
		}
	}
	return nil
}

// missed counts the threads whose turn didn't come.
func (a *sampler) missed() (n int) {
	for _, t := range a.turns {
		if t.n == 0 && !t.ended {
			n++
		}
	}
	return n
}

// sort puts the threads where round finds them.
func (a *sampler) sort() {
	a.always, a.turns = a.always[:0], a.turns[:0]
	for _, t := range a.threads {
		switch {
		case t.ended:
		case t.sampledAlways():
			a.always = append(a.always, t)
		default:
			a.turns = append(a.turns, t)
		}
	}
}

// look takes one sample of a thread.
func (a *sampler) look(t *thread, now time.Time) {
	b, err := a.read(t.syscall, &t.path)
	if err == io.EOF {
		return
	}
	if err != nil {
		t.ended = true
		t.close()
		return
	}
	e, ok := parseEntry(b)
	if !ok {
		return
	}
	weight := t.rounds()
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
			t.n += weight
			t.idle += weight
			t.row++
			return
		}
	}
	if b, err = a.read(t.stat, &t.path); err != nil {
		t.ended = true
		t.close()
		return
	}
	t.n += weight
	t.row = 0
	waits := stateOf(b) == 'D'
	if e.nr < 0 {
		if !waits {
			return // it runs, or waits for a core, which the kernel counts
		}
		// It may have gone into a call between the two.
		if b, err = a.read(t.syscall, &t.path); err != nil {
			return
		}
		if e, ok = parseEntry(b); !ok || e.nr < 0 {
			e = entry{nr: pageFault}
		}
		c = a.calls[e.nr]
	}
	if waits = waits && (c == nil || !c.memory()); waits {
		t.disk += weight
	}
	h := t.calls[e.nr]
	if h == nil {
		h = &hits{}
		t.calls[e.nr] = h
	}
	h.n += weight
	if waits {
		h.disk += weight
	}
	a.waitFor(t, e, c, waits, weight, now)
}

// rounds is how many rounds a sample stands for. Of those that were skipped before it, half were as the sample before them, idle: nobody knows when that ended.
func (t *thread) rounds() int {
	t.taken++
	before := (t.skipped + t.taken&1) / 2
	t.n += before
	t.idle += before
	weight := 1 + t.skipped - before
	t.skipped = 0
	return weight
}
