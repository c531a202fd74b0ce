package ui

import (
	"context"
	"time"

	"kdeck/ops/history"
	"kdeck/ops/state"
	"kdeck/ui/fixture"
)

// churning is 100 brokers with 100,000 partitions, 2 % of which change from one State to the next. All snapshots are
// made beforehand, so that what a process spends is the console's.
type churning struct {
	every   time.Duration
	metered bool // with metrics, all of which differ from one State to the next
	states  []*state.State

	recorder history.Recorder
}

func (s *churning) Next(ctx context.Context, after uint64) (*state.State, *history.History, error) {
	if s.states == nil {
		c := fixture.Large()
		c.Every = 50
		for step := range 4 {
			c.Step = step + 1
			st := c.State(0)
			if s.metered {
				fixture.Load{Processors: 8, Hot: 4, Cold: 6, Lost: 9, Step: step}.Add(st)
			}
			s.states = append(s.states, st)
		}
	}
	if after > 0 {
		select {
		case <-time.After(s.every):
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		}
	}
	st := *s.states[after%4]
	snap := *st.Snapshot
	snap.Taken = fixture.Noon.Add(time.Duration(after) * s.every)
	st.Seq, st.Now, st.Snapshot = after+1, snap.Taken, &snap
	for _, m := range st.Metrics {
		if m.Known {
			m.Value.At = snap.Taken
		}
	}
	return &st, s.recorder.Add(&st), nil
}
