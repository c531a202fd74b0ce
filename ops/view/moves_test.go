package view

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"kdeck/ops/format"
	"kdeck/ops/state"
)

// movingPartition has replicas on 1 and 3 and moves from 1 to another broker, of which 4 is dead. sizes are those that the
// brokers tell.
func movingPartition(t *testing.T, sizes map[int32]int64, leader, to int32) state.Partition {
	b := state.NewBuilder("c", noon, 0, 0)
	for id := int32(1); id <= 4; id++ {
		b.Broker(state.Broker{ID: id, Alive: id < 4})
	}
	b.Snapshot().Moves = state.Read(1, noon, "1")
	if err := b.Topic("orders", [16]byte{}, false); err != nil {
		t.Fatal(err)
	}
	if err := b.Partition(0, leader, 3, []int32{to, 3, 1}, []int32{1, 3}, nil); err != nil {
		t.Fatal(err)
	}
	b.Moving("orders", 0, []int32{to}, []int32{1})
	for id, size := range sizes {
		b.Size("orders", 0, id, size, 0)
	}
	return b.Done().Partition(0)
}

func TestWhatAMoveHasCopied(t *testing.T) {
	for name, c := range map[string]struct {
		sizes      map[int32]int64
		cell       string
		have, want any
	}{
		"a third of the leader's size":                               {map[int32]int64{1: 3000, 2: 1000}, "33%", 1000., 3000.},
		"nearly all of it is not all":                                {map[int32]int64{1: 3000, 2: 2999}, "99%", 2999., 3000.},
		"hardly anything is not nothing":                             {map[int32]int64{1: 3_000_000, 2: 1}, "<0.1%", 1., 3_000_000.},
		"a copy that is larger than the leader's":                    {map[int32]int64{1: 3000, 2: 4000}, "100%", 3000., 3000.},
		"a new replica whose size no broker tells is unknown, not 0": {map[int32]int64{1: 3000}, format.Unknown, nil, nil},
		"a leader whose size no broker tells":                        {map[int32]int64{2: 1000}, format.Unknown, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			p := movingPartition(t, c.sizes, 1, 2)
			if got := Find(MoveColumns(), "copied").Cell(Move{Partition: p}); got != c.cell {
				t.Errorf("copied is %q, want %q", got, c.cell)
			}
			doc := document(t, MovesAnswer(p.Snapshot(), []Move{{Partition: p}}, nil))["moves"].([]any)[0].(map[string]any)
			if doc["copied_bytes"] != c.have || doc["total_bytes"] != c.want {
				t.Errorf("copied %v of %v, want %v of %v", doc["copied_bytes"], doc["total_bytes"], c.have, c.want)
			}
			if ours, ok := doc["ours"]; ours != nil || !ok {
				t.Errorf("whose it is isn't known, and ours is %v", ours)
			}
		})
	}
}

func TestWhyAMoveIsStuck(t *testing.T) {
	for want, p := range map[string]state.Partition{
		"":                 movingPartition(t, nil, 1, 2),
		"no leader":        movingPartition(t, nil, -1, 2),
		"broker 4 is dead": movingPartition(t, nil, 1, 4),
	} {
		if got := Find(MoveColumns(), "why").Cell(Move{Partition: p}); got != want {
			t.Errorf("stuck: %q, want %q", got, want)
		}
	}
}

func document(t *testing.T, answer any) (doc map[string]any) {
	t.Helper()
	b, err := json.Marshal(answer)
	if err == nil {
		err = json.Unmarshal(b, &doc)
	}
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestMovesInFlightComeBeforeThoseThatWait(t *testing.T) {
	b := state.NewBuilder("c", noon, 0, 0)
	for id := int32(1); id <= 4; id++ {
		b.Broker(state.Broker{ID: id, Alive: id < 4})
	}
	b.Snapshot().Moves = state.Read(2, noon, "1")
	if err := b.Topic("orders", [16]byte{}, false); err != nil {
		t.Fatal(err)
	}
	for i, to := range []int32{2, 2, 4, 3, 3} {
		replicas, isr := []int32{1, 2}, []int32{1, 2}
		if i < 3 {
			replicas, isr = []int32{to, 3, 1}, []int32{1, 3}
		}
		if err := b.Partition(int32(i), 1, 3, replicas, isr, nil); err != nil {
			t.Fatal(err)
		}
		if i < 3 {
			b.Moving("orders", int32(i), []int32{to}, []int32{1})
		}
	}
	s := b.Done()
	bytes, rate := int64(3000), 100.
	move := func(p int32, why string) state.RunMove {
		return state.RunMove{Topic: "orders", Partition: p, From: []int32{1, 2}, To: []int32{3, 2}, Bytes: &bytes, Why: why}
	}
	flying := move(0, "")
	flying.Rate = &rate
	run := &state.Run{ID: "later", State: state.RunRunning, Moves: 3000, InFlight: 1, Flying: []state.RunMove{flying},
		Queue: []state.RunMove{move(1, "it was submitted since"), move(3, "broker 1 sends 3"), move(9, "it was deleted"), move(4, "")}}
	begun := func(p state.Partition, _ []int32) state.Reading[state.Origin] {
		if p.ID() == 1 {
			return state.Read(state.Origin{Ours: true, Run: "earlier"}, noon, "")
		}
		return state.Read(state.Origin{}, noon, "")
	}
	rows := func(run *state.Run) (rows []string) {
		for _, m := range Moves(s, Moving(s), run, begun) {
			var cells []string
			for _, name := range []string{"queue", "partition", "move", "bytes_left", "rate", "why", "whose"} {
				cells = append(cells, Find(MoveColumns(), name).Cell(m))
			}
			rows = append(rows, strings.Join(cells, "|"))
		}
		return rows
	}
	want := []string{
		"-|2|+4 -1|??|??|broker 4 is dead|others",
		"-|0|+2 -1|??|100B/s||later",
		"-|1|+2 -1|??|??||earlier",
		"2|3|+3 -1|3.00kB|-|broker 1 sends 3|later",
		"4|4|+3 -1|3.00kB|-|it is submitted next|later",
	}
	if got := rows(run); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for name, c := range map[string]struct {
		state state.RunState
		why   string
		want  string
	}{
		"a pause":         {state.RunPaused, "paused by alice at 12:00:00; broker 4 is dead", "paused by alice at 12:00:00"},
		"a stop":          {state.RunStopping, "stopped by alice", "stays undone: the run is stopping"},
		"a process gone":  {state.RunOrphaned, "its process 42 is gone", "the run's process is gone"},
		"what comes next": {state.RunRunning, "", "it is submitted next"},
	} {
		r := *run
		r.State, r.Why = c.state, c.why
		got := rows(&r)
		if last := got[len(got)-1]; !strings.Contains(last, "|"+c.want+"|") {
			t.Errorf("%s: %s", name, last)
		}
	}
	doc := document(t, MovesAnswer(s, Moves(s, Moving(s), run, begun), run))
	r := doc["run"].(map[string]any)
	if queue := r["queue"].([]any); len(queue) != 2 || r["waiting"] != 2999. || queue[1].(map[string]any)["why"] != "it is submitted next" {
		t.Errorf("%v", r)
	}
	if moves := doc["moves"].([]any); len(moves) != 3 || moves[1].(map[string]any)["run"] != "later" || moves[0].(map[string]any)["run"] != nil {
		t.Errorf("%v", doc["moves"])
	}
}
