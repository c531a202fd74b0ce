package subcmd_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"kdeck/ops/kafka"
	"kdeck/ops/kafkatest"
	"kdeck/ops/state"
	"kdeck/ops/watch"
)

// offBy tells whether a lag in time is wrong by more than 5 % or 2 seconds, whichever is larger.
func offBy(got, want time.Duration) (by time.Duration, wrong bool) {
	by = (got - want).Abs()
	return by, by > max(want/20, 2*time.Second)
}

// commit commits one offset for each partition of a topic.
func (g *realGroups) commit(group, topic string, offsets map[int32]int64) {
	g.t.Helper()
	if g.admin == nil {
		client, err := kgo.NewClient(kgo.SeedBrokers(strings.Split(g.c.Bootstrap(), ",")...))
		must(g.t, err)
		g.t.Cleanup(client.Close)
		g.admin = kadm.NewClient(client)
	}
	all := kadm.Offsets{}
	for partition, at := range offsets {
		all.Add(kadm.Offset{Topic: topic, Partition: partition, At: at, LeaderEpoch: -1})
	}
	must(g.t, g.admin.CommitAllOffsets(g.t.Context(), group, all))
}

// write writes records to one partition, with times of their own.
func (g *realGroups) write(topic string, partition int32, times []time.Time) {
	g.t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(strings.Split(g.c.Bootstrap(), ",")...), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	must(g.t, err)
	defer client.Close()
	for batch := range slices.Chunk(times, 50) { // a batch has the time of its youngest record in the time index
		var records []*kgo.Record
		for _, at := range batch {
			records = append(records, &kgo.Record{Topic: topic, Partition: partition, Timestamp: at, Value: []byte(at.Format(time.RFC3339Nano))})
		}
		must(g.t, client.ProduceSync(g.t.Context(), records...).FirstErr())
	}
}

// behindBefore has groups that were behind before kdeck looked, in topics that were written steadily, in bursts, and until a while ago: their lag
// in time is that of the records' own times.
func (g *realGroups) behindBefore(t *testing.T) {
	g = g.on(t)
	must(t, g.c.CreateTopics(t.Context(), kafkatest.Topic{Name: "aged", Partitions: 3, Replicas: 1}))
	now := time.Now()
	var steady, bursts, stopped []time.Time
	for i := range 3000 {
		steady = append(steady, now.Add(-time.Duration(3000-i)*3*time.Second))                                                                  // for two and a half hours
		bursts = append(bursts, now.Add(-time.Duration(30-i/100)*5*time.Minute+time.Duration(i%100)*10*time.Millisecond))                       // a second in every five minutes
		stopped = append(stopped, now.Add(-30*time.Minute-time.Duration(float64(3000-i)*float64(3000-i)/9e6*float64(24*time.Hour))).Round(1e6)) // until half an hour ago
	}
	times := [][]time.Time{steady, bursts, stopped}
	for p, at := range times {
		g.write("aged", int32(p), at)
	}
	for _, offset := range []int64{0, 1, 700, 1450, 2990, 2999} {
		id := fmt.Sprintf("behind-at-%d", offset)
		g.commit(id, "aged", map[int32]int64{0: offset, 1: offset, 2: offset})
		asked := time.Now()
		doc, out := g.group(id)
		answered := time.Now()
		if len(doc.Partitions) != 3 {
			t.Fatal(out)
		}
		for _, p := range doc.Partitions {
			if p.LagSeconds == nil || p.LagSecondsOrMore {
				t.Errorf("%s: the lag in time of partition %d isn't known:\n%s", id, p.Partition, out)
				continue
			}
			got, written := time.Duration(*p.LagSeconds*float64(time.Second)), times[p.Partition][offset]
			least, most := asked.Sub(written), answered.Sub(written)
			by, wrong := offBy(got, min(max(got, least), most))
			if wrong {
				t.Errorf("%s, partition %d: %v behind, want %v", id, p.Partition, got, most)
			}
			t.Logf("%s, partition %d: %v behind of %v, off by %v", id, p.Partition, got.Round(time.Second), most.Round(time.Second), by)
		}
	}
}

