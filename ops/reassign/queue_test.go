package reassign

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"kdeck/ops/state"
)

// names are the partitions of moves.
func names(moves []state.RunMove) (names []string) {
	for _, m := range moves {
		names = append(names, fmt.Sprintf("%s-%d", m.Topic, m.Partition))
	}
	return names
}

func TestWhatWaitsIsToldInTheOrderInWhichItIsSubmitted(t *testing.T) {
	simulate(t, small, func(w *simulation) {
		o := w.options(w.plan("drain 2"))
		o.Moves = 3
		var at state.Run
		submitted := 0 // before it was looked at
		e := w.executor(o)
		e.o.Sink = func(ev Event) {
			w.events = append(w.events, ev)
			if ev.Kind() == "progress" && at.ID == "" {
				e.publish()
				at, submitted = e.Status(), w.said("submitted")
			}
		}
		end, err := e.Run(w.Context())
		w.must(err)
		w.want(end, Done, "")
		if at.InFlight != 3 || len(at.Queue) != at.Waiting() || len(at.Queue) < 5 {
			t.Fatalf("%d in flight, %d of %d that wait are told", at.InFlight, len(at.Queue), at.Waiting())
		}
		for _, m := range at.Queue {
			if m.Why != "3 are in flight, which is the limit" || m.Bytes == nil || *m.Bytes == 0 || len(m.From) == 0 || slices.Contains(m.To, 2) {
				t.Errorf("%+v", m)
			}
		}
		var later []string
		for _, ev := range w.events {
			if s, is := ev.(Submitted); is {
				later = append(later, s.TopicPartition.String())
			}
		}
		if got, want := names(at.Queue), later[submitted:]; !slices.Equal(got, want) {
			t.Errorf("told    %v\nsubmitted %v", got, want)
		}
	})
}

func TestWhyAMoveWaits(t *testing.T) {
	simulate(t, large, func(w *simulation) {
		var busy, paused state.Run
		o := w.options(w.plan("drain 2"))
		o.Moves = 0 // as many as the brokers bear
		_, _ = w.steer(o, "submitted", 3, func(e *Executor) {
			for busy = e.Status(); len(busy.Queue) == 0 || busy.InFlight < 3; busy = e.Status() {
				time.Sleep(100 * time.Millisecond)
			}
			e.Pause("alice")
			for paused = e.Status(); len(paused.Queue) > 0 && paused.Queue[0].Why != ""; paused = e.Status() {
				time.Sleep(100 * time.Millisecond)
			}
			e.Continue("alice")
		})
		for _, m := range busy.Queue {
			if !strings.HasPrefix(m.Why, "broker ") || !strings.HasSuffix(m.Why, " 3") {
				t.Errorf("%v waits: %q", names([]state.RunMove{m}), m.Why)
			}
		}
		for _, m := range paused.Queue {
			if m.Why != "" {
				t.Errorf("of a run that is paused: %q", m.Why)
			}
		}
		if len(paused.Queue) == 0 || paused.State != state.RunPaused {
			t.Errorf("%+v\n%s", paused, w.log())
		}
	})
}

func TestAMoveThatNeedsADeadBrokerSaysSoInTheQueue(t *testing.T) {
	simulate(t, large, func(w *simulation) {
		told := ""
		_, _ = w.steer(w.options(w.plan("drain 2")), "submitted", 3, func(e *Executor) {
			w.must(w.sim.Kill(5))
			for range 600 {
				for _, m := range e.Status().Queue {
					if slices.Contains(m.To, 5) && m.Why != "" && told != "broker 5 is dead" {
						told = m.Why
					}
				}
				time.Sleep(time.Second)
			}
			e.Stop()
		})
		if told != "broker 5 is dead" {
			t.Errorf("it says %q", told)
		}
	})
}

func TestOnlyTheFirstThatWaitAreTold(t *testing.T) {
	simulate(t, many, func(w *simulation) {
		o := w.options(w.plan("drain 2"))
		o.Moves = 1
		var at state.Run
		_, _ = w.steer(o, "moved", 2, func(e *Executor) { at = e.Status(); e.Stop() })
		if len(at.Queue) != maxQueue || at.Waiting() < 1000 {
			t.Errorf("%d of %d are told", len(at.Queue), at.Waiting())
		}
	})
}
