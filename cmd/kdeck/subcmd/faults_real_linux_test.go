package subcmd_test

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"golang.org/x/sys/unix"

	"kdeck/ops/kafkatest"
	"kdeck/ops/plan"
)

// A drain of 300 moves on real brokers under load, with one fault at a random moment: whatever it is, the run ends as planned or
// says why not, no acknowledged record is lost, no move is made twice, and every throttle is as before. KDECK_SOAK runs it, and
// KDECK_FAULTS names the faults, with commas between them.
func TestADrainLivesThroughFaultsOnRealKafka(t *testing.T) {
	if soaking() == 0 {
		t.Skip("it takes an hour: make soak runs it")
	}
	kafkatest.Require(t)
	named := strings.FieldsFunc(os.Getenv("KDECK_FAULTS"), func(r rune) bool { return r == ',' })
	for _, version := range kafkatest.Versions() {
		t.Run(version, func(t *testing.T) {
			var f *faulted
			for i, fault := range faults {
				if len(named) > 0 && !slices.Contains(named, fault.name) {
					continue
				}
				if f == nil {
					f = newFaulted(t, version)
				}
				if !t.Run(fault.name, func(t *testing.T) { f.round(t, fault, rand.New(rand.NewPCG(uint64(i), 13))) }) {
					must(t, f.c.Close()) // it may not be as the next ones expect
					f = nil
				}
			}
		})
	}
}

// fault is one thing that goes wrong.
type fault struct {
	name string
	do   func(*faultRound)
	undo func(*faultRound) // before the run is gone on with, or when it has ended; nil: nothing
	late bool              // undo comes when the run has ended
	left int               // partitions that may be left or go elsewhere, with an event that says why
	args []string          // of the drain
	says string            // a regular expression: what the run says of it; "": it may be over before the run sees it
}

const (
	drainedBroker = 5
	faultTopics   = 10
	faultParts    = 32
	faultRate     = "1MB"
)

var faults = []fault{
	{name: "nothing", do: func(*faultRound) {}},
	{name: "kill", do: func(r *faultRound) { r.killRun(); r.killLater(9) }},
	{name: "source", says: `broker 1 is dead`, do: func(r *faultRound) { r.kill(1) }, undo: func(r *faultRound) { r.restart(1) }, late: true},
	{name: "target", do: func(r *faultRound) { r.kill(2); r.restart(2) }},
	{name: "target-for-good", says: `broker 4 is dead`, do: func(r *faultRound) { r.kill(4) }, undo: func(r *faultRound) { r.restart(4) }, late: true, left: 200},
	{name: "controller", do: func(r *faultRound) { id := r.controller(); r.kill(id); r.restart(id) }},
	{name: "freeze", says: `broker 3 is dead|not in the plan|not in sync|replicas? behind`, do: func(r *faultRound) {
		n := r.f.c.Node(3)
		must(r.t, n.Pause())
		<-time.After(30 * time.Second)
		must(r.t, n.Resume())
	}},
	{name: "connections", says: `the cluster can't be read`, do: func(r *faultRound) { r.f.proxies.cut(20 * time.Second) }},
	{name: "foreign", args: []string{"-m", "8"}, says: `"event":"foreign"|it changed since the plan was made`, do: (*faultRound).foreign, left: 2},
	{name: "deleted", do: func(r *faultRound) {
		r.tool(kafkatest.TopicCommand, "--delete", "--topic", "doomed")
	}, left: 20},
	{name: "created", says: `"event":"moved".*"born"`, do: func(r *faultRound) {
		must(r.t, r.f.c.CreateTopics(r.t.Context(), kafkatest.Topic{Name: "born", Assignment: [][]int32{{5, 1}, {2, 5}}}))
	}},
	{name: "log-dir", says: `broker 2|log dir`, do: func(r *faultRound) { must(r.t, r.f.c.Node(2).TakeLogDirAway(1)) }, undo: func(r *faultRound) {
		r.kill(2)
		must(r.t, r.f.c.Node(2).PutLogDirBack(1))
		r.restart(2)
	}, late: true, left: 300},
	{name: "throttle", says: `"event":"throttle-changed"`, do: func(r *faultRound) {
		r.tool(kafkatest.ConfigCommand, "--alter", "--entity-type", "brokers", "--entity-name", "2", "--delete-config", "leader.replication.throttled.rate,follower.replication.throttled.rate")
	}},
	{name: "console", do: (*faultRound).killConsole},
	{name: "undo", do: (*faultRound).undoKilled},
	{name: "disk-full", says: `can't be written|no space|file too large`, do: (*faultRound).fillDisk},
}

