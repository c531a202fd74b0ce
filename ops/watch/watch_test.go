package watch

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kdeck/ops/health"
	"kdeck/ops/history"
	"kdeck/ops/kafka"
	"kdeck/ops/sim"
	"kdeck/ops/state"
)

// watching runs a Watch beside a test, in virtual time.
func watching(t *testing.T, o sim.Options, test func(*testing.T, *sim.Cluster, *Watch)) {
	t.Helper()
	inCluster(t, o, func(t *testing.T, c *sim.Cluster, s *kafka.Session) {
		ctx, stop := context.WithCancel(t.Context())
		w := New(s, Options{})
		done := make(chan struct{})
		go func() { w.Run(ctx); close(done) }()
		test(t, c, w)
		stop()
		<-done
	})
}

// until waits for a state that is so, for a minute of virtual time at the most.
func until(t *testing.T, w *Watch, is func(*state.State) bool) *state.State {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	s := w.Latest()
	for !is(s) {
		var err error
		if s, _, err = w.Next(ctx, s.Seq); err != nil {
			t.Fatalf("it did not come to that: %v; at the end: %s %s%s", err, w.Latest().Verdict, w.Latest().Failed, told(w.Latest().Findings))
		}
	}
	return s
}

func TestTheFirstStateSaysWhatItWaitsFor(t *testing.T) {
	inCluster(t, sim.Options{Brokers: 3, Topics: 1}, func(t *testing.T, c *sim.Cluster, s *kafka.Session) {
		first := New(s, Options{}).Latest()
		if first.Snapshot != nil || first.Verdict != state.VerdictUnknown || !strings.HasPrefix(first.Waiting, "the first answer from "+c.Bootstrap()[0]) {
			t.Errorf("waiting for %q, verdict %s", first.Waiting, first.Verdict)
		}
	})
}

func TestABrokerThatDiesIsFoundWithinTenSecondsOfBeingFenced(t *testing.T) {
	watching(t, sim.Options{}, func(t *testing.T, c *sim.Cluster, w *Watch) {
		until(t, w, func(s *state.State) bool { return s.Verdict == state.VerdictHealthy })
		if err := c.Kill(4); err != nil {
			t.Fatal(err)
		}
		died := time.Now()
		s := until(t, w, func(s *state.State) bool { return hasCode(s, health.BrokerNotAnswering) })
		if took := time.Since(died); took > 10*time.Second {
			t.Errorf("that it does not answer took %s", took)
		}
		if s.Verdict != state.VerdictHealthy {
			t.Errorf("after one look without an answer: verdict %s", s.Verdict)
		}
		s = until(t, w, func(s *state.State) bool { return hasCode(s, health.BrokerDown) })
		if took := time.Since(died); took > 9*time.Second+10*time.Second {
			t.Errorf("that it is down took %s", took)
		}
		b := s.Snapshot.Broker(4)
		if since := b.SilentSince; !since.Known || died.Sub(since.Value).Abs() > time.Second {
			t.Errorf("silent since %v, it died at %v", since, died)
		}
		if dirs := b.LogDirs; !dirs.Known || dirs.At.After(died) {
			t.Errorf("the log dirs of before are not kept with their time: %+v", dirs)
		}
		for i := range s.Snapshot.NumPartitions() {
			for r := range s.Snapshot.Partition(i).Replicas() {
				if r.Size < 0 {
					t.Fatalf("the size of %s/%d on broker %d is forgotten", s.Snapshot.Partition(i).Topic().Name(), s.Snapshot.Partition(i).ID(), r.Broker)
				}
			}
		}
		if err := c.Start(4); err != nil {
			t.Fatal(err)
		}
		until(t, w, func(s *state.State) bool { return s.Verdict == state.VerdictHealthy })
	})
}

func hasCode(s *state.State, code string) bool {
	for _, f := range s.Findings {
		if f.Code == code {
			return true
		}
	}
	return false
}

func TestAClusterThatGoesAwayStaysOnScreenWithItsAge(t *testing.T) {
	watching(t, sim.Options{Brokers: 4, Topics: 3}, func(t *testing.T, c *sim.Cluster, w *Watch) {
		was := until(t, w, func(s *state.State) bool { return s.Snapshot != nil })
		for id := range int32(4) {
			if err := c.Kill(id + 1); err != nil {
				t.Fatal(err)
			}
		}
		s := until(t, w, func(s *state.State) bool { return s.Failed != "" })
		if s.Verdict != state.VerdictUnknown || !hasCode(s, health.Unreachable) || s.Snapshot == nil || s.Snapshot.NumTopics() != was.Snapshot.NumTopics() {
			t.Errorf("verdict %s%s", s.Verdict, told(s.Findings))
		}
		if age, ok := s.Age(); !ok || age <= 0 {
			t.Errorf("its age is %v, %v", age, ok)
		}
		for id := range int32(4) {
			if err := c.Start(id + 1); err != nil {
				t.Fatal(err)
			}
		}
		if s = until(t, w, func(s *state.State) bool { return s.Verdict == state.VerdictHealthy }); s.Failed != "" {
			t.Errorf("still failed: %s", s.Failed)
		}
	})
}

