package reassign

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/change"
	"kdeck/ops/sim"
	"kdeck/ops/state"
)

// steer carries a drain out and calls do right after the n-th event of a kind, on a goroutine of its own.
func (w *simulation) steer(o Options, kind string, n int, do func(*Executor)) (End, *Executor) {
	w.Helper()
	e := w.executor(o)
	e.o.Sink = func(ev Event) {
		w.events = append(w.events, ev)
		if ev.Kind() == kind {
			if n--; n == 0 {
				go do(e)
			}
		}
	}
	end, err := e.Run(w.Context())
	w.must(err)
	return end, e
}

// indexOf is the place of the first event with these words.
func (w *simulation) indexOf(words string) int {
	w.Helper()
	i := slices.IndexFunc(w.events, func(ev Event) bool { return strings.Contains(ev.String(), words) })
	if i < 0 {
		w.Fatalf("no event says %q:\n%s", words, w.log())
	}
	return i
}

func TestAPausedRunSubmitsNothingAndFinishesWhatIsInFlight(t *testing.T) {
	simulate(t, small, func(w *simulation) {
		var paused, later state.Run
		end, e := w.steer(w.options(w.plan("drain 2")), "moved", 4, func(e *Executor) {
			e.Pause("alice")
			paused = e.Status()
			time.Sleep(10 * time.Minute)
			later = e.Status()
			if n := len(w.sim.Reassignments()); n > 0 {
				t.Errorf("%d are still in flight", n)
			}
			e.Continue("bob")
		})
		w.want(end, Done, "")
		if paused.State != state.RunPaused || !strings.HasPrefix(paused.Why, "paused by alice at ") || later.State != state.RunPaused || later.InFlight != 0 || later.Left != nil {
			t.Errorf("at once %+v\nlater %+v", paused, later)
		}
		from, to := w.indexOf("paused by alice"), w.indexOf("continued by bob")
		for _, ev := range w.events[from:to] {
			if ev.Kind() == "submitted" {
				t.Errorf("%v while it was paused", ev)
			}
		}
		if now := e.Status(); now.State != state.RunRunning || now.Done != now.Moves || *now.BytesDone != *now.Bytes {
			t.Errorf("at the end: %+v", now)
		}
		w.sameThrottles(nil)
		w.ledgerIsGone()
	})
}

func TestAPauseHoldsBackTheRestOfASubmission(t *testing.T) {
	simulate(t, small, func(w *simulation) {
		o := w.options(w.plan("drain 2"))
		o.Moves = 3
		e := w.executor(o)
		e.o.Sink = func(ev Event) {
			w.events = append(w.events, ev)
			switch { // in the middle of a step
			case ev.Kind() == "submitted" && w.said("submitted") == 1:
				e.Pause("alice")
				go func() { time.Sleep(time.Hour); e.StopBy("alice") }()
			case ev.Kind() == "submitted" && w.said("paused") > 0:
				t.Errorf("%v while it was paused", ev)
			}
		}
		end, err := e.Run(w.Context())
		w.must(err)
		if end.Result != Partial || end.Moved > 3 || e.Status().State != state.RunStopping || !strings.Contains(e.Status().Why, "stopped by alice") {
			t.Errorf("%+v, %+v", end, e.Status())
		}
		w.indexOf("alice stops the run")
		w.sameThrottles(nil)
	})
}

// rates are the rates that are set on brokers.
func (w *simulation) rates() map[string]string {
	all := w.throttles()
	maps.DeleteFunc(all, func(name, _ string) bool { return !strings.HasPrefix(name, "broker ") })
	return all
}

func TestTheThrottleIsChangedOnAllBrokersOfARun(t *testing.T) {
	simulate(t, small, func(w *simulation) {
		w.set(change.Resource{Broker: 1}, change.LeaderRate, "7000000") // of others, without moves
		before := w.throttles()
		var at, then map[string]string
		end, e := w.steer(w.options(w.plan("drain 2")), "moved", 5, func(e *Executor) {
			at = w.rates()
			w.must(e.SetRate(2*testRate, "alice"))
			if r := e.Status().Throttle; r == nil || *r != 2*testRate {
				t.Errorf("it tells %v", r)
			}
			time.Sleep(5 * time.Second)
			then = w.rates()
		})
		w.want(end, Done, "")
		if len(at) != 10 || len(then) != len(at) {
			t.Errorf("%d and %d rates", len(at), len(then))
		}
		for name, rate := range then {
			if at[name] != fmt.Sprint(testRate) || rate != fmt.Sprint(2*testRate) {
				t.Errorf("%s was %s and is %s", name, at[name], rate)
			}
		}
		w.indexOf("alice sets the throttle to 20.0MB/s")
		w.indexOf("replication limited to 20.0MB/s on brokers 1 2 3 4 5")
		if e.Status().Throttle == nil {
			t.Error("it tells no throttle")
		}
		w.sameThrottles(before)
		w.ledgerIsGone()
	})
}

