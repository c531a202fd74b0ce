package host

import (
	"context"
	"crypto/rand"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"kdeck/ops/health"
	"kdeck/ops/kafkatest"
	"kdeck/ops/state"
)

// versions are those that a test runs on: all of them in make soak.
func versions() []string {
	if os.Getenv("KDECK_SOAK") != "" {
		return kafkatest.Versions()
	}
	return []string{kafkatest.V43}
}

// observed is a broker with what it logs of its safepoints.
type observed struct {
	*kafkatest.Cluster
	node       *kafkatest.Node
	safepoints string
}

func observe(t *testing.T, version string, properties map[string]string) *observed {
	log := filepath.Join(t.TempDir(), "safepoints.log")
	c := kafkatest.Start(t, kafkatest.Options{Version: version, Properties: properties, RequestLog: true,
		JVM: []string{"-XX:+UsePerfData", "-Xlog:safepoint=info:file=" + log + ":uptime:filecount=0"}})
	return &observed{c, c.Brokers()[0], log}
}

func (o *observed) open(t *testing.T, asks bool, length time.Duration) *Looker {
	t.Helper()
	s, err := This(asks)
	if err != nil {
		t.Fatal(err)
	}
	s.Sleep = time.Sleep // the test's clients run in this process too, and would stand still while it sleeps in the other way
	l, err := Open(t.Context(), s, Options{PID: o.node.PID(), For: length})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	return l
}

