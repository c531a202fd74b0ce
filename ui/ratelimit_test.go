package ui

import (
	"testing"
	"time"

	"kdeck/ops/state"
)

func TestNewsWaitsForASlowLineButNotABadVerdict(t *testing.T) {
	var written int64
	p := rateLimit{written: func() int64 { return written }}
	second := func(n int) time.Time { return time.Unix(int64(n), 0) }
	shown := &state.State{Snapshot: &state.Snapshot{}, Verdict: state.VerdictHealthy}
	next := &state.State{Snapshot: &state.Snapshot{}, Verdict: state.VerdictHealthy}
	p.tick(second(0))
	if p.delays(next, shown) {
		t.Error("news is kept back though nothing was written")
	}
	written = 7 * maxRate / 2
	p.tick(second(1))
	if !p.delays(next, shown) || !p.delayed {
		t.Error("news isn't kept back after three and a half seconds' worth in one")
	}
	if p.delays(&state.State{Snapshot: &state.Snapshot{}, Verdict: state.VerdictCritical}, shown) {
		t.Error("a worse verdict is kept back")
	}
	if p.delays(next, &state.State{}) {
		t.Error("the first snapshot is kept back")
	}
	p.tick(second(4))
	if p.delays(next, shown) {
		t.Errorf("news is still kept back, %f bytes in debt", p.excess)
	}
	written += 1000 * maxRate
	p.tick(second(5))
	p.tick(second(5 + maxDelay))
	if p.delays(next, shown) {
		t.Error("a flood keeps news back for longer than the least")
	}
}
