package subcmd_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"kdeck/ops/kafka"
	"kdeck/ops/kafkatest"
	"kdeck/ops/state"
)

// script is what one consumer does to its group, and what is to be said of it.
type script struct {
	group  string
	before func(*scripted) // how it reads until trouble comes
	comes  func(*scripted) // nil: nothing happens to it
	right  []string        // statuses of which one is right within a minute; none: it must never be called anything but ok
	moved  bool            // it is seen to rebalance within a minute
	slow   bool            // it takes longer than a minute to tell: consumers read their partitions in turns
	past   bool            // who comes later can't know it
}

// scripts are consumers of all kinds. Each has a topic of its own, of its name.
var scripts = []script{
	{group: "healthy", before: (*scripted).reads},
	{group: "healthy-rare-commits", before: (*scripted).commitsRarely},
	{group: "bursts-that-it-keeps-up-with", before: (*scripted).reads},
	{group: "bursts-that-take-a-while", before: (*scripted).readsInSteps},
	{group: "idle", before: (*scripted).reads},
	{group: "restarted", before: (*scripted).reads, comes: (*scripted).restarts},
	{group: "slow", before: (*scripted).reads, comes: (*scripted).slows, right: []string{"warn"}},
	{group: "hangs", before: (*scripted).reads, comes: (*scripted).hangs, right: []string{"stopped", "stalled"}},
	{group: "hangs-on-one-partition", before: (*scripted).reads, comes: (*scripted).hangsOnOne, right: []string{"stopped", "stalled"}, slow: true},
	{group: "frozen", before: (*scripted).process, comes: (*scripted).freezes, right: []string{"stopped", "stalled"}},
	{group: "killed", before: (*scripted).process, comes: (*scripted).dies, right: []string{"stopped", "stalled"}},
	{group: "left", before: (*scripted).reads, comes: (*scripted).leaves, right: []string{"stopped", "stalled"}},
	{group: "rewound", before: (*scripted).reads, comes: (*scripted).rewinds, right: []string{"rewound"}, past: true},
	{group: "rebalances", before: (*scripted).reads, comes: (*scripted).rebalances, moved: true},
}

// Consumers that do what their scripts say are watched as the console watches them, by one who looked on before trouble came and by one who
// comes half a minute after it. What is wrong is named within a minute, and nobody is called late or stuck who isn't.
func TestScriptedConsumersOnRealKafka(t *testing.T) {
	kafkatest.Require(t)
	if soaking() == 0 {
		t.Skip("takes three minutes a version; make soak runs it")
	}
	for _, version := range kafkatest.Versions() {
		t.Run(version, func(t *testing.T) {
			c := kafkatest.Start(t, kafkatest.Options{Version: version})
			var all []*scripted
			steady := []string{}
			for _, s := range scripts {
				all = append(all, &scripted{script: s, t: t, c: c, id: s.group, topic: s.group})
				if version != kafkatest.V39 && s.comes == nil || s.group == "hangs" && version != kafkatest.V39 {
					all = append(all, &scripted{script: s, t: t, c: c, id: s.group + "-848", topic: s.group + "-848", next: true})
				}
			}
			for _, s := range all {
				must(t, c.CreateTopics(t.Context(), kafkatest.Topic{Name: s.topic, Partitions: 2, Replicas: 1}))
				if !strings.HasPrefix(s.topic, "bursts") && !strings.HasPrefix(s.topic, "idle") {
					steady = append(steady, s.topic)
				}
			}
			kafkatest.StartLoad(t, kafkatest.LoadOptions{Dial: kafkatest.Dial{Bootstrap: c.Bootstrap()}, Topics: steady, Rate: 50 * len(steady), Bytes: 100})
			for _, s := range all {
				if !slices.Contains(steady, s.topic) {
					s.wrote(20)
				}
				if strings.HasPrefix(s.topic, "bursts") {
					s.beside(func(ctx context.Context) {
						for every(ctx, 25*time.Second) {
							s.wrote(4000)
						}
					})
				}
				s.before(s)
			}
			first := watchGroups(t, c)
			first.wait(t, 70*time.Second)
			trouble := time.Now()
			for _, s := range all {
				if s.comes != nil {
					s.comes(s)
				}
			}
			d := newDeck(t, "-b", c.Bootstrap())
			g := &realGroups{t: t, c: c, deck: d}
			var second *watcher
			for _, after := range []time.Duration{15 * time.Second, 30 * time.Second, 45 * time.Second, 60 * time.Second, 75 * time.Second, 90 * time.Second} {
				first.wait(t, time.Until(trouble.Add(after)))
				if after == 30*time.Second {
					second = watchGroups(t, c)
				}
				doc, _ := g.groups()
				for _, said := range doc.Groups {
					t.Logf("kdeck groups, %v after: %s %s: %s", time.Since(trouble).Round(time.Second), said.Group, said.Status, said.Why)
				}
			}
			first.wait(t, time.Until(trouble.Add(100*time.Second)))
			for _, s := range all {
				s.judge("watching before", first, trouble, !s.slow)
				s.judge("watching from 30 s after", second, second.began, !s.slow && !s.past)
			}
		})
	}
}

