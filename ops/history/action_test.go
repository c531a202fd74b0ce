package history

import (
	"testing"
	"time"

	"kdeck/ops/state"
)

func TestWhatKdeckDidIsAmongTheChanges(t *testing.T) {
	at := func(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }
	h := &recorded{}
	h.look(later(t, 0, nil).Done())
	s := &state.State{Now: at(20), Snapshot: later(t, 10*60, func(p int, l *partitionLists) {
		if p == 0 {
			l.isr = []int32{1, 3}
		}
	}).Done()}
	s.Audit = state.Read(&state.Audit{Actions: []state.Action{
		{ID: "4", Began: at(12), Ended: at(12), What: "quota set users/shop", Result: state.ActionRefused},
		{ID: "3", Began: at(8), Ended: at(19), What: "drain 5: 3 partitions, 1 moved so far", Result: state.ActionOpen, By: "root"},
		{ID: "2", Began: at(-90), Ended: at(11), What: "drain 7: 205 partitions moved", Result: state.ActionDone, By: "root (sudo alice)"},
		{ID: "1", Began: at(-100), Ended: at(-99), What: "elect", Result: state.ActionDone},
	}}, at(20), "")
	h.Add(s)
	var got []string
	for _, c := range h.Changes(at(5)) {
		got = append(got, string(c.Severity)+" "+c.Sentence)
	}
	want := []string{
		"warning kdeck: quota set users/shop, refused",
		"info kdeck: drain 7: 205 partitions moved, by root (sudo alice)",
		"warning broker 2 left the ISR of 1 partition",
		"info kdeck: drain 5: 3 partitions, 1 moved so far, by root",
	}
	if len(got) != len(want) {
		t.Fatalf("got %q", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("got  %s\nwant %s", got[i], want[i])
		}
	}
}