func TestASlowReaderMissesStatesAndHoldsNothingUp(t *testing.T) {
	watching(t, sim.Options{Brokers: 3, Topics: 1}, func(t *testing.T, _ *sim.Cluster, w *Watch) {
		first := until(t, w, func(s *state.State) bool { return s.Snapshot != nil })
		time.Sleep(time.Minute)
		s, _, err := w.Next(t.Context(), first.Seq)
		if err != nil {
			t.Fatal(err)
		}
		if behind := time.Since(s.Now); s.Seq < first.Seq+10 || behind > DefaultInterval {
			t.Errorf("got state %d of %s ago, after %d a minute ago", s.Seq, behind, first.Seq)
		}
	})
}

func TestWhatIsSpentIsCounted(t *testing.T) {
	watching(t, sim.Options{Brokers: 3, Topics: 1}, func(t *testing.T, _ *sim.Cluster, w *Watch) {
		s := until(t, w, func(s *state.State) bool { return s.Seq > 5 })
		// 11 requests every 5 seconds.
		if s.Spent.Requests < 40 || s.Spent.Bytes == 0 || s.Spent.PerSecond < 1 || s.Spent.PerSecond > 3 {
			t.Errorf("%+v", s.Spent)
		}
	})
}

func TestFindingsKnowSinceWhenTheyAreThere(t *testing.T) {
	watching(t, sim.Options{Brokers: 4, Topics: 10}, func(t *testing.T, c *sim.Cluster, w *Watch) {
		until(t, w, func(s *state.State) bool { return s.Snapshot != nil })
		if err := c.FailLogDir(2, 0); err != nil {
			t.Fatal(err)
		}
		s := until(t, w, func(s *state.State) bool { return hasCode(s, health.LogDirOffline) })
		since := s.Findings[0].Since
		if !since.Known || since.Value != s.Now {
			t.Errorf("at first: since %+v, now %s", since, s.Now)
		}
		s = until(t, w, func(n *state.State) bool { return n.Seq > s.Seq+2 })
		if again := s.Findings[0].Since; again.Value != since.Value {
			t.Errorf("later: since %v, at first %v", again.Value, since.Value)
		}
	})
	watching(t, sim.Options{Scenario: "bad-disk"}, func(t *testing.T, _ *sim.Cluster, w *Watch) {
		s := until(t, w, func(s *state.State) bool { return s.Seq > 3 })
		for _, f := range s.Findings {
			if f.Since.Known {
				t.Errorf("%s was there at the first look and claims to know since when: %+v", f.Code, f.Since)
			}
		}
	})
}

func TestLooksThatFailAreFurtherAndFurtherApart(t *testing.T) {
	w := &Watch{o: Options{}.orDefaults()}
	for _, c := range []struct {
		name     string
		took     time.Duration
		failures int
		want     time.Duration
	}{
		{"all is well", 20 * time.Millisecond, 0, 5 * time.Second},
		{"looks take long", 4 * time.Second, 0, 8 * time.Second},
		{"a look failed", 0, 1, 5 * time.Second},
		{"the third look in a row failed", 0, 3, 20 * time.Second},
		{"nothing has worked for long", 3 * time.Second, 40, time.Minute},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := w.pause(c.took, c.failures); got != c.want {
				t.Errorf("rests %s, want %s", got, c.want)
			}
		})
	}
}

func TestABrokerThatFailsLosesItsOwnDataOnly(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*sim.Cluster) error
	}{
		{"it is killed", func(c *sim.Cluster) error { return c.Kill(3) }},
		{"it is silent", func(c *sim.Cluster) error { return c.Silence(3) }},
		{"it is too slow", func(c *sim.Cluster) error { return c.Slow(3, 10*time.Second) }},
		{"it talks nonsense", func(c *sim.Cluster) error { return c.Garbage(3) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			inCluster(t, sim.Options{Brokers: 5, Topics: 20}, func(t *testing.T, cluster *sim.Cluster, s *kafka.Session) {
				if err := c.change(cluster); err != nil {
					t.Fatal(err)
				}
				start := time.Now()
				snapshot := lookAt(t, s, nil)
				if took := time.Since(start); took > DefaultDeadline+time.Second {
					t.Errorf("the look took %s", took)
				}
				t.Log(snapshot.Unknown)
				for _, b := range snapshot.Brokers {
					if bad := b.ID == 3; b.Answered.Known == bad || b.LogDirs.Known == bad || b.MetadataOffset.Known == bad {
						t.Errorf("broker %d: answered %v, log dirs %v", b.ID, b.Answered, b.LogDirs.Known)
					}
				}
				if len(snapshot.Unknown) != 1 || snapshot.Unknown[0].Node != 3 || snapshot.Unknown[0].Why == "" {
					t.Errorf("unknown: %v", snapshot.Unknown)
				}
				if !snapshot.Controller.Known || !snapshot.Moves.Known || snapshot.NumTopics() != 20 {
					t.Errorf("controller %v, moves %v, %d topics", snapshot.Controller, snapshot.Moves, snapshot.NumTopics())
				}
			})
		})
	}
}