func TestABrokerThatIsAwayGetsTheChangedThrottleWhenItIsBack(t *testing.T) {
	o := small
	o.PartitionBytes *= 5
	simulate(t, o, func(w *simulation) {
		end, _ := w.steer(w.options(w.plan("drain 2")), "submitted", 3, func(e *Executor) {
			w.must(w.sim.Kill(4))
			w.must(e.SetRate(2*testRate, "alice"))
			time.Sleep(30 * time.Second)
			w.must(w.sim.Start(4))
			time.Sleep(time.Minute)
			for name, rate := range w.rates() {
				if rate != fmt.Sprint(2*testRate) {
					t.Errorf("%s is %s", name, rate)
				}
			}
		})
		w.want(end, Done, "")
		w.sameThrottles(nil)
		w.ledgerIsGone()
	})
}

func TestTheThrottleIsLiftedAndSetAgain(t *testing.T) {
	o := small
	o.PartitionBytes *= 10
	simulate(t, o, func(w *simulation) {
		w.network.sent = func(kmsg.Request) {} // it is taken away under moves, as was asked
		w.set(change.Resource{Broker: 1}, change.LeaderRate, "7000000")
		before := w.throttles()
		var lifted, again map[string]string
		end, _ := w.steer(w.options(w.plan("drain 2")), "submitted", 3, func(e *Executor) {
			time.Sleep(20 * time.Second)
			w.must(e.SetRate(0, "alice"))
			time.Sleep(2 * time.Second)
			lifted = w.throttles()
			if e.Status().Throttle != nil || len(w.sim.Reassignments()) == 0 {
				t.Errorf("%+v with %d in flight", e.Status(), len(w.sim.Reassignments()))
			}
			w.must(e.SetRate(testRate, "alice"))
			time.Sleep(2 * time.Second)
			again = w.throttles()
		})
		w.want(end, Done, "")
		w.indexOf("alice lifts the throttle")
		if !maps.Equal(lifted, before) {
			t.Errorf("lifted: %v\nbefore: %v", lifted, before)
		}
		if len(again) <= len(before) {
			t.Errorf("again: %v", again)
		}
		w.sameThrottles(before)
		w.ledgerIsGone()
	})
}

func TestHowManyMoveAtOnceIsChanged(t *testing.T) {
	simulate(t, large, func(w *simulation) {
		most := 0
		end, e := w.steer(w.options(w.plan("drain 2")), "moved", 2, func(e *Executor) {
			if e.SetMoves(-1, "alice") == nil {
				t.Error("fewer than none was taken")
			}
			w.must(e.SetMoves(5, "alice"))
			time.Sleep(3 * time.Second)
			most = len(w.sim.Reassignments())
		})
		w.want(end, Done, "")
		if most != 5 || e.Status().AtOnce != 5 {
			t.Errorf("%d in flight, and it tells %d", most, e.Status().AtOnce)
		}
	})
}

func TestAnAbandonedRunIsFoundOrphanedAndOneThatIsGoneOnWithIsNot(t *testing.T) {
	simulate(t, small, func(w *simulation) {
		find := func() *state.Run {
			w.Helper()
			r, err := Find(w.Context(), w.dir, w.sim.ClusterID())
			w.must(err)
			return r
		}
		if r := find(); r != nil {
			t.Errorf("before any run: %+v", r)
		}
		o := w.options(w.plan("drain 2"))
		o.By, o.Command = "alice", "kdeck drain 2"
		_, e := w.steer(o, "submitted", 6, func(e *Executor) { e.AbandonBy("bob") })
		r := find()
		if r == nil || r.State != state.RunOrphaned || r.By != "alice" || r.Done != 4 || r.InFlight != 3 || len(r.Flying) != 3 || r.ID != e.id || *r.Throttle != testRate {
			t.Fatalf("%+v", r)
		}
		record, err := ReadRecord(w.dir, w.sim.ClusterID(), r.ID)
		w.must(err)
		p, err := record.ReadPlan(w.dir)
		w.must(err)
		if record.Command != "kdeck drain 2" || record.Undo == "" || len(p.Partitions) != len(o.Plan.Partitions) {
			t.Errorf("%+v", record)
		}
		o = w.options(p)
		o.Continues = r.ID
		moved := w.said("moved")
		w.want(w.run(o), Done, "")
		if n := w.said("submitted") - w.adopted(); n != len(p.Partitions) || w.said("moved") <= moved {
			t.Errorf("%d submitted of %d:\n%s", n, len(p.Partitions), w.log())
		}
		if r := find(); r != nil {
			t.Errorf("after all: %+v", r)
		}
		_, err = Dial(w.Context(), w.dir, w.sim.ClusterID())
		var none *NoRunError
		if !errors.As(err, &none) || none.Last == nil || none.Last.Continues != record.ID || !strings.Contains(err.Error(), "(done)") {
			t.Errorf("%v, %+v", err, none)
		}
		w.sameThrottles(nil)
		w.ledgerIsGone()
	})
}

