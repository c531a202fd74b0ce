package subcmd_test

import (
	"context"
	"fmt"
	"io"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/kafkatest"
	"kdeck/ops/plan"
)

// The same plans with kdeck and with Kafka's own tool, in turn: both move all of it, and the figures are logged. KDECK_SOAK runs it.
func TestPlansBesideKafkasOwnToolOnRealKafka(t *testing.T) {
	if soaking() == 0 {
		t.Skip("it takes a quarter of an hour: make soak runs it")
	}
	kafkatest.Require(t)
	for _, version := range kafkatest.Versions() {
		t.Run(version, func(t *testing.T) {
			b := newBeside(t, version)
			t.Run("300 small partitions, no throttle", func(t *testing.T) { b.rounds(t, "small", "none", 3) })
			t.Run("big partitions, a throttle", func(t *testing.T) { b.rounds(t, "big", "4000000", 2) })
			t.Run("interrupted", b.interrupted)
		})
	}
}

// beside is a real cluster on which kdeck and Kafka's own tool take turns.
type beside struct {
	c       *kafkatest.Cluster
	o       *operator
	client  *kgo.Client
	latency *latency
}

func newBeside(t *testing.T, version string) *beside {
	c := kafkatest.Start(t, kafkatest.Options{Version: version, Brokers: 5, Racks: []string{"a", "b", "c"}, JMXExporter: true})
	small := kafkatest.Topic{Name: "small"}
	for i := range 300 {
		small.Assignment = append(small.Assignment, []int32{int32(i%4) + 1, 5})
	}
	big := kafkatest.Topic{Name: "big"}
	for i := range 24 {
		big.Assignment = append(big.Assignment, []int32{int32(i%4) + 1, 5})
	}
	must(t, c.CreateTopics(t.Context(), small, big, kafkatest.Topic{Name: "watched", Assignment: [][]int32{{1, 2, 3}, {2, 3, 4}, {3, 4, 1}, {4, 1, 2}}}))
	client, err := kgo.NewClient(kgo.SeedBrokers(strings.Split(c.Bootstrap(), ",")...))
	must(t, err)
	t.Cleanup(client.Close)
	b := &beside{c: c, o: &operator{t: t, state: t.TempDir(), bootstrap: c.Bootstrap()}, client: client}
	fill := kafkatest.StartLoad(t, kafkatest.LoadOptions{Dial: kafkatest.Dial{Bootstrap: c.Bootstrap()}, Topics: []string{"big"}, Rate: 200, Bytes: 100_000, Plain: true})
	<-time.After(10 * time.Second)
	must(t, fill.Stop())
	few := kafkatest.StartLoad(t, kafkatest.LoadOptions{Dial: kafkatest.Dial{Bootstrap: c.Bootstrap()}, Topics: []string{"small"}, Rate: 300, Bytes: 100})
	<-time.After(2 * time.Second)
	must(t, few.Stop())
	b.latency = startLatency(t, c.Bootstrap(), "watched", 100)
	return b
}

// rounds carries out a plan and its reverse with both tools in turn.
func (b *beside) rounds(t *testing.T, topic, rate string, n int) {
	b.o.t = t
	there, back := b.plans(t, topic)
	type taken struct {
		all, moving, p99 []time.Duration
		megabytes        []float64 // that brokers took in for reassignments, by their own count
	}
	took := map[string]*taken{"kdeck": {}, "kafka": {}}
	quiet := time.Now()
	<-time.After(10 * time.Second)
	t.Logf("before: p99 %v", b.latency.percentile(quiet, time.Now(), 0.99))
	for i := range n {
		for j, path := range []string{there, back, there, back} {
			tool := []string{"kdeck", "kafka"}[(i+j/2)%2]
			phrase := b.o.phrase("apply", path)
			copied := b.copied(t)
			began := time.Now()
			listed := b.listing(t)
			if tool == "kdeck" {
				b.withKdeck(t, path, rate, phrase)
			} else {
				b.withKafka(t, path, rate)
			}
			all, moving := time.Since(began), listed.stop()
			now := took[tool]
			now.all, now.moving = append(now.all, all), append(now.moving, moving)
			now.p99 = append(now.p99, b.latency.percentile(began, time.Now(), 0.99))
			must(t, b.c.AwaitInSync(t.Context()))
			now.megabytes = append(now.megabytes, math.Round((b.copied(t)-copied)/1e5)/10)
		}
	}
	for _, tool := range []string{"kdeck", "kafka"} {
		t.Logf("%s: whole %v, listed %v, p99 %v, MB %v; medians %v, %v, %v", tool, took[tool].all, took[tool].moving, took[tool].p99, took[tool].megabytes, median(took[tool].all), median(took[tool].moving), median(took[tool].p99))
	}
}

