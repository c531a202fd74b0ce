package watch

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"kdeck/ops/health"
	"kdeck/ops/state"
)

// polledBrokers is a snapshot of brokers 1 to 3.
func polledBrokers(t *testing.T) *state.Snapshot {
	t.Helper()
	b := state.NewBuilder("c", time.Now(), 0, 0)
	for id := range int32(3) {
		b.Broker(state.Broker{ID: id + 1, Host: "b", Port: 9092, Alive: true})
	}
	return b.Done()
}

func restIn(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}

func TestPollsForAVerdictGoOnWhileThreadsAreShortOfTime(t *testing.T) {
	for _, tc := range []struct {
		name    string
		idle    []float64 // of broker 2, in the first poll and after
		beside  time.Duration
		polls   int
		samples int // of broker 2, which the verdict rests on
		takes   time.Duration
	}{
		{"nothing is short", []float64{0.9}, 0, 2, 0, 2 * time.Second},
		{"what else is asked takes longer", []float64{0.9}, 6 * time.Second, 2, 0, 6 * time.Second},
		{"short in the first poll, which shows the minute before", []float64{0.05, 0.9}, 0, 2, 0, 2 * time.Second},
		{"short for a moment", []float64{0.9, 0.05, 0.9}, 0, 3, 0, 7 * time.Second},
		{"short all the time", []float64{0.9, 0.05}, 0, 4, 3, 12 * time.Second},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e, snap := newExporters(), polledBrokers(t)
				e.idle = map[int32]float64{1: 0.9, 2: tc.idle[0], 3: 0.9}
				start := time.Now()
				p := StartPolls(t.Context(), e, snap, time.Now, time.Second)
				synctest.Wait()
				restIn(t.Context(), tc.beside)
				s := &state.State{Snapshot: snap}
				next := func() {
					if n := len(e.asked[2]); n < len(tc.idle) {
						e.idle[2] = tc.idle[n]
					}
				}
				next()
				samples := p.Finish(t.Context(), s, restIn, func(short []int32) bool {
					if !slices.Equal(short, []int32{2}) {
						t.Errorf("brokers %v are short of time", short)
					}
					next()
					return restIn(t.Context(), 5*time.Second)
				})
				if n := len(e.asked[2]); n != tc.polls {
					t.Errorf("%d polls, want %d", n, tc.polls)
				}
				if n := len(samples[2]); n != tc.samples || (samples == nil) != (tc.samples == 0) {
					t.Errorf("%d samples, want %d", n, tc.samples)
				}
				if took := time.Since(start); took != tc.takes {
					t.Errorf("it took %v, want %v", took, tc.takes)
				}
				_, findings := health.Judge(health.Input{State: s, Samples: samples})
				if found := slices.ContainsFunc(findings, func(f state.Finding) bool { return f.Code == health.RequestHandlersBusy }); found != (tc.samples > 0) {
					t.Errorf("found: %v", findings)
				}
			})
		})
	}
}

// An exporter that fails is waited for twice only where its broker answers: it may have been slow once.
func TestPollsForAVerdictAskAFailingExporterAgainWhereItsBrokerAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, snap := newExporters(), polledBrokers(t)
		snap.Broker(1).Answered = state.Read(time.Millisecond, time.Now(), "b")
		e.fails[2], e.takes[1], e.takes[3] = errors.New("connection refused"), time.Minute, time.Minute
		start := time.Now()
		p := StartPolls(t.Context(), e, snap, time.Now, 4*time.Second)
		s := &state.State{Snapshot: snap}
		rest := func(ctx context.Context, d time.Duration) bool {
			e.takes[1] = 0
			return restIn(ctx, d)
		}
		p.Finish(t.Context(), s, rest, func([]int32) bool { return true })
		if len(e.asked[1]) != 2 || len(e.asked[2]) != 1 || len(e.asked[3]) != 1 || time.Since(start) != 6*time.Second {
			t.Errorf("asked %v, took %v", e.asked, time.Since(start))
		}
		if r := s.Metrics[2]; r.Known || r.Why != "connection refused" {
			t.Errorf("%+v", r)
		}
		if !s.Metrics[1].Known || s.Metrics[3].Known {
			t.Errorf("%+v", s.Metrics)
		}
	})
}
