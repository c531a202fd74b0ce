package subcmd_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"kdeck/ops/plan"
	"kdeck/ops/sim"
)

// soaking is how many rounds make soak wants; 0: this is an ordinary run of the tests.
func soaking() int {
	n, _ := strconv.Atoi(os.Getenv("KDECK_SOAK"))
	return n
}

// Processes of drains are killed, interrupted and showered with signals at any moment, in every second round those of two
// operators on two machines. When each has run its command again, the assignment is as planned and the throttles are as before.
func TestDrainsSurviveWhateverHappensToTheirProcesses(t *testing.T) {
	for seed := range uint64(cmp.Or(soaking(), 6)) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			r := &killing{t: t, rng: rand.New(rand.NewPCG(seed, 12))}
			r.prepare(seed)
			r.round()
		})
	}
}

// killing is one round.
type killing struct {
	t    *testing.T
	rng  *rand.Rand
	sim  *sim.Cluster
	jobs []*job

	throttles map[string]string // before
	factors   map[string]int
	planned   map[string][]int32 // of the partitions that plan files name
}

// job is what one operator wants done.
type job struct {
	*operator
	words   []string
	flags   []string
	drained int32
	rng     *rand.Rand
}

// size makes partitions smaller where there is little time.
func (r *killing) size(bytes int64) int64 {
	if soaking() == 0 {
		return bytes / 3
	}
	return bytes
}

func (r *killing) prepare(seed uint64) {
	t := r.t
	r.sim = served(t, sim.Options{Brokers: 6, Racks: 3, Topics: 4, Partitions: 16, PartitionBytes: r.size(3e6) + r.rng.Int64N(r.size(3e6)), Seed: seed})
	for b := int32(1); b <= 6; b++ {
		if r.rng.IntN(4) == 0 {
			must(t, r.sim.SetBrokerConfig(b, "leader.replication.throttled.rate", fmt.Sprint(20e6+r.rng.Int64N(50e6))))
		}
	}
	r.throttles, r.factors, r.planned = r.sim.Throttles(), r.factorsNow(), map[string][]int32{}
	operators := 1 + int(seed%2)
	files := seed/2%2 == 1 // the plans are made before, and applied
	for i := range operators {
		j := &job{operator: newOperator(t, r.sim), drained: int32(5 + i), rng: rand.New(rand.NewPCG(seed, uint64(100+i)))}
		others := slices.DeleteFunc([]string{"1", "2", "3", "4"}, func(b string) bool { return b == fmt.Sprint(4-i) && r.rng.IntN(2) == 0 })
		j.words = []string{"drain", fmt.Sprint(j.drained), "--to", strings.Join(others, ",")}
		j.flags = []string{"--execute", "--throttle", []string{"4MB", "6MB", "9MB"}[r.rng.IntN(3)], "-m", fmt.Sprint(1 + r.rng.IntN(6))}
		if files {
			j.words = []string{"apply", r.file(j)}
		}
		r.jobs = append(r.jobs, j)
	}
}

// file writes the plan of a drain, without the partitions that another plan names.
func (r *killing) file(j *job) string {
	out := j.run(append([]string{"plan"}, append(j.words, "-o", "json")...)...)
	var doc struct{ Partitions []plan.Assignment }
	if err := json.Unmarshal([]byte(out.out), &doc); err != nil {
		r.t.Fatalf("%v in %s%s", err, out.out, out.err)
	}
	doc.Partitions = slices.DeleteFunc(doc.Partitions, func(a plan.Assignment) bool { return r.planned[fmt.Sprintf("%s-%d", a.Topic, a.Partition)] != nil })
	for _, a := range doc.Partitions {
		r.planned[fmt.Sprintf("%s-%d", a.Topic, a.Partition)] = a.Replicas
	}
	return planFile(r.t, doc.Partitions)
}

func (r *killing) factorsNow() map[string]int {
	all := map[string]int{}
	for _, p := range r.sim.Partitions() {
		all[fmt.Sprintf("%s-%d", p.Topic, p.Partition)] = len(p.Replicas)
	}
	return all
}

func (j *job) begin() *child {
	j.t.Helper()
	args := append(slices.Clone(j.words), j.flags...)
	return j.start(append(args, "--confirm", j.phrase(j.words...))...)
}