// faulted is a real cluster on which one drain after the other is disturbed.
type faulted struct {
	c       *kafkatest.Cluster
	proxies *proxies
	before  string // throttles
}

func newFaulted(t *testing.T, version string) *faulted {
	c := kafkatest.Start(t, kafkatest.Options{Version: version, Brokers: 5, Racks: []string{"a", "b", "a", "b", "c"}})
	f := &faulted{c: c}
	var topics []kafkatest.Topic
	for i := range faultTopics {
		topics = append(topics, kafkatest.Topic{Name: fmt.Sprintf("load-%d", i), Partitions: faultParts, Replicas: 3, Configs: map[string]string{"min.insync.replicas": "2"}})
	}
	must(t, c.CreateTopics(t.Context(), topics...))
	f.proxies = newProxies(t, c)
	configure(t, c, "--entity-type", "brokers", "--entity-name", "1", "--add-config", "leader.replication.throttled.rate=90000000")
	f.before = configured(t, c, c.BrokerIDs()...)
	fill := kafkatest.StartLoad(t, kafkatest.LoadOptions{Dial: kafkatest.Dial{Bootstrap: c.Bootstrap()}, Topics: f.topics(), Rate: 400, Bytes: 20_000, Plain: true})
	<-time.After(15 * time.Second) // some data to be copied
	if err := fill.Stop(); err != nil {
		t.Log("filling the topics: ", err) // a slow machine takes less
	}
	return f
}

func (f *faulted) topics() (names []string) {
	for i := range faultTopics {
		names = append(names, fmt.Sprintf("load-%d", i))
	}
	return names
}

// faultRound is one drain with its fault.
type faultRound struct {
	t   *testing.T
	f   *faulted
	o   *operator
	rng *rand.Rand
	run *child
	log *bytes.Buffer // the events of all processes of the drain
	was map[string][]int32
}

func (f *faulted) round(t *testing.T, fault fault, rng *rand.Rand) {
	r := &faultRound{t: t, f: f, rng: rng, o: &operator{t: t, state: t.TempDir()}, log: new(bytes.Buffer)}
	f.proxies.configure(t, r.o.state)
	if fault.name == "deleted" {
		must(t, f.c.CreateTopics(t.Context(), kafkatest.Topic{Name: "doomed", Partitions: 20, Replicas: 3}))
	}
	load := kafkatest.StartLoad(t, kafkatest.LoadOptions{Dial: kafkatest.Dial{Bootstrap: f.c.Bootstrap()}, Topics: f.topics(), Rate: 300, Bytes: 1000})
	r.was = r.assignment()
	words := []string{"drain", strconv.Itoa(drainedBroker)}
	r.o.planned(words...)
	phrase := r.o.phrase(words...)
	words = append(words, "--execute", "--throttle", faultRate, "--throttle-anyway", "--stall", "20s", "-o", "json", "--confirm", phrase)
	r.run = r.o.start(append(words, fault.args...)...)
	moves := r.planned()
	if moves < 300 {
		t.Errorf("the plan has %d partitions only", moves)
	}
	r.awaitMoved(10 + rng.IntN(moves/2))
	began := time.Now()
	fault.do(r)
	if fault.undo != nil && !fault.late {
		fault.undo(r)
	}
	end := r.finish()
	took := time.Since(began)
	if fault.undo != nil && fault.late {
		fault.undo(r)
	}
	must(t, f.c.AwaitInSync(t.Context()))
	if end.Result == "partial" { // what a dead broker kept, or what moves of others run under, is put back by one more run
		r.nothingMoves()
		r.resume()
		end = r.finish()
	}
	must(t, load.Stop())
	lost, err := load.Lost(t.Context())
	must(t, err)
	if len(lost) > 0 {
		t.Errorf("%d acknowledged records are lost, such as %v", len(lost), lost[0])
	}
	repeated := r.repeated()
	if len(repeated) > 0 {
		t.Errorf("moved twice: %v", repeated)
	}
	left := r.onDrained()
	if len(left) > fault.left || len(left) > 0 && end.Result == "done" {
		t.Errorf("broker %d still has %v (%s)", drainedBroker, left, end.Result)
	}
	if now := configured(t, f.c, f.c.BrokerIDs()...); now != f.before {
		t.Errorf("throttles are\n%s, were\n%s", now, f.before)
	}
	if fault.says != "" && !regexp.MustCompile(fault.says).Match(r.log.Bytes()) {
		t.Errorf("it never said %s", fault.says)
	}
	for _, why := range r.pauses() {
		t.Log("    ", why)
	}
	if t.Failed() {
		t.Logf("at the end it said\n%s%s", tail(r.log.String()), r.run.err)
	}
	t.Logf("%s: %d of %d moved, %d left; %s %v after the fault; %d records acknowledged, %d lost; %d moved twice",
		end.Result, end.Moved, moves, len(left), cmp.Or(end.Error, "ended"), took.Round(time.Second), len(load.Acked()), len(lost), len(repeated))
	r.back(r.was)
}