func TestACancelEndsTheRunThatWasLeftUndone(t *testing.T) {
	simulate(t, small, func(w *simulation) {
		_, e := w.steer(w.options(w.plan("drain 2")), "submitted", 6, func(e *Executor) { e.AbandonBy("bob") })
		if r, err := Find(w.Context(), w.dir, w.sim.ClusterID()); err != nil || r == nil || r.State != state.RunOrphaned {
			t.Fatalf("%+v, %v", r, err)
		}
		_, err := w.cancel()
		w.must(err)
		if r, err := Find(w.Context(), w.dir, w.sim.ClusterID()); err != nil || r != nil {
			t.Errorf("%+v, %v", r, err)
		}
		record, err := ReadRecord(w.dir, w.sim.ClusterID(), e.id)
		w.must(err)
		if record.End == nil || record.End.Result != Partial {
			t.Errorf("it ended with %+v", record.End)
		}
		p, err := record.ReadPlan(w.dir)
		w.must(err)
		w.want(w.run(w.options(p)), Done, "") // the rest can be carried out all the same
	})
}

func TestEveryEventCanBeReadBack(t *testing.T) {
	set := token.NewFileSet()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(set, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			fn, is := n.(*ast.FuncDecl)
			if !is || fn.Recv == nil || fn.Name.Name != "Kind" {
				return true
			}
			found++
			word, err := strconv.Unquote(fn.Body.List[0].(*ast.ReturnStmt).Results[0].(*ast.BasicLit).Value)
			if err != nil || kinds[word] == nil {
				t.Errorf("%s: ReadLine doesn't know the event %q", name, word)
			}
			return true
		})
	}
	if found < 16 || found != len(kinds) {
		t.Errorf("%d events found, and %d are known", found, len(kinds))
	}
}

func (w *simulation) adopted() (n int) {
	for _, ev := range w.events {
		if s, is := ev.(Submitted); is && s.Adopted {
			n++
		}
	}
	return n
}

func TestJournalLinesOfARunHaveItsID(t *testing.T) {
	simulate(t, small, func(w *simulation) {
		_, e := w.steer(w.options(w.plan("drain 2")), "moved", 3, func(e *Executor) { e.Pause("alice"); e.Continue("alice") })
		requests, events := 0, 0
		w.must(change.Entries(w.dir, w.sim.ClusterID(), func(entry *change.Entry) {
			switch {
			case entry.Run != e.id:
				t.Errorf("%+v", entry)
			case len(entry.Event) > 0:
				events++
				if _, _, err := ReadLine(entry.Event); err != nil {
					t.Errorf("%s: %v", entry.Event, err)
				}
			default:
				requests++
			}
		}))
		if requests == 0 || events == 0 {
			t.Errorf("%d requests, %d events", requests, events)
		}
	})
}

func TestOldRecordsAreRemovedAndIDsAreUnique(t *testing.T) {
	dir, ids := t.TempDir(), map[string]bool{}
	began := time.Date(2026, 11, 30, 8, 33, 12, 0, time.UTC)
	for i := range maxRecords + 20 {
		r, err := newRecord(dir, "c", began.Add(time.Duration(i/2)*time.Second), []string{"drain 7 --to 8,9"})
		if err != nil {
			t.Fatal(err)
		}
		if err := r.write(state.Run{ID: r.ID}, Pilot{}); err != nil {
			t.Fatal(err)
		}
		ids[r.ID] = true
		r.prune()
	}
	if len(ids) != maxRecords+20 || !ids["20261130T083312-drain-7-to-8-9"] {
		t.Errorf("%d ids: %v", len(ids), slices.Sorted(maps.Keys(ids))[:3])
	}
	if left, err := Runs(dir, "c"); len(left) != maxRecords || err != nil {
		t.Errorf("%d records, %v", len(left), err)
	}
}

// The band is to hold what it really takes, most of the time.
func TestTheTimeLeftIsABandThatHolds(t *testing.T) {
	simulate(t, sim.Options{Brokers: 9, Topics: 9, Partitions: 40, PartitionBytes: 400_000_000, Seed: 3}, func(w *simulation) {
		type guess struct {
			at   time.Time
			left state.TimeLeft
		}
		var guesses []guess
		o := w.options(w.plan("drain 2"))
		e := w.executor(o)
		e.o.Sink = func(ev Event) {
			if r := e.Status(); ev.Kind() == "progress" && r.Left != nil && float64(*r.BytesDone) < 0.9*float64(*r.Bytes) {
				guesses = append(guesses, guess{time.Now(), *r.Left})
			}
		}
		began := time.Now()
		_, err := e.Run(w.Context())
		w.must(err)
		took, held := time.Now(), 0
		for _, g := range guesses {
			really := took.Sub(g.at).Seconds()
			if g.left.Low <= really && really <= g.left.High {
				held++
			}
			if g.left.Low > g.left.High || g.left.High > 5*really || g.left.Low < really/5 {
				t.Errorf("%v in: %.0f to %.0f s, and it took %.0f", g.at.Sub(began), g.left.Low, g.left.High, really)
			}
		}
		if len(guesses) < 10 || held*5 < 4*len(guesses) {
			t.Errorf("%d of %d guesses held", held, len(guesses))
		}
	})
}
