package watch

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/health"
	"kdeck/ops/metrics"
	"kdeck/ops/state"
)

// exporters answer polls as a test wants: each broker after so long, or never, or with an error.
type exporters struct {
	mu    sync.Mutex
	takes map[int32]time.Duration
	fails map[int32]error
	idle  map[int32]float64 // of the request handlers; none: unknown
	asked map[int32][]time.Time
	busy  bool
	twice bool // polled while a poll was under way
}

func newExporters() *exporters {
	return &exporters{takes: map[int32]time.Duration{}, fails: map[int32]error{}, idle: map[int32]float64{}, asked: map[int32][]time.Time{}}
}

func (e *exporters) Poll(ctx context.Context, targets []metrics.Target) []metrics.Answer {
	e.mu.Lock()
	e.twice, e.busy = e.twice || e.busy, true
	e.mu.Unlock()
	answers := make([]metrics.Answer, len(targets))
	var all sync.WaitGroup
	for i, t := range targets {
		all.Go(func() {
			e.mu.Lock()
			takes, err := e.takes[t.ID], e.fails[t.ID]
			e.asked[t.ID] = append(e.asked[t.ID], time.Now())
			e.mu.Unlock()
			ctx, cancel := context.WithTimeout(ctx, metrics.DefaultDeadline)
			defer cancel()
			select {
			case <-time.After(takes):
			case <-ctx.Done():
				err = ctx.Err()
			}
			answers[i] = metrics.Answer{ID: t.ID, Err: err}
			if err == nil {
				answers[i].Broker = &state.BrokerMetrics{ID: t.ID, At: time.Now(), From: t.Host}
				e.mu.Lock()
				if v, ok := e.idle[t.ID]; ok {
					answers[i].Broker.HandlerIdle = state.Read(v, time.Now(), t.Host)
				}
				e.mu.Unlock()
			}
		})
	}
	all.Wait()
	e.mu.Lock()
	e.busy = false
	e.mu.Unlock()
	return answers
}

// Traffic is 1 kB a page.
func (e *exporters) Traffic() (bytes int64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, polls := range e.asked {
		bytes += 1000 * int64(len(polls))
	}
	return bytes
}

// set changes how a broker's exporter answers.
func (e *exporters) set(id int32, takes time.Duration, fails error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.takes[id], e.fails[id] = takes, fails
}

// handlers sets how idle a broker's request handlers are.
func (e *exporters) handlers(id int32, idle float64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.idle[id] = idle
}

// polls is how often a broker was polled since then.
func (e *exporters) polls(id int32, since time.Time) (n int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, at := range e.asked[id] {
		if !at.Before(since) {
			n++
		}
	}
	return n
}

// whilePolling runs a Watch of three fake brokers and their exporters beside a test, in virtual time.
func whilePolling(t *testing.T, f *fake, e *exporters, test func(*testing.T, *Watch)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		w := New(f, Options{Metrics: e})
		done := make(chan struct{})
		go func() { w.Run(ctx); close(done) }()
		test(t, w)
		stop()
		<-done
		if e.twice {
			t.Error("polled while a poll was under way")
		}
	})
}

func read(s *state.State, ids ...int32) bool {
	for _, id := range ids {
		if !s.Metrics[id].Known {
			return false
		}
	}
	return true
}

func TestMetricsComeIntoTheStateBesideTheLooks(t *testing.T) {
	e := newExporters()
	whilePolling(t, newFake(nil), e, func(t *testing.T, w *Watch) {
		if first := w.Latest(); first.Metrics != nil || first.NoMetrics != notReadYet {
			t.Errorf("before the first poll: %v, %q", first.Metrics, first.NoMetrics)
		}
		s := until(t, w, func(s *state.State) bool { return read(s, 1, 2, 3) })
		if s.NoMetrics != "" || len(s.Metrics) != 3 || s.Metrics[2].Value.ID != 2 || s.Metrics[2].From != "b2" {
			t.Errorf("%q %+v", s.NoMetrics, s.Metrics)
		}
		at := s.Metrics[2].At
		later := until(t, w, func(s *state.State) bool { return s.Metrics[2].At.After(at) })
		if !s.Metrics[2].At.Equal(at) {
			t.Error("a state that was published has changed")
		}
		if apart := later.Metrics[2].At.Sub(at); apart != DefaultMetricsInterval {
			t.Errorf("polled again after %s", apart)
		}
		if s = until(t, w, func(n *state.State) bool { return n.Snapshot.Taken.After(s.Snapshot.Taken) }); !read(s, 1, 2, 3) {
			t.Error("the next look has lost the metrics")
		}
	})
}

