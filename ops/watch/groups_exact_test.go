package watch

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/kafka"
	"kdeck/ops/lag"
	"kdeck/ops/sim"
	"kdeck/ops/state"
)

// counted counts the requests for offsets to each broker.
type counted struct {
	Asker
	mu   sync.Mutex
	asks map[string]int
}

func (c *counted) Ask(ctx context.Context, addr string, req kmsg.Request) (kmsg.Response, error) {
	c.mu.Lock()
	c.asks[addr]++
	c.mu.Unlock()
	return c.Asker.Ask(ctx, addr, req)
}

// most is how often the broker was asked that was asked most.
func (c *counted) most() (n int) {
	for _, asks := range c.asks {
		n = max(n, asks)
	}
	return n
}

// written is when the oldest records were written that a group has to read, to the millisecond, by the index of their partitions.
func written(t *testing.T, s Asker, g *state.Group, snap *state.Snapshot) map[int]time.Time {
	t.Helper()
	type span struct{ from, to, offset int64 }
	searched := map[int]*span{}
	for i := range g.Partitions.Value {
		p := &g.Partitions.Value[i]
		if part, ok := snap.FindPartition(p.Topic, p.Partition); ok && p.Lag > 0 {
			searched[part.Index()] = &span{0, time.Now().UnixMilli() + 1, p.Committed}
		}
	}
	for { // the first record that isn't older than from is not behind the offset, and that of to is
		next := map[int]int64{}
		for i, sp := range searched {
			if sp.to-sp.from > 1 {
				next[i] = sp.from + (sp.to-sp.from)/2
			}
		}
		if len(next) == 0 {
			break
		}
		found := Offsets(t.Context(), s, snap, func(yield func(int, int64) bool) {
			for i, at := range next {
				if !yield(i, at) {
					return
				}
			}
		}, Options{})
		for i, at := range next {
			of := found.Of(snap.Partition(i))
			if !of.Known {
				t.Fatal(of.Why)
			}
			if of.Value >= 0 && of.Value <= searched[i].offset {
				searched[i].from = at
			} else {
				searched[i].to = at
			}
		}
	}
	at := map[int]time.Time{}
	for i, sp := range searched {
		at[i] = time.UnixMilli(sp.from)
	}
	return at
}

// Between two looks, ten seconds apart, a burst may come at any moment. Who watches groups is told how wrong that makes their lag in time; of a group that is
// opened leaders are asked, and it is right within 5 % or 2 seconds, whichever is larger.
func TestTheLagInTimeOfAnOpenedGroupIsRightInBurstsAndThatOfOthersSaysHowWrongItCanBe(t *testing.T) {
	inCluster(t, sim.Options{Groups: true, Seed: 1, Topics: 12, Partitions: 60}, func(t *testing.T, c *sim.Cluster, s *kafka.Session) {
		ctx, stop := context.WithCancel(t.Context())
		w := New(s, Options{})
		w.Attend("groups")
		var run sync.WaitGroup
		run.Go(func() { w.Run(ctx) })
		defer func() { stop(); run.Wait() }()
		began := time.Now()
		wrong, right, most := 0, 0, 0
		var last *state.Groups
		before := map[string]*state.GroupRead{}
		for seq := uint64(0); time.Since(began) < 20*time.Minute; {
			st, _, err := w.Next(ctx, seq)
			must(t, err)
			if seq = st.Seq; st.Groups == nil || st.Groups == last {
				continue
			}
			last = st.Groups
			for _, g := range st.Groups.Groups {
				if g.Kind == state.ShareGroup || g.Lag.Value == 0 {
					continue
				}
				asker := &counted{Asker: s, asks: map[string]int{}}
				read := Exact(ctx, asker, g, before[g.ID], st.Ends, Options{})
				before[g.ID] = read
				if most = max(most, asker.most()); read.Why != "" {
					t.Fatalf("%s: %s", g.ID, read.Why)
				}
				truth := written(t, s, g, st.Snapshot)
				for i := range g.Partitions.Value {
					p, exact := &g.Partitions.Value[i], &read.Exact.Partitions.Value[i]
					part, _ := st.Snapshot.FindPartition(p.Topic, p.Partition)
					at, ok := truth[part.Index()]
					if !ok {
						continue
					}
					age := g.Partitions.At.Sub(at)
					by := time.UnixMilli(p.Oldest).Sub(at).Abs()
					switch within := time.Duration(p.OldestWithin) * time.Millisecond; {
					case p.OldestOrBefore && at.After(time.UnixMilli(p.Oldest).Add(time.Second)):
						t.Errorf("%s, %s/%d: said to be at least %s behind, and is %s", g.ID, p.Topic, p.Partition, g.Partitions.At.Sub(time.UnixMilli(p.Oldest)), age)
					case !p.OldestOrBefore && by > within+time.Second:
						t.Errorf("%s, %s/%d: %s behind, off by %s, and said to be off by %s at the most", g.ID, p.Topic, p.Partition, age, by, within)
					case !p.OldestOrBefore && state.Rough(age, by):
						wrong++
					}
					if by := time.UnixMilli(exact.Oldest).Sub(at).Abs(); exact.OldestOrBefore || state.Rough(age, by) {
						t.Errorf("%s opened, %s/%d: %s behind, off by %s (or more: %v)", g.ID, p.Topic, p.Partition, age, by, exact.OldestOrBefore)
					} else {
						right++
					}
				}
			}
		}
		t.Logf("opened, %d times right; watched only, %d times off by more than 5 %% and 2 s, as said; at most %d requests to a broker for a look", right, wrong, most)
		if wrong == 0 || right == 0 || most > lag.MaxRounds {
			t.Error("looks that are ten seconds apart were never wrong, nothing was asked, or too often")
		}
	})
}

