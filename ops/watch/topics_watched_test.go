package watch

import (
	"context"
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/config"
	"kdeck/ops/kafka"
	"kdeck/ops/metrics"
	"kdeck/ops/sim"
	"kdeck/ops/state"
	"kdeck/ops/view"
)

// askedFor counts the requests of an API to all nodes.
func askedFor(c *sim.Cluster, key int16) (n int) {
	for _, keys := range c.Requests() {
		n += keys[key]
	}
	return n
}

func TestTheFactsOfTopicsAreReadWhileTheirPaneIsInFront(t *testing.T) {
	watching(t, sim.Options{Groups: true, Live: true, Seed: 1}, func(t *testing.T, _ *sim.Cluster, w *Watch) {
		until(t, w, func(s *state.State) bool { return s.Groups != nil })
		time.Sleep(2 * time.Minute)
		if w.Latest().Topics != nil {
			t.Fatal("topics are read while nobody looks at them")
		}
		w.Attend("topics")
		s := until(t, w, func(s *state.State) bool { return s.Topics != nil })
		if n := len(s.Topics.Configs); n != s.Snapshot.NumTopics() || len(s.Topics.Unknown) > 0 {
			t.Errorf("configs of %d topics of %d, unknown %v", n, s.Snapshot.NumTopics(), s.Topics.Unknown)
		}
		for i := range s.Snapshot.NumPartitions() {
			if p := s.Snapshot.Partition(i); !s.Topics.Newest.Of(p).Known {
				t.Fatalf("the newest record of %s/%d isn't known: %s", p.Topic().Name(), p.ID(), s.Topics.Newest.Of(p).Why)
			}
		}
		first := s.Topics.At
		s = until(t, w, func(s *state.State) bool { return s.Topics.At.After(first) })
		if apart := s.Topics.At.Sub(first); apart < endsAttended || apart > 2*endsAttended {
			t.Errorf("read again after %s", apart)
		}
		w.Attend("overview")
		time.Sleep(2 * endsAttended)
		last := w.Latest().Topics.At
		time.Sleep(3 * time.Minute)
		if at := w.Latest().Topics.At; at.After(last) {
			t.Errorf("read again at %s, when another pane was in front", at)
		}
	})
}

// A look at groups asks each coordinator once for all offsets and each leader once for the ends, and one at topics asks each leader once for the newest
// records, whatever the number of groups and topics.
func TestTheRequestsOfAnAttendedLookAreThoseOfTheBudget(t *testing.T) {
	for _, few := range []bool{true, false} {
		o := sim.Options{Groups: true, Live: true, Seed: 1, Topics: 12, Partitions: 60}
		if !few {
			o.Topics, o.Partitions, o.MoreGroups, o.GroupTopics = 100, 1000, 300, 20
		}
		watching(t, o, func(t *testing.T, c *sim.Cluster, w *Watch) {
			w.Attend("topics")
			s := until(t, w, func(s *state.State) bool { return s.Topics != nil && s.Groups != nil && s.Groups.Looks > 1 })
			brokers := len(s.Snapshot.Brokers)
			offsets, ends := askedFor(c, kmsg.OffsetFetch.Int16()), askedFor(c, kmsg.ListOffsets.Int16())
			const looks = 5
			time.Sleep(looks * endsAttended)
			coordinators := map[int32]bool{}
			for _, g := range w.Latest().Groups.Groups {
				coordinators[g.Coordinator] = true
			}
			if n := askedFor(c, kmsg.OffsetFetch.Int16()) - offsets; n > looks*len(coordinators) || n < (looks-1)*len(coordinators) {
				t.Errorf("%d OffsetFetch in %d looks at %d coordinators", n, looks, len(coordinators))
			}
			// One for the ends and one for the newest records; and one where groups stand still since before the first look.
			if n := askedFor(c, kmsg.ListOffsets.Int16()) - ends; n > looks*3*brokers || n < (looks-1)*2*brokers {
				t.Errorf("%d ListOffsets in %d looks at %d leaders", n, looks, brokers)
			}
		})
	}
}

func TestTopicsOfWhichOneLeaderIsSilentAreKnownAsFarAsTheOthersTell(t *testing.T) {
	watching(t, sim.Options{Groups: true, Seed: 1}, func(t *testing.T, c *sim.Cluster, w *Watch) {
		until(t, w, func(s *state.State) bool { return s.Snapshot != nil })
		if err := c.Silence(4); err != nil {
			t.Fatal(err)
		}
		w.Attend("topics")
		s := until(t, w, func(s *state.State) bool { return s.Topics != nil })
		known, unknown := 0, []int32{}
		for i := range s.Snapshot.NumPartitions() {
			p := s.Snapshot.Partition(i)
			if s.Topics.Newest.Of(p).Known {
				known++
			} else if !slices.Contains(unknown, p.Leader()) {
				unknown = append(unknown, p.Leader())
			}
		}
		if known == 0 || len(unknown) != 1 || unknown[0] != 4 {
			t.Errorf("%d newest records are known; those of leaders %v are not", known, unknown)
		}
	})
}