// oddOffsets has offsets of a topic that was made anew with fewer records, of before the start of the log, and of a read_committed reader that an
// open transaction holds up.
func (g *realGroups) oddOffsets(t *testing.T) {
	g = g.on(t)
	must(t, g.c.CreateTopics(t.Context(), kafkatest.Topic{Name: "again", Partitions: 1, Replicas: 1}, kafkatest.Topic{Name: "cut", Partitions: 1, Replicas: 1},
		kafkatest.Topic{Name: "open", Partitions: 1, Replicas: 1}))
	for _, topic := range []string{"again", "cut", "open"} {
		g.write(topic, 0, slices.Repeat([]time.Time{time.Now()}, 5))
	}
	g.commit("reads-again", "again", map[int32]int64{0: 30})
	g.commit("reads-cut", "cut", map[int32]int64{0: 1})
	g.commit("reads-committed", "open", map[int32]int64{0: 5})
	client, err := kgo.NewClient(kgo.SeedBrokers(strings.Split(g.c.Bootstrap(), ",")...), kgo.TransactionalID("holds-up"), kgo.DefaultProduceTopic("open"))
	must(t, err)
	defer client.Close()
	must(t, client.BeginTransaction())
	must(t, client.ProduceSync(t.Context(), kgo.StringRecord("a"), kgo.StringRecord("b")).FirstErr())
	admin := kadm.NewClient(client)
	cut := kadm.Offsets{}
	cut.Add(kadm.Offset{Topic: "cut", Partition: 0, At: 3})
	_, err = admin.DeleteRecords(t.Context(), cut)
	must(t, err)
	for id, want := range map[string]struct {
		lag     string
		trouble string
	}{
		"reads-again":     {"-", "beyond the end"},
		"reads-cut":       {"2", "deleted by retention"},
		"reads-committed": {"2", ""},
	} {
		doc, out := g.group(id)
		if len(doc.Partitions) != 1 || number(doc.Partitions[0].Lag) != want.lag || !strings.Contains(word(doc.Partitions[0].Trouble), want.trouble) {
			t.Errorf("%s: want a lag of %s, and %q:\n%s", id, want.lag, want.trouble, out)
		}
		t.Logf("Kafka's tool:\n%s", g.tool(kafkatest.ConsumerGroupCommand, "--describe", "--group", id))
	}
	must(t, client.EndTransaction(t.Context(), kgo.TryAbort))
}

// writing is a log whose records' times are kept.
type writing struct {
	mu    sync.Mutex
	times []time.Time // by offset
}

func (w *writing) at(offset int64) (time.Time, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if offset < 0 || offset >= int64(len(w.times)) {
		return time.Time{}, false
	}
	return w.times[offset], true
}