// copied is how many bytes the brokers have taken in for reassignments since they began.
func (b *beside) copied(t *testing.T) (bytes float64) {
	for _, n := range b.c.Brokers() {
		resp, err := http.Get(n.MetricsURL())
		must(t, err)
		page, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		must(t, err)
		for line := range strings.Lines(string(page)) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), "} ")
			if strings.HasPrefix(name, "kafka_server_BrokerTopicMetrics_Count{") && strings.Contains(name, `name="ReassignmentBytesInPerSec"`) {
				f, err := strconv.ParseFloat(value, 64)
				must(t, err)
				bytes += f
			}
		}
	}
	return bytes
}

func (b *beside) withKdeck(t *testing.T, path, rate, phrase string) {
	words := []string{"apply", path}
	if rate != "none" {
		rate += "B"
	}
	r := b.o.run(append(words, "--execute", "--throttle", rate, "--throttle-anyway", "--confirm", phrase)...)
	if r.code != 0 {
		t.Fatalf("exit %d\n%s%s", r.code, tail(r.out), r.err)
	}
}

func (b *beside) withKafka(t *testing.T, path, rate string) {
	args := []string{"--bootstrap-server", b.c.Bootstrap(), "--reassignment-json-file", path}
	execute := append(slices.Clone(args), "--execute")
	if rate != "none" {
		execute = append(execute, "--throttle", rate)
	}
	run := func(args []string) string {
		r, err := b.c.Tool(t.Context(), kafkatest.ReassignPartitionsCommand, args...)
		must(t, err)
		if r.Exit != 0 {
			t.Fatalf("exit %d\n%s%s", r.Exit, tail(r.Stdout), r.Stderr)
		}
		return r.Stdout
	}
	run(execute)
	eventually(t, "all are moved", func() (bool, string) {
		left, err := b.listed(t.Context())
		return err == nil && left == 0, fmt.Sprint(left, err)
	})
	if rate != "none" {
		run(append(args, "--verify")) // which takes the throttle away
	}
}

// interrupted ends both tools early, and logs which throttles are left.
func (b *beside) interrupted(t *testing.T) {
	b.o.t = t
	before := configured(t, b.c, b.c.BrokerIDs()...)
	there, back := b.plans(t, "big")
	words := []string{"apply", there}
	c := b.o.start(append(words, "--execute", "--throttle", "2MB", "-m", "4", "--confirm", b.o.phrase(words...))...)
	c.says("submitted")
	c.send(syscall.SIGINT)
	if code := c.code(); code != 1 {
		t.Errorf("exit %d\n%s%s", code, c.out, c.err)
	}
	if now := configured(t, b.c, b.c.BrokerIDs()...); now != before {
		t.Errorf("kdeck left\n%s", now)
	}
	b.withKdeck(t, back, "none", b.o.phrase("apply", back))
	r, err := b.c.Tool(t.Context(), kafkatest.ReassignPartitionsCommand, "--bootstrap-server", b.c.Bootstrap(), "--reassignment-json-file", there, "--execute", "--throttle", "2000000")
	must(t, err)
	left := configured(t, b.c, b.c.BrokerIDs()...)
	t.Logf("Kafka's tool has ended (exit %d); in flight %d moves, and these throttles are set:\n%.1500s", r.Exit, b.inFlight(t), left)
	r, err = b.c.Tool(t.Context(), kafkatest.ReassignPartitionsCommand, "--bootstrap-server", b.c.Bootstrap(), "--reassignment-json-file", there, "--cancel")
	must(t, err)
	t.Logf("after its --cancel (exit %d): %d in flight; throttles:\n%.1500s", r.Exit, b.inFlight(t), configured(t, b.c, b.c.BrokerIDs()...))
}

