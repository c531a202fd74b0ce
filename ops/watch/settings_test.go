package watch

import (
	"context"
	"testing"
	"time"

	"kdeck/ops/sim"
	"kdeck/ops/state"
)

func TestSettingsAreThoseThatWereGiven(t *testing.T) {
	watching(t, sim.Options{Brokers: 5, Topics: 12, Seed: 1}, func(t *testing.T, c *sim.Cluster, w *Watch) {
		if err := c.Kill(5); err != nil {
			t.Fatal(err)
		}
		s := until(t, w, func(s *state.State) bool { return s.Snapshot != nil && !s.Snapshot.Broker(5).Answered.Known })
		got := Settings(t.Context(), w.session, s.Snapshot, Options{Now: time.Now})
		if len(got.Brokers) != 4 || got.Features["metadata.version"] == 0 || got.Topics == nil {
			t.Errorf("%+v", got)
		}
		for id, configs := range got.Brokers {
			if len(configs) == 0 {
				t.Errorf("broker %d has no configs", id)
			}
		}
		if len(got.Unknown) != 1 || got.Unknown[0].Node != 5 {
			t.Errorf("unknown: %v", got.Unknown)
		}
	})
}

func TestStatesAreHandedOutEveryMinuteToBeStored(t *testing.T) {
	watching(t, sim.Options{Brokers: 3, Topics: 3, Seed: 1}, func(t *testing.T, _ *sim.Cluster, w *Watch) {
		var at []time.Time
		o := w.o
		o.Store = func(_ context.Context, s *state.State) { at = append(at, s.Now) }
		ctx, stop := context.WithCancel(t.Context())
		second, ended := New(w.session, o), make(chan struct{})
		go func() { second.Run(ctx); close(ended) }()
		time.Sleep(5*time.Minute + time.Second)
		stop()
		<-ended
		if len(at) != 5 {
			t.Errorf("stored %d times: %v", len(at), at)
		}
	})
}
