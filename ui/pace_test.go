package ui

import (
	"testing"
	"time"

	"kdeck/ops/state"
)

func TestNewsWaitsForASlowLineButNotABadVerdict(t *testing.T) {
	var written int64
	p := pace{written: func() int64 { return written }}
	second := func(n int) time.Time { return time.Unix(int64(n), 0) }
	shown := &state.State{Snapshot: &state.Snapshot{}, Verdict: state.VerdictHealthy}
	next := &state.State{Snapshot: &state.Snapshot{}, Verdict: state.VerdictHealthy}
	p.pass(second(0))
	if p.keeps(next, shown) {
		t.Error("news is kept back though nothing was written")
	}
	written = 7 * paceRate / 2
	p.pass(second(1))
	if !p.keeps(next, shown) || !p.waiting {
		t.Error("news isn't kept back after three and a half seconds' worth in one")
	}
	if p.keeps(&state.State{Snapshot: &state.Snapshot{}, Verdict: state.VerdictCritical}, shown) {
		t.Error("a worse verdict is kept back")
	}
	if p.keeps(next, &state.State{}) {
		t.Error("the first snapshot is kept back")
	}
	p.pass(second(4))
	if p.keeps(next, shown) {
		t.Errorf("news is still kept back, %f bytes in debt", p.debt)
	}
	written += 1000 * paceRate
	p.pass(second(5))
	p.pass(second(5 + paceDebt))
	if p.keeps(next, shown) {
		t.Error("a flood keeps news back for longer than the least")
	}
}