func TestABrokerWhoseExporterFailsIsUnknownAndKeepsItsLastMetricsWithTheirAge(t *testing.T) {
	e := newExporters()
	whilePolling(t, newFake(nil), e, func(t *testing.T, w *Watch) {
		until(t, w, func(s *state.State) bool { return read(s, 1, 2, 3) })
		e.set(2, 0, errors.New("answers 503"))
		failed := time.Now()
		s := until(t, w, func(s *state.State) bool { return !read(s, 2) })
		r := s.Metrics[2]
		if !strings.Contains(r.Why, "503") || r.Value == nil || r.Value.At.After(failed) || !r.At.After(r.Value.At) {
			t.Errorf("%+v", r)
		}
		if !read(s, 1, 3) {
			t.Error("the others are lost with it")
		}
		time.Sleep(5 * time.Minute)
		if n := e.polls(2, failed); n < 5 || n > 12 {
			t.Errorf("polled %d times in five minutes of failures", n)
		}
		if n := e.polls(1, failed); n < 55 {
			t.Errorf("the others were polled only %d times", n)
		}
		e.set(2, 0, nil)
		until(t, w, func(s *state.State) bool { return read(s, 2) })
		back := time.Now()
		time.Sleep(time.Minute)
		if n := e.polls(2, back); n < 10 {
			t.Errorf("after it came back it was polled %d times in a minute", n)
		}
	})
}

func TestAnExporterThatHangsDelaysNeitherTheLooksNorTheOthers(t *testing.T) {
	e := newExporters()
	e.set(2, time.Hour, nil)
	whilePolling(t, newFake(nil), e, func(t *testing.T, w *Watch) {
		start := time.Now()
		s := until(t, w, func(s *state.State) bool { return read(s, 1, 3) })
		if took := time.Since(start); took > minPollTime+time.Second {
			t.Errorf("the others were there after %s", took)
		}
		for range 10 {
			last := s.Snapshot.Taken
			s = until(t, w, func(s *state.State) bool { return s.Snapshot.Taken.After(last) })
			if apart := s.Snapshot.Taken.Sub(last); apart > DefaultInterval+time.Second {
				t.Errorf("%s between two looks", apart)
			}
		}
		from := time.Now()
		time.Sleep(5 * time.Minute)
		if n := e.polls(1, from); n < 45 {
			t.Errorf("the others were polled %d times in five minutes", n)
		}
		if s := w.Latest(); s.Metrics[2].Known || s.Metrics[2].Why == "" {
			t.Errorf("%+v", s.Metrics[2])
		}
	})
}

func TestAnExporterThatTakesSecondsIsReadAllTheSame(t *testing.T) {
	e := newExporters()
	e.set(2, 8*time.Second, nil)
	whilePolling(t, newFake(nil), e, func(t *testing.T, w *Watch) {
		s := until(t, w, func(s *state.State) bool { return read(s, 1, 2, 3) })
		from, states := time.Now(), 0
		for time.Since(from) < 5*time.Minute {
			s = until(t, w, func(n *state.State) bool { return n.Seq > s.Seq })
			if states++; !read(s, 2) {
				t.Fatalf("lost again after %s: %s", time.Since(from), s.Metrics[2].Why)
			}
		}
		if n := e.polls(2, from); n < 10 || n > 15 { // 8 s, then twice that of rest
			t.Errorf("polled %d times in five minutes", n)
		}
	})
}