// planned waits until a plan can be made: brokers that are busy with the round before may not answer in time.
func (o *operator) planned(words ...string) {
	o.t.Helper()
	eventually(o.t, "the dry run", func() (bool, string) {
		r := o.run(words...)
		return r.code == 0, r.out + r.err
	})
}

// nothingMoves waits until the controller lists no reassignment, not even one of others.
func (r *faultRound) nothingMoves() {
	r.t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(strings.Split(r.f.c.Bootstrap(), ",")...))
	must(r.t, err)
	defer client.Close()
	eventually(r.t, "nothing is being reassigned", func() (bool, string) {
		resp, err := kmsg.NewPtrListPartitionReassignmentsRequest().RequestWith(r.t.Context(), client)
		return err == nil && resp.ErrorCode == 0 && len(resp.Topics) == 0, fmt.Sprint(resp, err)
	})
}

// finish waits for the end of the run, and goes on with it where its process was killed.
func (r *faultRound) finish() (end endLine) {
	r.t.Helper()
	for try := 0; ; try++ {
		code := r.run.code()
		r.log.WriteString(r.run.out.String())
		end = lastEnd(r.log.Bytes())
		if code == 0 || code == 1 && end.Left == 0 {
			return end
		}
		if try == 12 {
			r.t.Fatalf("the run doesn't end: exit %d\n%s%s", code, tail(r.run.out.String()), r.run.err)
		}
		r.resume()
	}
}

// resume goes on with the run.
func (r *faultRound) resume() {
	r.t.Helper()
	words := []string{"moves", "resume"}
	r.run = r.o.start(append(words, "--execute", "-o", "json", "--confirm", r.o.phrase(words...))...)
}

// killLater kills each of the next processes of the run, too, at some moment.
func (r *faultRound) killLater(times int) {
	for range times {
		r.run.code()
		r.log.WriteString(r.run.out.String())
		if lastEnd([]byte(r.run.out.String())).Event != "" {
			return // it was quicker
		}
		r.resume()
		select {
		case <-time.After(time.Duration(200+r.rng.IntN(2500)) * time.Millisecond):
			r.killRun()
		case <-r.t.Context().Done():
		}
	}
}

func (r *faultRound) killRun() { r.run.send(syscall.SIGKILL) }

func (r *faultRound) kill(id int32) { r.t.Helper(); must(r.t, r.f.c.Node(id).Kill()) }

func (r *faultRound) restart(id int32) {
	r.t.Helper()
	must(r.t, r.f.c.Node(id).Restart(r.t.Context()))
}

