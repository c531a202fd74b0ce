package host

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"kdeck/ops/health"
	"kdeck/ops/kafkatest"
	"kdeck/ops/state"
)

// What takes minutes is for make soak: that what a look tells is right, and that it tells nothing of a broker that is well.
func TestWhatALookTellsIsRightOnRealKafka(t *testing.T) {
	kafkatest.Require(t)
	if os.Getenv("KDECK_SOAK") == "" {
		t.Skip("skipped: make soak runs it")
	}
	for _, version := range versions() {
		t.Run(version, func(t *testing.T) {
			o := observe(t, version, map[string]string{"num.network.threads": "1", "num.io.threads": "3", "log.flush.interval.messages": "1"})
			t.Run("cold pages beside strace, and who waits behind", o.besideStrace)
			t.Run("slow writes", o.slowWrites)
			t.Run("a busy core", o.busyCore)
			healthy := observe(t, version, nil)
			t.Run("nothing to do", healthy.idle)
			t.Run("load and nothing else", healthy.loaded)
		})
	}
}

// traced counts by strace for how long the threads of a process were in a call, as a share of the time that do took, summed over threads.
func traced(t *testing.T, pid int, call string, do func()) float64 {
	t.Helper()
	if _, err := exec.LookPath("strace"); err != nil {
		t.Skip("skipped: strace isn't in PATH")
	}
	out := filepath.Join(t.TempDir(), "strace")
	cmd := exec.CommandContext(t.Context(), "strace", "-f", "-c", "-w", "-e", "trace="+call, "-U", "time,total-time,calls,name", "-o", out, "-p", strconv.Itoa(pid))
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	// It says when it holds the first thread; the others follow at once.
	began := time.Now()
	do()
	took := time.Since(began).Seconds()
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatalf("%v: %s", err, said.String())
	}
	m := regexp.MustCompile(`(?m)^\s*[\d.]+\s+([\d.]+)\s+\d+\s+` + call + `$`).FindStringSubmatch(string(text))
	if m == nil {
		t.Fatalf("strace counted no %s:\n%s%s", call, text, said.String())
	}
	seconds, err := strconv.ParseFloat(m[1], 64)
	if err != nil {
		t.Fatal(err)
	}
	return seconds / took
}

// shareIn sums a call's shares over threads.
func shareIn(h *state.Host, call string) (sum float64) {
	for _, th := range h.Threads {
		for _, c := range th.Calls {
			if c.Call == call {
				sum += c.Share
			}
		}
	}
	return sum
}

func (o *observed) besideStrace(t *testing.T) {
	const topic = "cold"
	o.fill(t, topic, 400)
	evict(t, filepath.Join(o.dirOf(t, topic), "*"))
	quick, err := kgo.NewClient(kgo.SeedBrokers(o.Bootstrap()), kgo.DisableClientMetrics())
	if err != nil {
		t.Fatal(err)
	}
	defer quick.Close()
	asked := func() time.Duration { // how long the broker takes for a request that needs no disk
		began := time.Now()
		if err := quick.Ping(t.Context()); err != nil {
			t.Fatal(err)
		}
		return time.Since(began)
	}
	asked()
	before := asked()
	release := throttled(t, o.node.PID(), o.node.LogDirs()[0], "read", 8e6)
	defer release()
	_, done := o.consume(t, t.Context(), topic)
	defer done()
	l := o.open(t, true, 10*time.Second)
	next(t, o.open(t, true, 500*time.Millisecond)) // until the consumer reads
	var h *state.Host
	counted := traced(t, o.node.PID(), "sendfile", func() { h = next(t, l) })
	told := shareIn(h, "sendfile")
	t.Logf("sendfile %.1f%% of the time, by strace %.1f%%", 100*told, 100*counted)
	if off := told - counted; off > 0.05 || off < -0.05 {
		t.Errorf("sendfile takes %.3f of the time, by strace %.3f", told, counted)
	}
	// Who shares the thread is slow, and the finding says that others wait.
	var slow time.Duration
	bound := 10*time.Millisecond + 2*before
	for until := time.Now().Add(10 * time.Second); slow < bound && time.Now().Before(until); <-time.After(20 * time.Millisecond) {
		slow = max(slow, asked())
	}
	h = next(t, l)
	i := slices.IndexFunc(health.HostFindings(h), func(f state.Finding) bool { return f.Code == health.HostNetworkOnDisk })
	if i < 0 {
		t.Fatalf("not found: %+v", h.Waits)
	}
	f := health.HostFindings(h)[i]
	t.Logf("a request that needs no disk took %v, and %v meanwhile: %s", before, slow, f.Sentence)
	if slow < bound || !strings.Contains(f.Sentence, "behind it") {
		t.Errorf("%v and %v: %s", before, slow, f.Sentence)
	}
}

// produce writes to a topic until the returned function is called.
func (o *observed) produce(t *testing.T, topic string, size int, pause time.Duration) (done func() []time.Duration) {
	t.Helper()
	c, _ := o.client(t, kgo.DefaultProduceTopic(topic), kgo.ProducerLinger(0), kgo.ProducerBatchMaxBytes(2_000_000), kgo.ProducerBatchCompression(kgo.NoCompression()))
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan []time.Duration)
	go func() {
		var took []time.Duration
		for ctx.Err() == nil {
			began := time.Now()
			if err := c.ProduceSync(ctx, &kgo.Record{Value: make([]byte, size)}).FirstErr(); err == nil {
				took = append(took, time.Since(began))
			}
			select {
			case <-ctx.Done():
			case <-time.After(pause):
			}
		}
		ended <- took
	}()
	return func() []time.Duration { cancel(); return <-ended }
}