func TestWhereNothingTellsOfMetricsTheStateSaysWhatToDo(t *testing.T) {
	e := newExporters()
	for id := range int32(3) {
		e.set(id+1, 0, &metrics.UnknownError{Host: fmt.Sprintf("b%d", id+1)})
	}
	whilePolling(t, newFake(nil), e, func(t *testing.T, w *Watch) {
		s := until(t, w, func(s *state.State) bool { return s.NoMetrics != notReadYet })
		if s.Metrics != nil || !strings.Contains(s.NoMetrics, "metrics: {prometheus:") || s.MetricsConfigured {
			t.Errorf("%v, %q", s.Metrics, s.NoMetrics)
		}
		time.Sleep(9 * time.Minute)
		if n := e.polls(1, time.Time{}); n != 1 {
			t.Errorf("looked for %d times in nine minutes", n)
		}
		e.set(1, 0, nil)
		time.Sleep(2 * time.Minute)
		if s = w.Latest(); !read(s, 1) || s.Metrics[2].Known || s.Metrics[2].Why == "" || s.NoMetrics != "" {
			t.Errorf("found at last: %+v, %q", s.Metrics, s.NoMetrics)
		}
	})
}

func TestQuotaRecordsAreReadEveryMinuteAndSoonAfterAChange(t *testing.T) {
	var mu sync.Mutex
	refuses := false
	f := newFake(func(_ string, resp kmsg.Response) error {
		mu.Lock()
		defer mu.Unlock()
		if r, ok := resp.(*kmsg.DescribeClientQuotasResponse); ok && refuses {
			r.ErrorCode = 31 // CLUSTER_AUTHORIZATION_FAILED
		}
		return nil
	})
	refuse := func(b bool) { mu.Lock(); refuses = b; mu.Unlock() }
	refuse(true)
	whilePolling(t, f, newExporters(), func(t *testing.T, w *Watch) {
		s := until(t, w, func(s *state.State) bool { return s.Quotas.Why != "" })
		if s.Quotas.Known || !strings.Contains(s.Quotas.Why, "CLUSTER_AUTHORIZATION_FAILED") {
			t.Errorf("%+v", s.Quotas)
		}
		refuse(false)
		w.RefreshQuotas()
		changed := time.Now()
		s = until(t, w, func(s *state.State) bool { return s.Quotas.Known })
		if took := time.Since(changed); took > 2*quotasSettle || len(s.Quotas.Value.List()) != 1 {
			t.Errorf("after %s: %v", took, s.Quotas.Value.List())
		}
		at := s.Quotas.At
		refuse(true)
		time.Sleep(5*time.Minute + time.Second)
		if s = w.Latest(); !s.Quotas.Known || !s.Quotas.At.Equal(at) || s.Quotas.Why == "" {
			t.Errorf("what was read before is lost, or passes for new: %+v", s.Quotas)
		}
		if n := f.times("DescribeClientQuotas"); n != 7 {
			t.Errorf("asked %d times", n)
		}
	})
}

func TestThreadNumbersAreReadOnceForEachBrokerAndAgainAfterTenMinutes(t *testing.T) {
	f := newFake(nil)
	whilePolling(t, f, newExporters(), func(t *testing.T, w *Watch) {
		s := until(t, w, func(s *state.State) bool { return len(s.Threads) == 3 })
		if th := s.Threads[3]; th.IO != 8 || th.Network != 3 || !th.Known {
			t.Errorf("%+v", th)
		}
		time.Sleep(9 * time.Minute)
		if n := len(f.described()); n != 3 {
			t.Errorf("asked %d times in nine minutes", n)
		}
		time.Sleep(2 * time.Minute)
		if n := len(f.described()); n != 6 {
			t.Errorf("asked %d times in eleven minutes", n)
		}
	})
}