func (r *faultRound) tool(class string, args ...string) {
	r.t.Helper()
	res, err := r.f.c.Tool(r.t.Context(), class, append([]string{"--bootstrap-server", r.f.c.Bootstrap()}, args...)...)
	must(r.t, err)
	if res.Exit != 0 {
		r.t.Fatalf("%s %v: exit %d: %s%s", class, args, res.Exit, res.Stdout, res.Stderr)
	}
}

// controller is the node that leads the metadata quorum.
func (r *faultRound) controller() int32 {
	r.t.Helper()
	var doc struct{ Controller int32 }
	must(r.t, json.Unmarshal([]byte(r.o.run("status", "-o", "json").out), &doc))
	return doc.Controller
}

// foreign moves two partitions that the run hasn't moved yet, as another tool would.
func (r *faultRound) foreign() {
	r.t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(strings.Split(r.f.c.Bootstrap(), ",")...))
	must(r.t, err)
	defer client.Close()
	var moves kadm.AlterPartitionAssignmentsReq
	r.steer("pause")
	r.nothingMoves() // Kafka never ends what replaces a move in flight by fewer replicas
	<-time.After(3 * time.Second)
	r.nothingMoves() // nor what was being submitted at that moment
	n := 0
	for tp, replicas := range r.assignment() {
		if i := slices.Index(replicas, drainedBroker); i >= 0 && n < 2 {
			topic, partition, _ := strings.Cut(tp, "/")
			p, _ := strconv.Atoi(partition)
			moves.Assign(topic, int32(p), []int32{replicas[1-min(i, 1)], drainedBroker})
			n++
		}
	}
	answers, err := kadm.NewClient(client).AlterPartitionAssignments(r.t.Context(), moves)
	must(r.t, err)
	must(r.t, answers.Error())
	r.steer("continue")
}

// steer tells the run what to do.
func (r *faultRound) steer(words ...string) {
	r.t.Helper()
	words = append([]string{"moves"}, words...)
	args := words
	if words[1] != "pause" {
		args = append(slices.Clone(words), "--execute", "--confirm", r.o.phrase(words...))
	}
	if res := r.o.run(args...); res.code != 0 {
		r.t.Fatalf("%v: exit %d\n%s%s", words, res.code, res.out, res.err)
	}
}

// killConsole stops the run, goes on with it as a process of its own, and kills whoever started it.
func (r *faultRound) killConsole() {
	r.t.Helper()
	r.killRun()
	r.run.code()
	r.log.WriteString(r.run.out.String())
	words := []string{"moves", "resume"}
	c := r.o.start(append(words, "--execute", "--detach", "--confirm", r.o.phrase(words...))...)
	if code := c.code(); code != 0 {
		r.t.Fatalf("exit %d: %s%s", code, c.out, c.err)
	}
	eventually(r.t, "the run ends without whoever started it", func() (bool, string) {
		out := r.o.run("moves", "-o", "json").out
		var doc struct {
			Run *struct{ State string }
		}
		return json.Unmarshal([]byte(out), &doc) == nil && doc.Run == nil, out
	})
	r.resumeNothing()
}

// undoKilled undoes the run after its process was killed, with moves in flight, and drains the broker anew.
func (r *faultRound) undoKilled() {
	r.t.Helper()
	r.killRun()
	r.run.code()
	words := []string{"moves", "undo"}
	if res := r.o.run(append(words, "--execute", "--throttle", "none", "--confirm", r.o.phrase(words...))...); res.code != 0 {
		r.t.Errorf("undo: exit %d\n%s%s", res.code, tail(res.out), res.err)
	}
	for tp, now := range r.assignment() {
		if !slices.Equal(now, r.was[tp]) {
			r.t.Errorf("%s has %v, had %v", tp, now, r.was[tp])
		}
	}
	if now := configured(r.t, r.f.c, r.f.c.BrokerIDs()...); now != r.f.before {
		r.t.Errorf("after the undo throttles are\n%s, were\n%s", now, r.f.before)
	}
	r.log.Reset()
	r.resumeNothing()
}