func (o *observed) slowWrites(t *testing.T) {
	const topic = "slow"
	o.fill(t, topic, 1)
	release := throttled(t, o.node.PID(), o.node.LogDirs()[0], "write", 4e6)
	defer release()
	var dones []func() []time.Duration
	for range 3 {
		dones = append(dones, o.produce(t, topic, 900_000, 0))
	}
	h := next(t, o.open(t, true, 8*time.Second))
	release()
	for _, done := range dones {
		done()
	}
	all := health.HostFindings(h)
	i := slices.IndexFunc(all, func(f state.Finding) bool { return f.Code == health.HostHandlersWrite })
	if i < 0 {
		t.Fatalf("not found: %+v\n%+v", all, h.Waits)
	}
	t.Log(all[i].Sentence)
	if dir := filepath.Dir(o.dirOf(t, topic)); !strings.Contains(all[i].Sentence, dir) {
		t.Errorf("it doesn't name %s: %s", dir, all[i].Sentence)
	}
}

// busyCore lets processes spin beside the broker on the one core that it may use.
func (o *observed) busyCore(t *testing.T) {
	o.fill(t, "busy", 1)
	pin := func(pid int, cores string) {
		if out, err := exec.CommandContext(t.Context(), "taskset", "-a", "-p", "-c", cores, strconv.Itoa(pid)).CombinedOutput(); err != nil {
			t.Skipf("skipped: the broker can't be held to a core: %v: %s", err, out)
		}
	}
	pin(o.node.PID(), "0")
	defer pin(o.node.PID(), "0-1023")
	for range 3 {
		spin := exec.CommandContext(t.Context(), "taskset", "-c", "0", "sh", "-c", "while :; do :; done")
		if err := spin.Start(); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = spin.Process.Kill(); _ = spin.Wait() }()
	}
	var dones []func() []time.Duration
	for range 4 {
		dones = append(dones, o.produce(t, "busy", 1000, 0))
	}
	l := o.open(t, true, 8*time.Second)
	before, began := waitedFor(t, o.node.PID()), time.Now()
	h := next(t, l)
	after, took := waitedFor(t, o.node.PID()), time.Since(began).Seconds()
	for _, done := range dones {
		done()
	}
	for _, f := range health.HostFindings(h) {
		t.Logf("%s: %s", f.Code, f.Sentence)
	}
	waited, off := 0.0, 0.0
	for _, th := range h.Threads {
		told, was := th.WaitingForCore.Or(0), (after[th.TID]-before[th.TID])/took
		waited, off = max(waited, told), max(off, told-was, was-told)
		if told > was+0.05 || told < was-0.05 {
			t.Errorf("%s waits for a core for %.3f of the time, by the kernel %.3f", th.Name, told, was)
		}
	}
	t.Logf("who waits most waits %.3f of the time; no thread is off by more than %.3f", waited, off)
	if waited < 0.1 {
		t.Errorf("no thread waits for a core for more than %.2f of the time", waited)
	}
}

// waitedFor is for how many seconds each thread of a process has waited for a core.
func waitedFor(t *testing.T, pid int) map[int]float64 {
	t.Helper()
	seconds := map[int]float64{}
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	if err != nil || len(files) == 0 {
		t.Fatalf("no threads: %v", err)
	}
	for _, name := range files {
		tid, err := strconv.Atoi(filepath.Base(filepath.Dir(name)))
		if err != nil {
			t.Fatal(err)
		}
		var ran, waited float64
		if text, err := os.ReadFile(name); err == nil {
			if _, err := fmt.Sscan(string(text), &ran, &waited); err != nil {
				t.Fatal(err)
			}
		}
		seconds[tid] = waited / 1e9
	}
	return seconds
}

// idle looks at a broker that has nothing to do.
func (o *observed) idle(t *testing.T) {
	for range healthyLooks {
		well(t, next(t, o.open(t, true, 5*time.Second)))
	}
}

// healthyLooks is how often a broker that is well is looked at: none of them may find anything.
const healthyLooks = 10

// loaded looks at a broker that has work and is well, and tells what the looks cost its producers.
func (o *observed) loaded(t *testing.T) {
	o.fill(t, "loaded", 1)
	p99 := func(look bool) time.Duration {
		done := o.produce(t, "loaded", 1000, 5*time.Millisecond)
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		if look {
			h := next(t, o.open(t, true, 5*time.Second))
			well(t, h)
			t.Logf("%.2f%% of a core, %d kB, %d samples, %d left out", 100*h.Cost.Core, h.Cost.Memory>>10, h.Samples, h.Late)
		} else {
			<-ctx.Done()
		}
		took := done()
		slices.Sort(took)
		return took[len(took)*99/100]
	}
	var with, without []time.Duration
	for range healthyLooks {
		without = append(without, p99(false))
		with = append(with, p99(true))
	}
	slices.Sort(with)
	slices.Sort(without)
	t.Logf("p99 of produce with a look %v, without %v (medians of %d)", with[len(with)/2], without[len(without)/2], len(with))
}