func TestWithoutMetricsNoThreadNumbersAreAskedFor(t *testing.T) {
	f := newFake(nil)
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		w := New(f, Options{})
		done := make(chan struct{})
		go func() { w.Run(ctx); close(done) }()
		time.Sleep(5 * time.Minute)
		stop()
		<-done
		if s := w.Latest(); s.Metrics != nil || s.NoMetrics == "" || s.Threads != nil || len(f.described()) > 0 {
			t.Errorf("%v %q %v, asked %v", s.Metrics, s.NoMetrics, s.Threads, f.described())
		}
	})
}

func TestPagesOfMetricsCountAsSpent(t *testing.T) {
	whilePolling(t, newFake(nil), newExporters(), func(t *testing.T, w *Watch) {
		s := until(t, w, func(s *state.State) bool { return s.Snapshot != nil })
		sum, looks := 0.0, 0
		for from := time.Now(); time.Since(from) < time.Minute; looks++ {
			s = until(t, w, func(n *state.State) bool { return n.Snapshot.Taken.After(s.Snapshot.Taken) })
			sum += s.Spent.PerSecond
		}
		// The fake counts none of its own: three pages every five seconds.
		if s.Spent.Requests < 30 || s.Spent.Requests > 45 || s.Spent.Bytes < 30_000 || s.Spent.Bytes > 45_000 || sum/float64(looks) < 0.5 || sum/float64(looks) > 0.7 {
			t.Errorf("%+v, %g a second on the mean", s.Spent, sum/float64(looks))
		}
	})
}

func TestThreadsBusyInThreePollsInARowAreAFinding(t *testing.T) {
	e := newExporters()
	e.handlers(2, 0.9)
	whilePolling(t, newFake(nil), e, func(t *testing.T, w *Watch) {
		until(t, w, func(s *state.State) bool { return s.Verdict == state.VerdictHealthy && read(s, 2) })
		e.handlers(2, 0.02)
		began := time.Now()
		s := until(t, w, func(s *state.State) bool { return hasCode(s, health.RequestHandlersBusy) })
		if took := time.Since(began); took < 10*time.Second || took > 20*time.Second || s.Verdict != state.VerdictDegraded || hasCode(s, health.Well) {
			t.Errorf("found after %s, verdict %s%s", took, s.Verdict, told(s.Findings))
		}
		since := s.Findings[0].Since
		if !since.Known || since.Value != s.Now {
			t.Errorf("since %+v", since)
		}
		s = until(t, w, func(n *state.State) bool { return n.Snapshot.Taken.After(s.Snapshot.Taken) }) // a look of its own
		if !hasCode(s, health.RequestHandlersBusy) || s.Findings[0].Since.Value != since.Value || s.Verdict != state.VerdictDegraded {
			t.Errorf("after the next look: %s%s", s.Verdict, told(s.Findings))
		}
		e.handlers(2, 0.8)
		until(t, w, func(s *state.State) bool {
			return s.Verdict == state.VerdictHealthy && !hasCode(s, health.RequestHandlersBusy)
		})
	})
}

func TestWithMetricsConfiguredNoClusterIsHealthyBeforeTheyAreRead(t *testing.T) {
	e := newExporters()
	for id := range int32(3) { // the first look has ended by then
		e.set(id+1, time.Second, nil)
	}
	e.set(2, time.Second, errors.New("answers 503"))
	f := newFake(nil)
	f.cluster.Metrics.Prometheus.URL = "http://{host}:9404/metrics"
	whilePolling(t, f, e, func(t *testing.T, w *Watch) {
		s := until(t, w, func(s *state.State) bool { return s.Snapshot != nil })
		if s.Verdict != state.VerdictUnknown || s.Metrics != nil || !s.MetricsConfigured {
			t.Errorf("at first: %s", s.Verdict)
		}
		s = until(t, w, func(s *state.State) bool { return hasCode(s, health.MetricsNotRead) })
		if s.Verdict != state.VerdictUnknown {
			t.Errorf("with a broker that gives none: %s", s.Verdict)
		}
		e.set(2, 0, nil)
		until(t, w, func(s *state.State) bool { return s.Verdict == state.VerdictHealthy })
	})
}