// resumeNothing leaves a process to be waited for that has nothing to do any more.
func (r *faultRound) resumeNothing() {
	words := []string{"drain", strconv.Itoa(drainedBroker)}
	r.run = r.o.start(append(words, "--execute", "--throttle", "none", "-o", "json", "--confirm", r.o.phrase(words...))...)
}

// fillDisk lets no file of the process grow for a while, as a full disk does.
func (r *faultRound) fillDisk() {
	r.t.Helper()
	pid := r.run.Process.Pid
	must(r.t, unix.Prlimit(pid, unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: 0, Max: unix.RLIM_INFINITY}, nil))
	<-time.After(10 * time.Second)
	_ = unix.Prlimit(pid, unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: unix.RLIM_INFINITY, Max: unix.RLIM_INFINITY}, nil) // it may have ended
}

// planned waits until the run has begun, and returns how many partitions it is to move.
func (r *faultRound) planned() (n int) {
	r.t.Helper()
	eventually(r.t, "the run begins", func() (bool, string) {
		var doc struct {
			Run *struct{ Moves int }
		}
		out := r.o.run("moves", "-o", "json")
		if json.Unmarshal([]byte(out.out), &doc) == nil && doc.Run != nil {
			n = doc.Run.Moves
		}
		return n > 0, out.out + out.err + r.run.err.String()
	})
	return n
}

func (r *faultRound) awaitMoved(n int) {
	r.t.Helper()
	eventually(r.t, fmt.Sprintf("%d are moved", n), func() (bool, string) {
		moved := strings.Count(r.run.out.String(), `"event":"moved"`)
		return moved >= n, fmt.Sprint(moved, r.run.err)
	})
}

// assignment is where every partition of the cluster is.
func (r *faultRound) assignment() map[string][]int32 {
	r.t.Helper()
	var doc struct {
		Partitions []struct {
			Topic     string
			Partition int32
			Replicas  []int32
		}
	}
	out := r.o.run("partitions", "-o", "json")
	must(r.t, json.Unmarshal([]byte(out.out), &doc))
	all := map[string][]int32{}
	for _, p := range doc.Partitions {
		all[fmt.Sprintf("%s/%d", p.Topic, p.Partition)] = p.Replicas
	}
	return all
}

// pauses are the reasons that the run gave for waiting, each once.
func (r *faultRound) pauses() (reasons []string) {
	for line := range bytes.Lines(r.log.Bytes()) {
		var e struct{ Event, Why string }
		if json.Unmarshal(line, &e) == nil && e.Event == "paused" && !slices.Contains(reasons, e.Why) {
			reasons = append(reasons, e.Why)
		}
	}
	return reasons
}

// onDrained are the partitions that are still on the drained broker.
func (r *faultRound) onDrained() (left []string) {
	for tp, replicas := range r.assignment() {
		if slices.Contains(replicas, drainedBroker) {
			left = append(left, tp)
		}
	}
	slices.Sort(left)
	return left
}

// repeated are the partitions that were submitted to where they had been moved already.
func (r *faultRound) repeated() (twice []string) {
	moved := map[string]bool{}
	in := bufio.NewScanner(bytes.NewReader(r.log.Bytes()))
	in.Buffer(nil, 1<<22)
	for in.Scan() {
		var ev struct {
			Event     string
			Topic     string
			Partition int32
			To        []int32
			Adopted   bool
		}
		if json.Unmarshal(in.Bytes(), &ev) != nil {
			continue
		}
		move := fmt.Sprintf("%s/%d to %v", ev.Topic, ev.Partition, ev.To)
		switch {
		case ev.Event == "moved":
			moved[move] = true
		case ev.Event == "submitted" && !ev.Adopted && moved[move]:
			twice = append(twice, move)
		}
	}
	return twice
}

