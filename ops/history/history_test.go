package history

import (
	"slices"
	"strings"
	"testing"
	"time"

	"kdeck/ops/state"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// later builds the next snapshot of a cluster: 3 brokers, one topic of 4 partitions, changed by edit.
func later(t *testing.T, seconds int, edit func(p int, l *partitionLists)) *state.Builder {
	t.Helper()
	b := state.NewBuilder("c", noon.Add(time.Duration(seconds)*time.Second), 0, 0)
	for id := range int32(3) {
		b.Broker(state.Broker{ID: id + 1, Alive: true, Answered: state.Read(time.Millisecond, noon, "")})
	}
	must(t, b.Topic("orders", [16]byte{1}, false))
	for p := range 4 {
		l := partitionLists{leader: 1, epoch: 5, replicas: []int32{1, 2, 3}, isr: []int32{1, 2, 3}}
		if edit != nil {
			edit(p, &l)
		}
		must(t, b.Partition(int32(p), l.leader, l.epoch, l.replicas, l.isr, nil))
	}
	b.Snapshot().Moves = state.Read(0, noon, "")
	return b
}

// look adds a State that has nothing but the snapshot.
func (r *recorded) look(s *state.Snapshot) { r.Add(&state.State{Now: s.Taken, Snapshot: s}) }

type partitionLists struct {
	leader, epoch int32
	replicas, isr []int32
}

func sentences(h *recorded) string {
	var s []string
	for _, c := range h.Changes(time.Time{}) {
		s = append(s, c.Sentence)
	}
	return strings.Join(s, "; ")
}

func TestWhatChangedIsSummedUpWorstFirst(t *testing.T) {
	for _, c := range []struct {
		name string
		next func() *state.Builder
		want string
	}{
		{"nothing", func() *state.Builder { return later(t, 1, nil) }, ""},
		{"a broker leaves the ISR of two partitions, one of which it led", func() *state.Builder {
			return later(t, 1, func(p int, l *partitionLists) {
				if p < 2 {
					l.isr = []int32{2, 3}
				}
				if p == 0 {
					l.leader, l.epoch = 2, 6
				}
			})
		}, "broker 1 left the ISR of 2 partitions; another leader: 1 partition"},
		{"a partition without a leader comes before what is less bad", func() *state.Builder {
			return later(t, 1, func(p int, l *partitionLists) {
				if p == 3 {
					l.leader, l.isr = -1, []int32{1}
				}
			})
		}, "no leader any more: 1 partition; broker 2 left the ISR of 1 partition; broker 3 left the ISR of 1 partition"},
		{"a reassignment begins", func() *state.Builder {
			b := later(t, 1, func(p int, l *partitionLists) {
				if p == 0 {
					l.replicas = []int32{4, 2, 3, 1}
				}
			})
			b.Moving("orders", 0, []int32{4}, []int32{1})
			return b
		}, "broker 4 is new; reassignment began: 1 partition"},
		{"a broker dies", func() *state.Builder {
			b := later(t, 1, nil)
			b.Broker(state.Broker{ID: 2})
			return b
		}, "broker 2 died or was fenced"},
		{"a broker falls silent", func() *state.Builder {
			b := later(t, 1, nil)
			b.Broker(state.Broker{ID: 2, Alive: true, Answered: state.Missing[time.Duration]("i/o timeout", noon, "broker 2")})
			return b
		}, "broker 2 stopped answering: i/o timeout"},
		{"a topic is created", func() *state.Builder {
			b := later(t, 1, nil)
			must(t, b.Topic("pay", [16]byte{2}, false))
			return b
		}, "created: topic pay"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := &recorded{}
			h.look(later(t, 0, nil).Done())
			h.look(c.next().Done())
			if got := sentences(h); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestAPartitionsHistoryIsToldLatestFirst(t *testing.T) {
	h := &recorded{}
	h.look(later(t, 0, nil).Done())
	h.look(later(t, 1, func(p int, l *partitionLists) {
		if p == 2 {
			l.isr = []int32{1, 3}
		}
	}).Done())
	h.look(later(t, 2, nil).Done())
	got, full := h.Partition("orders", 2)
	if len(got) != 2 || !full {
		t.Fatalf("Partition() = %v, %v; want 2 changes, all of them", got, full)
	}
	if !slices.Equal(got[0].OldISR, []int32{1, 3}) || !slices.Equal(got[1].ISR, []int32{1, 3}) || got[1].LeaderOnly {
		t.Errorf("got %+v", got)
	}
	if other, _ := h.Partition("orders", 1); len(other) != 0 {
		t.Errorf("partition 1 has a history: %+v", other)
	}
}

func TestOnlyPartitionsThatDifferAreChanged(t *testing.T) {
	h := &recorded{}
	first := later(t, 0, nil).Done()
	h.look(first)
	// The leader of partition 0 decides in which order broker ids are first seen: that alone is no change of others.
	next := later(t, 1, func(p int, l *partitionLists) {
		if p == 0 {
			l.leader, l.epoch = 3, 6
		}
	}).Done()
	h.look(next)
	if got, known := h.Changed(first, next); !known || !slices.Equal(got, []int32{0}) {
		t.Errorf("Changed() = %v, %v, want partition 0 alone", got, known)
	}
	if _, known := h.Changed(next, next); known {
		t.Error("what differs from a snapshot that was not the one before is known")
	}
	h.look(next)
	if _, known := h.Changed(first, next); !known {
		t.Error("the same snapshot again made a difference")
	}
	h.look(later(t, 2, func(_ int, l *partitionLists) { l.replicas = []int32{1, 2} }).Done())
	h.look(func() *state.Snapshot {
		b := later(t, 3, nil)
		must(t, b.Topic("pay", [16]byte{2}, false))
		return b.Done()
	}())
	if _, known := h.Changed(next, h.last); known {
		t.Error("partitions that have other places are compared by their places")
	}
}

func TestHistoryIsBounded(t *testing.T) {
	h := &recorded{}
	var ledBy [2]*state.Snapshot
	for i := range ledBy {
		ledBy[i] = later(t, 0, func(_ int, l *partitionLists) { l.leader = int32(i + 1) }).Done()
	}
	for i := range maxPartitionChanges/4 + 100 {
		s := *ledBy[i%2]
		s.Taken = noon.Add(time.Duration(i) * time.Second)
		h.look(&s)
	}
	if n := len(h.partitions); n != maxPartitionChanges {
		t.Errorf("%d partition changes are remembered", n)
	}
	if n := len(h.changes); n != maxChanges {
		t.Errorf("%d changes are remembered", n)
	}
	if got := h.Changes(time.Time{}); !got[0].At.After(got[len(got)-1].At) {
		t.Error("the latest change does not come first")
	}
	if _, full := h.Partition("orders", 0); full {
		t.Error("a history that has forgotten says that it has not")
	}
}

func TestABrokersLastAnswerIsRemembered(t *testing.T) {
	h := &recorded{}
	first := later(t, 0, nil)
	first.Broker(state.Broker{ID: 2, Alive: true, Answered: state.Read(time.Millisecond, noon.Add(-time.Second), "")})
	h.look(first.Done())
	silent := later(t, 9, nil)
	silent.Broker(state.Broker{ID: 2, Alive: true})
	h.look(silent.Done())
	if at, ok := h.LastAnswer(2); !ok || !at.Equal(noon.Add(-time.Second)) {
		t.Errorf("broker 2 last answered at %v, %v", at, ok)
	}
	if _, ok := h.LastAnswer(9); ok {
		t.Error("a broker that nobody has seen has answered")
	}
}