// scripted is a consumer in progress.
type scripted struct {
	script
	t         *testing.T
	c         *kafkatest.Cluster
	id, topic string
	next      bool // by KIP-848

	client *kgo.Client
	stop   func()
	proc   *os.Process
}

// beside does something until the test ends.
func (s *scripted) beside(do func(context.Context)) (stop func()) {
	ctx, cancel := context.WithCancel(s.t.Context())
	var running sync.WaitGroup
	running.Go(func() { do(ctx) })
	stop = sync.OnceFunc(func() { cancel(); running.Wait() })
	s.t.Cleanup(stop)
	return stop
}

func (s *scripted) wrote(records int) {
	client, err := kgo.NewClient(kgo.SeedBrokers(s.c.Bootstrap()), kgo.DefaultProduceTopic(s.topic), kgo.RecordPartitioner(kgo.RoundRobinPartitioner()))
	if err != nil {
		s.t.Error(err)
		return
	}
	defer client.Close()
	var all []*kgo.Record
	for range records {
		all = append(all, &kgo.Record{Value: make([]byte, 100)})
	}
	if err := client.ProduceSync(s.t.Context(), all...).FirstErr(); err != nil && s.t.Context().Err() == nil {
		s.t.Error(err)
	}
}

// readsAtMost reads so many records at a time, with a pause after them.
func (s *scripted) readsAtMost(records int, pause time.Duration, more ...kgo.Opt) {
	client, err := consumer(s.t.Context(), s.c.Bootstrap(), s.id, s.topic, s.next, more...)
	must(s.t, err)
	stop := s.beside(func(ctx context.Context) {
		for ctx.Err() == nil {
			client.PollRecords(ctx, records)
			every(ctx, pause)
		}
	})
	s.client, s.stop = client, sync.OnceFunc(func() { stop(); client.Close() })
	s.t.Cleanup(s.stop)
}

func (s *scripted) reads() { s.readsAtMost(500, 100*time.Millisecond) }

// readsInSteps reads 330 records a second: a burst takes it twelve seconds.
func (s *scripted) readsInSteps() { s.readsAtMost(100, 300*time.Millisecond) }

// commitsRarely commits once in 25 seconds, as jobs with checkpoints do.
func (s *scripted) commitsRarely() {
	s.readsAtMost(500, 100*time.Millisecond, kgo.AutoCommitInterval(25*time.Second))
}

func (s *scripted) restarts() {
	s.stop()
	s.beside(func(ctx context.Context) {
		if every(ctx, 8*time.Second) {
			s.reads()
		}
	})
}

// slows lets it read half of what is written.
func (s *scripted) slows() {
	s.stop()
	s.readsAtMost(25, time.Second)
}

// hangs reads nothing more, and stays in the group.
func (s *scripted) hangs() { s.client.PauseFetchTopics(s.topic) }

func (s *scripted) hangsOnOne() {
	s.client.PauseFetchPartitions(map[string][]int32{s.topic: {1}})
}

func (s *scripted) leaves() { s.stop() }

