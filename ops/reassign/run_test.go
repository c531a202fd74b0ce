package reassign

import (
	"testing"
)

func TestDrainOfALiveBroker(t *testing.T) {
	in(t, small, func(w *world) {
		before := w.factors()
		end := w.run(w.options(w.plan("drain 2")))
		w.Log(w.log())
		if end.Result != Done {
			w.Fatalf("%+v", end)
		}
		if n := w.holds(2); n != 0 {
			w.Errorf("broker 2 holds %d", n)
		}
		_ = before
		w.sameThrottles(map[string]string{})
		w.ledgerIsGone()
	})
}