func TestOfAGroupThatStandsStillNothingIsAskedAgain(t *testing.T) {
	inCluster(t, sim.Options{Scenario: "hanging-group", Groups: true, Seed: 1, Topics: 12, Partitions: 60}, func(t *testing.T, c *sim.Cluster, s *kafka.Session) {
		snap := lookAt(t, s, nil)
		all, ends := JudgedGroups(t.Context(), s, snap, JudgedOptions{}, Options{})
		g := all.Find("checkout-orders")
		if g == nil || g.Lag.Value == 0 {
			t.Fatalf("it isn't behind: %+v", g)
		}
		first := Exact(t.Context(), s, g, nil, ends, Options{})
		if g.Behind == first.Exact.Behind || first.Exact.BehindAtLeast || !g.BehindAtLeast {
			t.Errorf("%s behind, exactly %s", g.Behind.Value, first.Exact.Behind.Value)
		}
		time.Sleep(10 * time.Second) // virtual
		all, ends = JudgedGroups(t.Context(), s, snap, JudgedOptions{}, Options{})
		asker := &counted{Asker: s, asks: map[string]int{}}
		second := Exact(t.Context(), asker, all.Find("checkout-orders"), first, ends, Options{})
		if n := asker.most(); n > 0 {
			t.Errorf("leaders are asked %d times again", n)
		}
		if grown := second.Exact.Behind.Value - first.Exact.Behind.Value; grown < 9*time.Second || grown > 11*time.Second {
			t.Errorf("in ten seconds its lag in time grew by %s", grown)
		}
		// The topic is made anew under its name: what was found of the old one says nothing.
		anew := *first
		anew.Ends = state.NewOffsets(madeAnew(t, snap))
		asker = &counted{Asker: s, asks: map[string]int{}}
		Exact(t.Context(), asker, all.Find("checkout-orders"), &anew, ends, Options{})
		if asker.most() == 0 {
			t.Error("what was found of a topic is taken for another of the same name")
		}
	})
}

// madeAnew is a snapshot in which all topics have other ids.
func madeAnew(t *testing.T, snap *state.Snapshot) *state.Snapshot {
	b := state.NewBuilder(snap.ClusterID, snap.Taken, 0, 0)
	for i := range snap.NumTopics() {
		topic := snap.Topic(i)
		must(t, b.Topic(topic.Name(), [16]byte{1, byte(i)}, topic.Internal()))
		must(t, b.Partition(0, 1, 1, []int32{1}, []int32{1}, nil))
	}
	return b.Done()
}