// The lag in time of groups that stay a while behind is that of the records' own times: while a topic is written steadily, in bursts, and no more; for
// one who watches and opens the group, and for one who looks once and exactly. Between two looks, of ten seconds, who only watches takes records as
// written steadily, and is told by how much that can be wrong.
func TestLagInTimeOnRealKafka(t *testing.T) {
	kafkatest.Require(t)
	if soaking() == 0 {
		t.Skip("takes five minutes a version; make soak runs it")
	}
	for _, version := range kafkatest.Versions() {
		t.Run(version, func(t *testing.T) {
			c := kafkatest.Start(t, kafkatest.Options{Version: version})
			g := &realGroups{t: t, c: c, deck: newDeck(t, "-b", c.Bootstrap())}
			topics := map[string]*writing{"steady": {}, "bursts": {}, "stopped": {}}
			began := time.Now()
			for name, w := range topics {
				must(t, c.CreateTopics(t.Context(), kafkatest.Topic{Name: name, Partitions: 1, Replicas: 1}))
				client, err := kgo.NewClient(kgo.SeedBrokers(c.Bootstrap()), kgo.DefaultProduceTopic(name))
				must(t, err)
				t.Cleanup(client.Close)
				due := func(second int) int {
					switch {
					case name == "bursts" && second%23 != 0, name == "stopped" && second > 90:
						return 0
					case name == "bursts":
						return 1000
					}
					return 50
				}
				ctx, cancel := context.WithCancel(t.Context())
				var running sync.WaitGroup
				t.Cleanup(func() { cancel(); running.Wait() })
				running.Go(func() {
					for second := 0; every(ctx, time.Until(began.Add(time.Duration(second)*time.Second))); second++ {
						for n := due(second); n > 0; n -= 10 { // over about a second
							var batch []*kgo.Record
							for range 10 {
								batch = append(batch, &kgo.Record{Value: []byte("v"), Timestamp: time.Now()})
							}
							if err := client.ProduceSync(ctx, batch...).FirstErr(); err != nil {
								return
							}
							w.mu.Lock()
							for _, r := range batch {
								w.times = append(w.times, r.Timestamp)
							}
							w.mu.Unlock()
							every(ctx, time.Second/time.Duration(max(due(second)/10, 1))/2)
						}
					}
				})
			}
			// Each group commits the record that was written so long ago, and the last one stands still.
			behind := []time.Duration{3 * time.Second, 15 * time.Second, 45 * time.Second, 0}
			first := watchOffsets(t, c)
			for round := 0; time.Since(began) < 4*time.Minute; round++ {
				for name, w := range topics {
					for _, d := range behind {
						w.mu.Lock()
						at, _ := slices.BinarySearchFunc(w.times, time.Now().Add(-d), time.Time.Compare)
						w.mu.Unlock()
						if d == 0 {
							at = 50
						}
						g.commit(fmt.Sprintf("%s-%v", name, d), name, map[int32]int64{0: int64(at)})
					}
				}
				every(t.Context(), time.Second)
			}
			first.mu.Lock()
			defer first.mu.Unlock()
			for id, seen := range first.seen {
				name, _, _ := strings.Cut(id, "-")
				open := strings.HasSuffix(id, opened)
				var worst, sum time.Duration
				looks, bad, more := 0, 0, 0
				example := ""
				for _, s := range seen {
					written, ok := topics[name].at(s.committed)
					if !ok || s.oldest.IsZero() {
						continue
					}
					want, got := s.at.Sub(written), s.at.Sub(s.oldest)
					if s.orBefore {
						if more++; open || got > want+2*time.Second {
							t.Errorf("%s: at least %v behind, and it is %v", id, got, want)
						}
						continue
					}
					by, wrong := offBy(got, want)
					if name != "steady" && !open { // what happens between two looks isn't seen, such as that nothing more is written; who opens the group asks for it
						wrong = wrong && by > s.within+time.Second
					}
					looks++
					if sum += by; by > worst {
						worst, example = by, fmt.Sprintf("said %v of %v", got.Round(time.Second/10), want.Round(time.Second/10))
					}
					if wrong {
						bad++
					}
				}
				line := fmt.Sprintf("%s: %d looks, off by %v on average and %v at the most (%s), %d beyond the bound; %d said at least", id, looks, (sum / time.Duration(max(looks, 1))).Round(time.Millisecond), worst.Round(time.Millisecond), example, bad, more)
				if bad > 0 {
					t.Error(line)
				} else {
					t.Log(line)
				}
			}
			for id := range first.seen {
				name, _, _ := strings.Cut(id, "-")
				if strings.HasSuffix(id, opened) {
					continue
				}
				doc, out := g.group(id)
				if len(doc.Partitions) != 1 || doc.Partitions[0].LagSeconds == nil {
					t.Logf("%s: no lag in time:\n%s", id, out)
					continue
				}
				p := doc.Partitions[0]
				written, ok := topics[name].at(*p.Committed)
				if !ok {
					continue
				}
				got, want := time.Duration(*p.LagSeconds*float64(time.Second)), time.Since(written)
				by, wrong := offBy(got, want)
				t.Logf("%s, opened by one who looks once: said %v of %v, off by %v", id, got.Round(time.Second/10), want.Round(time.Second/10), by.Round(time.Millisecond))
				if wrong {
					t.Errorf("%s: wrong", id)
				}
			}
		})
	}
}

// offsetsSeen is what one who watches is told of the first partition of each group.
type offsetsSeen struct {
	mu   sync.Mutex
	seen map[string][]offsetSeen
}

type offsetSeen struct {
	at, oldest time.Time
	within     time.Duration // by how much oldest is said to be wrong at the most
	committed  int64
	orBefore   bool
}

// opened ends the id under which is kept what is told of a group that is open in the console.
const opened = ", opened"

// watchOffsets watches groups, each also as one who has it open in the console.
func watchOffsets(t *testing.T, c *kafkatest.Cluster) *offsetsSeen {
	o := &offsetsSeen{seen: map[string][]offsetSeen{}}
	before := map[string]*state.GroupRead{}
	watchEach(t, c, func(session *kafka.Session, s *state.State) {
		for _, g := range s.Groups.Groups {
			if len(g.Partitions.Value) == 0 {
				continue
			}
			before[g.ID] = watch.Exact(t.Context(), session, g, before[g.ID], s.Ends, watch.Options{})
			if t.Context().Err() == nil {
				o.note(g.ID, g)
				o.note(g.ID+opened, before[g.ID].Exact)
			}
		}
	})
	return o
}

func (o *offsetsSeen) note(id string, g *state.Group) {
	o.mu.Lock()
	defer o.mu.Unlock()
	p := g.Partitions.Value[0]
	s := offsetSeen{at: g.Partitions.At, committed: p.Committed, orBefore: p.OldestOrBefore, within: time.Duration(p.OldestWithin) * time.Millisecond}
	if p.Oldest != 0 {
		s.oldest = time.UnixMilli(p.Oldest)
	}
	o.seen[id] = append(o.seen[id], s)
}