// A harm is done to a process.
type harm func(rng *rand.Rand, c *child)

var harms = map[string]harm{
	"kill -9": func(_ *rand.Rand, c *child) { c.send(syscall.SIGKILL) },
	"ctrl-c":  func(_ *rand.Rand, c *child) { c.send(syscall.SIGINT) },
	"double ctrl-c": func(rng *rand.Rand, c *child) {
		c.send(syscall.SIGINT)
		time.Sleep(310*time.Millisecond + time.Duration(rng.IntN(600))*time.Millisecond)
		c.send(syscall.SIGINT)
	},
	"quit": func(_ *rand.Rand, c *child) { c.send(syscall.SIGQUIT) },
	"storm": func(rng *rand.Rand, c *child) {
		for range 5 + rng.IntN(20) {
			c.send([]syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE, syscall.SIGQUIT, syscall.SIGINT}[rng.IntN(6)])
			time.Sleep(time.Duration(rng.IntN(120)) * time.Millisecond)
		}
	},
	"storm, then kill -9": func(rng *rand.Rand, c *child) {
		for range rng.IntN(6) {
			c.send([]syscall.Signal{syscall.SIGINT, syscall.SIGHUP, syscall.SIGTERM}[rng.IntN(3)])
			time.Sleep(time.Duration(rng.IntN(100)) * time.Millisecond)
		}
		c.send(syscall.SIGKILL)
	},
}

// harmed runs the job once, and harms it at some moment.
func (j *job) harmed() (what string, code int) {
	what = slices.Sorted(maps.Keys(harms))[j.rng.IntN(len(harms))]
	c := j.begin()
	if j.rng.IntN(5) > 0 { // at a moment of the moves; else of the process
		eventually(j.t, "something is submitted", func() (bool, string) {
			out := c.out.String()
			return strings.Contains(out, "submitted ") || strings.Contains(c.err.String(), "nothing is changed") || slices.ContainsFunc([]string{"done: ", "partial: ", "failed: "}, func(s string) bool { return strings.Contains(out, "  "+s) }), out + c.err.String()
		})
		most := 2500
		if soaking() == 0 {
			most = 800
		}
		time.Sleep(time.Duration(j.rng.IntN(most)) * time.Millisecond)
	} else {
		time.Sleep(time.Duration(j.rng.IntN(400)) * time.Millisecond)
	}
	harms[what](j.rng, c)
	code = c.code()
	j.check(c, what, code)
	return what, code
}

// check compares a process's exit code with what it said.
func (j *job) check(c *child, what string, code int) {
	out := c.out.String()
	said := ""
	for _, result := range []string{"done: ", "partial: ", "failed: "} {
		if strings.Contains(out, "  "+result) {
			said = strings.TrimSuffix(result, ": ")
		}
	}
	began := strings.Contains(out, "submitted ") || strings.Contains(out, "replication limited")
	killed := strings.Contains(what, "kill -9")
	switch {
	case code == 0 && said == "done", code == 1 && (said == "partial" || said == "failed"):
	case code < 0 && killed: // whatever it said before
	case (code == 2 || code == 128+int(syscall.SIGQUIT) || code < 0) && !began: // it had sent nothing
	case said != "" && code < 0 && !killed:
		j.t.Errorf("%s: it said %s, and a signal ended it\n%s%s", what, said, out, c.err)
	default:
		j.t.Errorf("%s: exit %d, and it said %q\n%s%.2000s", what, code, said, out, c.err)
	}
	if said == "partial" && strings.Contains(out, "abandoned: ") && !strings.Contains(out, "next: ") {
		j.t.Errorf("%s: what to do next isn't said:\n%s", what, out)
	}
}

// again runs the job unharmed.
func (j *job) again() (code int, said string) {
	c := j.begin()
	code = c.code()
	j.check(c, "nothing", code)
	return code, c.out.String() + c.err.String()
}