// Asked first, a broker whose metadata is of the past must not have its word taken for the cluster's.
func TestMetadataOfAStaleBrokerIsReadAgainFromAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, err := sim.New(sim.Options{Scenario: "stale-broker", Virtual: true})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		s := sessionTo(t, c, c.Bootstrap()[6])
		defer s.Close()
		snapshot := lookAt(t, s, nil)
		if snapshot.From == c.Bootstrap()[6] {
			t.Errorf("the metadata is from the stale broker: %s", snapshot.From)
		}
		for i, p := range c.Partitions() {
			if got := snapshot.Partition(i).Leader(); got != p.Leader {
				t.Fatalf("%s/%d: leader %d, in truth %d", p.Topic, p.Partition, got, p.Leader)
			}
		}
	})
}

func TestAQuorumThatFailsIsFound(t *testing.T) {
	for _, c := range []struct {
		name    string
		kill    []int32
		verdict state.Verdict
		codes   []string
	}{
		{"a controller that follows is gone", []int32{3003}, state.VerdictDegraded, []string{health.VoterSilent}},
		{"the controller that led is gone", []int32{3001}, state.VerdictDegraded, []string{health.VoterSilent}},
		{"most controllers are gone", []int32{3001, 3002}, state.VerdictCritical, []string{health.NoController}},
	} {
		t.Run(c.name, func(t *testing.T) {
			inCluster(t, sim.Options{Brokers: 4, Topics: 3}, func(t *testing.T, cluster *sim.Cluster, s *kafka.Session) {
				first := lookAt(t, s, nil)
				for _, id := range c.kill {
					if err := cluster.Kill(id); err != nil {
						t.Fatal(err)
					}
				}
				time.Sleep(15 * time.Second)
				start := time.Now()
				second := lookAt(t, s, first)
				took := time.Since(start)
				verdict, findings := judged(second, first, time.Now())
				t.Logf("%s in %s%s\nunknown: %v", verdict, took, told(findings), second.Unknown)
				if verdict != c.verdict || took > 2*DefaultDeadline+time.Second {
					t.Errorf("verdict %s after %s, want %s", verdict, took, c.verdict)
				}
				for _, code := range c.codes {
					if !slices.Contains(codes(findings), code) {
						t.Errorf("%s is not found", code)
					}
				}
			})
		})
	}
}

func TestARefreshLooksAtOnce(t *testing.T) {
	watching(t, sim.Options{Brokers: 3, Topics: 1}, func(t *testing.T, c *sim.Cluster, w *Watch) {
		first := until(t, w, func(s *state.State) bool { return s.Snapshot != nil })
		w.Refresh()
		next := until(t, w, func(s *state.State) bool { return s.Seq > first.Seq })
		if after := next.Now.Sub(first.Now); after >= DefaultInterval {
			t.Errorf("looked %v after the last look, as if nobody had asked", after)
		}
	})
}

// judged judges one look.
func judged(s, before *state.Snapshot, now time.Time) (state.Verdict, []state.Finding) {
	return health.Judge(health.Input{State: &state.State{Snapshot: s, Now: now}, Before: before})
}

func TestEveryStateGoesIntoTheHistoryThatComesWithIt(t *testing.T) {
	watching(t, sim.Options{}, func(t *testing.T, c *sim.Cluster, w *Watch) {
		first := until(t, w, func(s *state.State) bool { return s.Snapshot != nil })
		if err := c.Kill(4); err != nil {
			t.Fatal(err)
		}
		dead := until(t, w, func(s *state.State) bool { return hasCode(s, health.BrokerDown) })
		st, past, err := w.Next(t.Context(), dead.Seq-1)
		if err != nil || !past.Began().Equal(first.Snapshot.Taken) {
			t.Errorf("it began at %s, the first look was at %s: %v", past.Began(), first.Snapshot.Taken, err)
		}
		changes := past.Changes(time.Time{})
		if !slices.ContainsFunc(changes, func(c history.Change) bool { return c.Sentence == "broker 4 died or was fenced" }) {
			t.Errorf("with state %d: %v", st.Seq, changes)
		}
	})
}