func (b *beside) inFlight(t *testing.T) int {
	left, err := b.listed(t.Context())
	must(t, err)
	return left
}

// listed is how many partitions the controller lists as being reassigned.
func (b *beside) listed(ctx context.Context) (n int, err error) {
	resp, err := kmsg.NewPtrListPartitionReassignmentsRequest().RequestWith(ctx, b.client)
	if err != nil {
		return 0, err
	}
	for _, t := range resp.Topics {
		n += len(t.Partitions)
	}
	return n, nil
}

// plans writes the plan that takes a topic's second replicas off broker 5 to the next one, and its reverse.
func (b *beside) plans(t *testing.T, topic string) (there, back string) {
	t.Helper()
	write := func(second func(first int32) int32) string {
		moves := make([]plan.Assignment, map[string]int{"small": 300, "big": 24}[topic])
		for i := range moves {
			first := int32(i%4) + 1
			moves[i] = plan.Assignment{Topic: topic, Partition: int32(i), Replicas: []int32{first, second(first)}}
		}
		return planFile(t, moves)
	}
	return write(func(first int32) int32 { return first%4 + 1 }), write(func(int32) int32 { return 5 })
}

// listing watches for how long the controller lists reassignments.
type listing struct {
	stopped     chan struct{}
	done        sync.WaitGroup
	first, last time.Time
}

func (b *beside) listing(t *testing.T) *listing {
	l := &listing{stopped: make(chan struct{})}
	l.done.Go(func() {
		for {
			select {
			case <-l.stopped:
				return
			case <-time.After(50 * time.Millisecond):
			}
			if left, err := b.listed(t.Context()); err == nil && left > 0 {
				l.last = time.Now()
				if l.first.IsZero() {
					l.first = l.last
				}
			}
		}
	})
	return l
}

func (l *listing) stop() time.Duration {
	close(l.stopped)
	l.done.Wait()
	return l.last.Sub(l.first)
}

// latency is how long single records take to be acknowledged by all replicas in sync.
type latency struct {
	mu   sync.Mutex
	took []timed
}

type timed struct {
	at   time.Time
	took time.Duration
}

// startLatency produces records at a rate until the end of the test.
func startLatency(t *testing.T, bootstrap, topic string, rate int) *latency {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(strings.Split(bootstrap, ",")...), kgo.DefaultProduceTopic(topic), kgo.ProducerLinger(0), kgo.RecordPartitioner(kgo.RoundRobinPartitioner()))
	must(t, err)
	l := &latency{}
	var running sync.WaitGroup
	stopped := make(chan struct{})
	running.Go(func() {
		tick := time.NewTicker(time.Second / time.Duration(rate))
		defer tick.Stop()
		value := []byte(strings.Repeat("x", 1000))
		for {
			select {
			case <-stopped:
				return
			case <-tick.C:
			}
			at := time.Now()
			client.Produce(t.Context(), &kgo.Record{Value: value}, func(_ *kgo.Record, err error) {
				if err == nil {
					l.mu.Lock()
					l.took = append(l.took, timed{at, time.Since(at)})
					l.mu.Unlock()
				}
			})
		}
	})
	t.Cleanup(func() { close(stopped); running.Wait(); client.Close() })
	return l
}

// percentile is a quantile of the records that were sent between two moments.
func (l *latency) percentile(from, to time.Time, q float64) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	var took []time.Duration
	for _, r := range l.took {
		if !r.at.Before(from) && r.at.Before(to) {
			took = append(took, r.took)
		}
	}
	return quantile(took, q)
}

func quantile(d []time.Duration, q float64) time.Duration {
	if len(d) == 0 {
		return 0
	}
	d = slices.Clone(d)
	slices.Sort(d)
	return d[min(int(q*float64(len(d))), len(d)-1)].Round(100 * time.Microsecond)
}

func median(d []time.Duration) time.Duration { return quantile(d, 0.5) }