func (r *killing) round() {
	t := r.t
	watched := make(chan struct{})
	var lifted atomic.Int32
	go r.watch(watched, &lifted)
	done := make(chan string, 100)
	for _, j := range r.jobs {
		go func() {
			log := ""
			defer func() { done <- log }() // also where the test fails
			for range 1 + j.rng.IntN(2) {
				what, code := j.harmed()
				log += fmt.Sprintf("%s: exit %d; ", what, code)
			}
		}()
	}
	var log string
	for range r.jobs {
		log += <-done
	}
	// All at once, then one after the other, until all of them have nothing left to do.
	finished := make(chan struct{}, len(r.jobs))
	for _, j := range r.jobs {
		go func() {
			defer func() { finished <- struct{}{} }()
			code, said := j.again()
			if code != 0 && len(r.jobs) == 1 {
				t.Errorf("the same command again: exit %d\n%s", code, said)
			}
		}()
	}
	for range r.jobs {
		<-finished
	}
	reruns := 0
	for all := false; !all && reruns < 8 && len(r.jobs) > 1; reruns++ {
		all = true
		for _, j := range r.jobs {
			if code, said := j.again(); code != 0 {
				all = false
				if reruns == 7 {
					t.Errorf("the same command again: exit %d\n%s", code, said)
				}
			}
		}
	}
	close(watched)
	r.compare()
	if n := lifted.Load(); n > 0 && len(r.jobs) == 1 {
		t.Errorf("%d times a rate was lifted under a move", n)
	}
	t.Logf("%d operators, %s: %s%d reruns, %d rates lifted under moves", len(r.jobs), strings.Join(r.jobs[0].words[:1], " "), log, reruns, lifted.Load())
}

// watch counts the rates that go away while a move touches their broker.
func (r *killing) watch(stop chan struct{}, lifted *atomic.Int32) {
	last, touched := map[string]string{}, map[int32]bool{}
	for {
		select {
		case <-stop:
			return
		case <-time.After(20 * time.Millisecond):
		}
		before := touched
		touched = map[int32]bool{}
		for _, m := range r.sim.Reassignments() {
			for _, b := range m.Replicas {
				touched[b] = true
			}
		}
		now := r.sim.Throttles()
		for key := range last {
			var b int32
			if _, err := fmt.Sscanf(key, "broker %d ", &b); err == nil && now[key] == "" && before[b] && touched[b] {
				lifted.Add(1)
			}
		}
		last = now
	}
}

// journals are what all operators did to brokers' rates, in order.
func (r *killing) journals() string {
	var lines []string
	for i, j := range r.jobs {
		paths, _ := filepath.Glob(filepath.Join(j.state, "kdeck", "journal", "*.jsonl"))
		for _, path := range paths {
			text, _ := os.ReadFile(path)
			for line := range strings.Lines(string(text)) {
				var e struct {
					Time   string
					Before json.RawMessage
					Event  struct{ Event, Time string }
				}
				if json.Unmarshal([]byte(line), &e) == nil && (strings.Contains(line, "throttled.rate") || e.Event.Event == "end") {
					lines = append(lines, fmt.Sprintf("%s%s operator %d: %.1500s", e.Time, e.Event.Time, i, line))
				}
			}
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}

// compare looks at what is left.
func (r *killing) compare() {
	t := r.t
	if left := r.sim.Reassignments(); len(left) > 0 {
		t.Errorf("in flight: %v", left)
	}
	for _, p := range r.sim.Partitions() {
		name := fmt.Sprintf("%s-%d", p.Topic, p.Partition)
		if want := r.planned[name]; want != nil && !slices.Equal(p.Replicas, want) {
			t.Errorf("%s is on %v, planned %v", name, p.Replicas, want)
		}
		for _, j := range r.jobs {
			if len(r.planned) == 0 && slices.Contains(p.Replicas, j.drained) {
				t.Errorf("%s is still on %d: %v", name, j.drained, p.Replicas)
			}
		}
	}
	if now := r.factorsNow(); !maps.Equal(now, r.factors) {
		t.Errorf("replication factors are %v, were %v", now, r.factors)
	}
	if now := r.sim.Throttles(); !maps.Equal(now, r.throttles) {
		t.Errorf("throttles are\n%v, were\n%v\n%s", now, r.throttles, r.journals())
	}
	for _, j := range r.jobs {
		if left, _ := filepath.Glob(filepath.Join(j.state, "kdeck", "ledger", "*.json")); len(left) > 0 {
			text, _ := os.ReadFile(left[0])
			t.Errorf("a ledger is left: %s", text)
		}
	}
}