func next(t *testing.T, l *Looker) *state.Host {
	t.Helper()
	h, err := l.Next(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// well fails where anything was found of the broker. What others do to this machine is theirs: make soak wants it free of that too.
func well(t *testing.T, h *state.Host) {
	t.Helper()
	ofMachine := []string{health.DiskNearlyFull, health.HostMemoryShort, health.HostNetworkLoses, health.HostNoCore, health.HostDeviceSlow}
	for _, f := range health.HostFindings(h) {
		said := f.Code + ": " + f.Sentence + "\n" + strings.Join(f.Evidence, "\n")
		switch {
		case f.Severity == state.SeverityOK:
		case os.Getenv("KDECK_SOAK") == "" && slices.Contains(ofMachine, f.Code):
			t.Log(said)
		default:
			t.Error(said)
		}
	}
}

func TestALookAtABrokerOnRealKafka(t *testing.T) {
	kafkatest.Require(t)
	for _, version := range versions() {
		t.Run(version, func(t *testing.T) {
			o := observe(t, version, map[string]string{"num.network.threads": "2", "num.io.threads": "3"})
			t.Run("names", o.names)
			t.Run("idle", func(t *testing.T) {
				h := next(t, o.open(t, true, 5*time.Second))
				well(t, h)
				t.Logf("%s: %d rounds, %d late, %d threads, %.2f%% of a core, %d kB; unread %+v", version, h.Samples, h.Late, len(h.Threads), 100*h.Cost.Core, h.Cost.Memory>>10, h.Unknown)
			})
			t.Run("pauses", o.pauses)
			t.Run("stopped", o.stopped)
			t.Run("cold", o.cold)
		})
	}
}

// names compares with those that jcmd tells.
func (o *observed) names(t *testing.T) {
	unheard := func(answer error) (noted int) {
		s, err := This(true)
		if err != nil {
			t.Fatal(err)
		}
		s.Signalling = func(*Process) error { noted++; return answer }
		l, err := Open(t.Context(), s, Options{PID: o.node.PID(), For: 500 * time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		if l.Signalled() {
			t.Error("the JVM was signalled though that could not be noted")
		}
		if l.Process().ClusterID != o.ID {
			t.Errorf("the broker's cluster is %q, want %q", l.Process().ClusterID, o.ID)
		}
		return noted
	}
	if unheard(errors.New("the disk is full")) != 1 {
		t.Error("a signal is to be noted once")
	}
	l := o.open(t, true, 500*time.Millisecond)
	if !l.Signalled() {
		t.Error("the JVM opened its socket without a signal")
	}
	h := next(t, l)
	if again := o.open(t, true, 500*time.Millisecond); again.Signalled() {
		t.Error("the JVM was signalled though its socket is there")
	}
	left, err := filepath.Glob(filepath.Join(o.node.Dir, ".attach_pid*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	out, err := exec.CommandContext(t.Context(), "jcmd", strconv.Itoa(o.node.PID()), "Thread.print").Output()
	if err != nil {
		t.Fatalf("jcmd: %v", err)
	}
	told := map[int]string{}
	for _, m := range regexp.MustCompile(`(?m)^"(.*)" (?:#\d+ .*|os_prio=.*) nid=(\S+) `).FindAllStringSubmatch(string(out), -1) {
		n, err := strconv.ParseInt(m[2], 0, 32)
		if err != nil {
			t.Fatal(err)
		}
		told[int(n)] = m[1]
	}
	seen, groups := 0, map[state.ThreadGroup]int{}
	for _, th := range h.Threads {
		groups[th.Group]++
		if name, ok := told[th.TID]; ok {
			seen++
			if th.Name != name {
				t.Errorf("thread %d is %q, and to jcmd %q", th.TID, th.Name, name)
			}
		}
	}
	if seen < 30 || seen < len(told)-3 {
		t.Errorf("only %d of %d threads that jcmd names", seen, len(told))
	}
	// Without names the groups that clients wait for are the same.
	blind := next(t, o.open(t, false, time.Second))
	if blind.Names != state.NamesFromIdleCall {
		t.Errorf("names by %s", blind.Names)
	}
	for _, th := range h.Threads {
		i := slices.IndexFunc(blind.Threads, func(b state.HostThread) bool { return b.TID == th.TID })
		if i < 0 || !slices.Contains([]state.ThreadGroup{state.NetworkThreads, state.RequestHandlers, state.Acceptors, state.CleanerThreads, state.PurgatoryThread, state.GCThreads, state.SchedulerThread}, th.Group) {
			continue
		}
		if b := blind.Threads[i]; b.Group != th.Group || b.Listener != th.Listener && b.Listener != "" {
			t.Errorf("%s is %s of %q, and without its name %s of %q", th.Name, th.Group, th.Listener, b.Group, b.Listener)
		}
	}
	for group, want := range map[state.ThreadGroup]int{state.NetworkThreads: 4, state.RequestHandlers: 6, state.Acceptors: 2} {
		if groups[group] != want { // of the listener for clients, and of the controller's
			t.Errorf("%d of %s, want %d", groups[group], group, want)
		}
	}
}

var safepoint = regexp.MustCompile(`Reaching safepoint:\s+(\d+) ns.* Total:\s+(\d+) ns`)

// logged sums up what the JVM logged of its safepoints so far.
func (o *observed) logged(t *testing.T) (n int64, sync, total float64) {
	t.Helper()
	text, err := os.ReadFile(o.safepoints)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range safepoint.FindAllStringSubmatch(string(text), -1) {
		reach, err1 := strconv.ParseFloat(m[1], 64)
		all, err2 := strconv.ParseFloat(m[2], 64)
		if err1 != nil || err2 != nil {
			t.Fatal(m)
		}
		n, sync, total = n+1, sync+reach/1e9, total+all/1e9
	}
	return n, sync, total
}

// pauses compares with the JVM's own log.
func (o *observed) pauses(t *testing.T) {
	l := o.open(t, true, 4*time.Second)
	n, reach, total := o.logged(t)
	var done sync.WaitGroup
	done.Go(func() {
		for range 10 {
			_ = exec.CommandContext(t.Context(), "jcmd", strconv.Itoa(o.node.PID()), "GC.run").Run()
		}
	})
	h := next(t, l)
	n2, reached, total2 := o.logged(t)
	done.Wait()
	p := h.Pauses.Value
	if !h.Pauses.Known || p.Safepoints == 0 {
		t.Fatalf("pauses %+v", h.Pauses)
	}
	n, reach, total = n2-n, reached-reach, total2-total
	t.Logf("%d safepoints, %.4f s, %.4f of it to reach them; by the log %d, %.4f, %.4f; worst %.1f ms", p.Safepoints, p.Share*h.Seconds, p.SyncShare*h.Seconds, n, total, reach, p.Worst)
	if off := p.Share*h.Seconds - total; off > 0.1*total+0.02 || off < -0.1*total-0.02 {
		t.Errorf("the JVM stood still for %.4f s, by its own log %.4f s", p.Share*h.Seconds, total)
	}
	if off := p.Safepoints - n; off > 3 || off < -3 {
		t.Errorf("%d safepoints, by the JVM's own log %d", p.Safepoints, n)
	}
	if !strings.HasPrefix(h.Java, javaVersion(t)) {
		t.Errorf("Java %q", h.Java)
	}
}

func javaVersion(t *testing.T) string {
	out, err := exec.CommandContext(t.Context(), "java", "-version").CombinedOutput()
	if err != nil {
		t.Fatal(err)
	}
	return regexp.MustCompile(`"(\d+)`).FindStringSubmatch(string(out))[1]
}

// stopped holds the broker for two seconds.
func (o *observed) stopped(t *testing.T) {
	l := o.open(t, true, 4*time.Second)
	if err := o.node.Pause(); err != nil {
		t.Fatal(err)
	}
	held := make(chan float64, 1)
	began := time.Now()
	time.AfterFunc(2*time.Second, func() {
		_ = o.node.Resume()
		held <- time.Since(began).Seconds()
	})
	h := next(t, l)
	if s, was := h.Stopped*h.Seconds, <-held; s < 0.9*was-0.05 || s > 1.1*was+0.05 {
		t.Errorf("stopped for %.2f s of %.2f, and it was held for %.2f", s, h.Seconds, was)
	}
	if !slices.ContainsFunc(health.HostFindings(h), func(f state.Finding) bool { return f.Code == health.HostProcessStopped }) {
		t.Error("it isn't said")
	}
}

// client reads or writes, and remembers from where.
func (o *observed) client(t *testing.T, opts ...kgo.Opt) (*kgo.Client, func() []string) {
	t.Helper()
	var mu sync.Mutex
	var from []string
	c, err := kgo.NewClient(append(opts, kgo.SeedBrokers(o.Bootstrap()), kgo.DisableClientMetrics(), kgo.Dialer(func(ctx context.Context, network, host string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, host)
		if err == nil {
			mu.Lock()
			from = append(from, conn.LocalAddr().String())
			mu.Unlock()
		}
		return conn, err
	}))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c, func() []string { mu.Lock(); defer mu.Unlock(); return slices.Clone(from) }
}

// fill writes so many MB to a topic of one partition.
func (o *observed) fill(t *testing.T, topic string, mb int) {
	t.Helper()
	if err := o.CreateTopics(t.Context(), kafkatest.Topic{Name: topic, Partitions: 1, Replicas: 1, Configs: map[string]string{"max.message.bytes": "2000000"}}); err != nil {
		t.Fatal(err)
	}
	c, _ := o.client(t, kgo.ProducerBatchCompression(kgo.NoCompression()), kgo.ProducerBatchMaxBytes(1<<20))
	value := make([]byte, 500_000)
	_, _ = rand.Read(value)
	var records []*kgo.Record
	for range 2 * mb {
		records = append(records, &kgo.Record{Topic: topic, Value: value})
	}
	if err := c.ProduceSync(t.Context(), records...).FirstErr(); err != nil {
		t.Fatal(err)
	}
}

// consume reads a topic from its beginning until the test or the context ends.
func (o *observed) consume(t *testing.T, ctx context.Context, topic string) (from func() []string, done func()) {
	t.Helper()
	c, from := o.client(t, kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: {0: kgo.NewOffset().AtStart()}}))
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() {
		for ctx.Err() == nil {
			c.PollFetches(ctx)
		}
	})
	return from, func() { cancel(); wg.Wait(); c.Close() }
}

// cold re-enacts KAFKA-7504: a consumer reads what is in the page cache no more, from a slow disk.
func (o *observed) cold(t *testing.T) {
	const topic = "cold.click-stream-2"
	o.fill(t, topic, 150)
	evict(t, filepath.Join(o.dirOf(t, topic), "*"))
	release := throttled(t, o.node.PID(), o.node.LogDirs()[0], "read", 8e6)
	from, done := o.consume(t, t.Context(), topic)
	l := o.open(t, true, 6*time.Second)
	h := next(t, l)
	release()
	done()
	findings := health.HostFindings(h)
	i := slices.IndexFunc(findings, func(f state.Finding) bool { return f.Code == health.HostNetworkOnDisk })
	if i < 0 {
		t.Fatalf("not found: %+v\nwaits %+v", findings, h.Waits)
	}
	f := findings[i]
	t.Logf("%s\n%s", f.Sentence, strings.Join(f.Evidence, "\n"))
	w := h.Waits[0]
	if w.Call != "sendfile" || w.Topic != topic || w.Partition != 0 || w.LogDir != filepath.Dir(o.dirOf(t, topic)) || w.Group != state.NetworkThreads || w.Listener != "PLAINTEXT" || !slices.Contains(from(), w.Client) {
		t.Errorf("%+v; the consumer is at %v", w, from())
	}
	if !slices.Equal(w.ClientIDs, []string{"kgo"}) || !slices.Equal(w.Users, []string{"ANONYMOUS"}) {
		t.Errorf("by its request log the client is %q of %q", w.ClientIDs, w.Users)
	}
	for _, word := range []string{"Network thread", "PLAINTEXT", topic + "-0", w.Client, "sendfile", w.LogDir} {
		if !strings.Contains(f.Sentence, word) {
			t.Errorf("it doesn't say %q: %s", word, f.Sentence)
		}
	}
	// The same from the page cache: nothing is found.
	segments, err := filepath.Glob(filepath.Join(o.dirOf(t, topic), "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range segments {
		if _, err := os.ReadFile(name); err != nil {
			t.Fatal(err)
		}
	}
	_, done = o.consume(t, t.Context(), topic)
	h = next(t, l)
	done()
	well(t, h)
}

// dirOf is where the only partition of a topic is.
func (o *observed) dirOf(t *testing.T, topic string) string {
	t.Helper()
	for _, dir := range o.node.LogDirs() {
		if at := filepath.Join(dir, topic+"-0"); exists(at) {
			return at
		}
	}
	t.Fatalf("no log dir holds %s", topic)
	return ""
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}