// back puts everything where it was before, for the next round.
func (r *faultRound) back(was map[string][]int32) {
	r.t.Helper()
	var moves []plan.Assignment
	for tp, replicas := range r.assignment() {
		if old := was[tp]; old != nil && !slices.Equal(old, replicas) {
			topic, partition, _ := strings.Cut(tp, "/")
			n, _ := strconv.Atoi(partition)
			moves = append(moves, plan.Assignment{Topic: topic, Partition: int32(n), Replicas: old})
		}
	}
	for _, topic := range []string{"born", "doomed"} {
		for tp := range r.assignment() {
			if strings.HasPrefix(tp, topic+"/") {
				r.tool(kafkatest.TopicCommand, "--delete", "--topic", topic)
				moves = slices.DeleteFunc(moves, func(a plan.Assignment) bool { return a.Topic == topic })
				break
			}
		}
	}
	if len(moves) == 0 {
		return
	}
	words := []string{"apply", planFile(r.t, moves)}
	if res := r.o.run(append(words, "--execute", "--throttle", "none", "--confirm", r.o.phrase(words...))...); res.code != 0 {
		r.t.Fatalf("back: exit %d\n%s%s", res.code, tail(res.out), res.err)
	}
}

// endLine is the last event of a run.
type endLine struct {
	Event, Result, Error string
	Moved, Left, Skipped int
}

// lastEnd finds the last end in events.
func lastEnd(events []byte) (end endLine) {
	for line := range bytes.Lines(events) {
		var e endLine
		if json.Unmarshal(line, &e) == nil && e.Event == "end" {
			end = e
		}
	}
	return end
}

// tail is the end of a long output.
func tail(s string) string { return s[max(0, len(s)-4000):] }

// proxies stand between kdeck and the brokers.
type proxies struct {
	mu        sync.Mutex
	addrs     map[string]string // of the proxy, by that of the broker
	open      map[net.Conn]bool
	shutUntil time.Time
}

func newProxies(t *testing.T, c *kafkatest.Cluster) *proxies {
	p := &proxies{addrs: map[string]string{}, open: map[net.Conn]bool{}}
	for _, n := range c.Brokers() {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		must(t, err)
		t.Cleanup(func() { l.Close() })
		p.addrs[n.Addr()] = l.Addr().String()
		go p.serve(l, n.Addr())
	}
	return p
}

func (p *proxies) serve(l net.Listener, to string) {
	for {
		in, err := l.Accept()
		if err != nil {
			return
		}
		go p.pass(in, to)
	}
}

// pass copies a connection both ways until either side ends it, or [proxies.cut] does.
func (p *proxies) pass(in net.Conn, to string) {
	defer in.Close()
	p.mu.Lock()
	shut := time.Now().Before(p.shutUntil)
	p.mu.Unlock()
	if shut {
		return
	}
	out, err := net.Dial("tcp", to)
	if err != nil {
		return
	}
	defer out.Close()
	p.mu.Lock()
	p.open[in], p.open[out] = true, true
	p.mu.Unlock()
	done := make(chan struct{}, 2)
	for _, way := range [][2]net.Conn{{in, out}, {out, in}} {
		go func() { _, _ = io.Copy(way[0], way[1]); done <- struct{}{} }()
	}
	<-done
	p.mu.Lock()
	delete(p.open, in)
	delete(p.open, out)
	p.mu.Unlock()
}

// cut ends all connections, and takes no new ones for a while.
func (p *proxies) cut(during time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.shutUntil = time.Now().Add(during)
	for c := range p.open {
		c.Close()
	}
}

// bootstrap are the addresses of the proxies.
func (p *proxies) bootstrap() string { return strings.Join(slices.Sorted(maps.Values(p.addrs)), ", ") }

// configure writes a configuration that leads to the brokers through the proxies.
func (p *proxies) configure(t *testing.T, dir string) {
	t.Helper()
	var b strings.Builder
	b.WriteString("current: real\ncontexts:\n  real:\n    bootstrap: [" + p.bootstrap() + "]\n    address_map:\n")
	for broker, proxy := range p.addrs {
		fmt.Fprintf(&b, "      %q: %q\n", broker, proxy)
	}
	must(t, os.MkdirAll(filepath.Join(dir, "kdeck"), 0o700))
	must(t, os.WriteFile(filepath.Join(dir, "kdeck", "config.yaml"), []byte(b.String()), 0o600))
}
