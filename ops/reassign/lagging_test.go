package reassign

import (
	"testing"
	"time"

	"kdeck/ops/sim"
)

// In this story followers of live brokers hang, and records keep coming: a copy grows for ever and the move never ends.
func TestAMoveThatALaggingReplicaHoldsUpIsNamedAndNotWaitedForForEver(t *testing.T) {
	o := sim.Options{Scenario: "broker-down", Brokers: 6, Topics: 12, PartitionBytes: 2_000_000, Seed: 1, Live: true}
	simulate(t, o, func(w *simulation) {
		e := w.executor(w.options(w.plan("drain 6")))
		start := time.Now()
		end, err := e.Run(w.Context())
		w.must(err)
		if took := time.Since(start); end.Result != Partial || end.Left == 0 || took > 2*DefaultStall {
			w.Errorf("%+v after %v, want what lags left behind within twice the stall", end, took)
		}
		if w.said("paused") == 0 {
			w.Error("nothing says what holds the moves up")
		}
	})
}