// rewinds goes back to the start, and reads on half as fast as is written.
func (s *scripted) rewinds() {
	s.stop()
	admin, err := kgo.NewClient(kgo.SeedBrokers(s.c.Bootstrap()))
	must(s.t, err)
	defer admin.Close()
	offsets := kadm.Offsets{}
	for p := range int32(2) {
		offsets.Add(kadm.Offset{Topic: s.topic, Partition: p, At: 0, LeaderEpoch: -1})
	}
	eventually(s.t, "offsets of "+s.id+" are set", func() (bool, string) {
		err := kadm.NewClient(admin).CommitAllOffsets(s.t.Context(), s.id, offsets)
		return err == nil, fmt.Sprint(err)
	})
	s.slows()
}

// rebalances has a second member come and go all the time.
func (s *scripted) rebalances() {
	s.beside(func(ctx context.Context) {
		for ctx.Err() == nil {
			client, err := consumer(ctx, s.c.Bootstrap(), s.id, s.topic, s.next)
			if err != nil {
				s.t.Error(err)
				return
			}
			polling, cancel := context.WithTimeout(ctx, 4*time.Second)
			for polling.Err() == nil {
				client.PollRecords(polling, 500)
			}
			cancel()
			client.Close()
			every(ctx, 2*time.Second)
		}
	})
}

// process reads in a process of its own, which can be frozen and killed.
func (s *scripted) process() {
	exe, err := os.Executable()
	must(s.t, err)
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), consumes+"="+strings.Join([]string{s.c.Bootstrap(), s.id, s.topic}, " "))
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	must(s.t, cmd.Start())
	s.proc = cmd.Process
	s.t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
}

func (s *scripted) freezes() { must(s.t, s.proc.Signal(syscall.SIGSTOP)) }
func (s *scripted) dies()    { must(s.t, s.proc.Kill()) }

// watcher notes what is said of groups while the console would be open on them.
type watcher struct {
	began time.Time
	mu    sync.Mutex
	said  map[string][]saying
}

type saying struct {
	at          time.Time
	status, why string
	rebalances  int
}

func watchGroups(t *testing.T, c *kafkatest.Cluster) *watcher {
	t.Helper()
	seen := &watcher{began: time.Now(), said: map[string][]saying{}}
	watchEach(t, c, func(_ *kafka.Session, s *state.State) { seen.note(s.Groups) })
	return seen
}

func (w *watcher) note(all *state.Groups) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, g := range all.Groups {
		w.said[g.ID] = append(w.said[g.ID], saying{all.At, g.Status.String(), g.Why, g.Rebalances})
	}
}

func (w *watcher) wait(t *testing.T, d time.Duration) {
	t.Helper()
	if !every(t.Context(), d) {
		t.Fatal(t.Context().Err())
	}
}

// judge says after how many seconds the group was called what it is, and fails where that took longer than a minute, or where it was called
// what it never was. must: it has to be named.
func (s *scripted) judge(who string, w *watcher, from time.Time, must bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var first *saying
	count := map[string]int{}
	for i, said := range w.said[s.id] {
		after := said.at.Sub(from).Round(time.Second)
		count[said.status]++
		switch {
		case after > 0 && first == nil && (slices.Contains(s.right, said.status) || s.moved && said.rebalances >= 5):
			first = &w.said[s.id][i]
		case said.status == "ok", said.status == "unknown", after > 0 && slices.Contains(s.right, said.status):
		case said.status == "warn" && after > 0 && len(s.right) > 0: // it reads less: that is so on the way
		default:
			s.t.Errorf("%s, %s: WRONG: %s after %v: %s", s.id, who, said.status, after, said.why)
		}
	}
	last := w.said[s.id][len(w.said[s.id])-1]
	line := fmt.Sprintf("%s, %s, in %v: ", s.id, who, count)
	switch {
	case first == nil && must && (len(s.right) > 0 || s.moved):
		s.t.Errorf("%snever named; at last %s: %s", line, last.status, last.why)
	case first == nil:
		s.t.Logf("%sat last %s: %s", line, last.status, last.why)
	case first.at.Sub(from) > time.Minute && must:
		s.t.Errorf("%s%s after %v, later than a minute: %s", line, first.status, first.at.Sub(from).Round(time.Second), first.why)
	default:
		s.t.Logf("%s%s after %v: %s", line, first.status, first.at.Sub(from).Round(time.Second), first.why)
	}
}