func TestTopicsAreComparedInSizeWithWhatTheyWereAMinuteOrTwoBefore(t *testing.T) {
	watching(t, sim.Options{Groups: true, Live: true, Seed: 1}, func(t *testing.T, _ *sim.Cluster, w *Watch) {
		w.Attend("topics")
		s := until(t, w, func(s *state.State) bool { return s.Topics != nil })
		if s.Topics.Before != nil {
			t.Fatal("something is compared with at the first look")
		}
		began := time.Now()
		for time.Since(began) < 10*time.Minute {
			last := s.Topics
			s = until(t, w, func(s *state.State) bool { return s.Topics != last })
			before := s.Topics.Before
			if before == nil {
				if time.Since(began) > sizesApart+2*endsAttended {
					t.Fatalf("nothing to compare with after %s", time.Since(began))
				}
				continue
			}
			if apart := s.Topics.At.Sub(before.Taken); apart < sizesApart || apart > 2*sizesApart+3*endsAttended {
				t.Errorf("compared with %s before", apart)
			}
			grew := 0
			for i := range s.Snapshot.NumPartitions() {
				p := s.Snapshot.Partition(i)
				was, ok := before.FindPartition(p.Topic().Name(), p.ID())
				if !ok {
					continue
				}
				now, known := p.Size()
				old, had := was.Size()
				if known && had && now > old {
					grew++
				}
			}
			if grew < s.Snapshot.NumPartitions()/2 {
				t.Errorf("%d of %d partitions grew", grew, s.Snapshot.NumPartitions())
			}
		}
		w.Attend("overview")
		time.Sleep(10 * time.Minute) // nobody looks
		last := s.Topics
		w.Attend("topics")
		if s = until(t, w, func(s *state.State) bool { return s.Topics != last }); s.Topics.Before != nil {
			t.Errorf("compared with %s before", s.Topics.At.Sub(s.Topics.Before.Taken))
		}
	})
}

// pollsOf counts the pages that a source is asked for.
type pollsOf struct {
	Source
	mu    sync.Mutex
	pages int
}

func (p *pollsOf) Poll(ctx context.Context, targets []metrics.Target) []metrics.Answer {
	p.mu.Lock()
	p.pages += len(targets)
	p.mu.Unlock()
	return p.Source.Poll(ctx, targets)
}

func (p *pollsOf) in(d time.Duration) int {
	before := p.count()
	time.Sleep(d)
	return p.count() - before
}

func (p *pollsOf) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.pages
}

func TestWhatBrokersCountOfTopicsIsKeptWhileTheirPaneIsInFrontAndCostsNoPageMore(t *testing.T) {
	inCluster(t, sim.Options{Groups: true, Metrics: true, Live: true, Seed: 1}, func(t *testing.T, c *sim.Cluster, s *kafka.Session) {
		poller := metrics.NewPoller(config.Metrics{Prometheus: config.ExporterByBroker(c.MetricsURLs())}, metrics.Options{Dial: c.DialContext})
		defer poller.Close()
		source := &pollsOf{Source: poller}
		ctx, stop := context.WithCancel(t.Context())
		w := New(s, Options{Metrics: source})
		var run sync.WaitGroup
		run.Go(func() { w.Run(ctx) })
		defer func() { stop(); run.Wait() }()
		told := func(s *state.State) bool {
			for _, m := range s.Metrics {
				if m.Known && m.Value.Topics != nil {
					return true
				}
			}
			return false
		}
		read := func(s *state.State) bool { return s.Snapshot != nil && anyMetrics(s) }
		until(t, w, read)
		if told(w.Latest()) {
			t.Fatal("topics are kept while nobody looks at them")
		}
		w.Attend("topics")
		until(t, w, func(s *state.State) bool {
			rows := view.TopicRows(s, nil)
			return slices.ContainsFunc(rows, func(r *view.TopicRow) bool { return r.BytesIn > 0 })
		})
		if n, most := source.in(time.Minute), len(w.Latest().Snapshot.Brokers)*int(time.Minute/DefaultMetricsInterval+1); n > most {
			t.Errorf("%d pages are read in a minute, more than %d", n, most)
		}
		// What brokers count of topics is, together, what they count of all of them.
		st := w.Latest()
		sum, all, known := 0.0, 0.0, 0
		for _, r := range view.TopicRows(st, nil) {
			if !math.IsNaN(r.BytesIn) {
				sum, known = sum+r.BytesIn, known+1
			}
		}
		for _, m := range st.Metrics {
			all += m.Value.BytesIn.Value
		}
		if known == 0 || math.Abs(sum-all) > all/100 {
			t.Errorf("%d topics take %.0f bytes a second, their brokers %.0f", known, sum, all)
		}
		w.Attend("overview")
		until(t, w, func(s *state.State) bool { return read(s) && !told(s) })
	})
}
