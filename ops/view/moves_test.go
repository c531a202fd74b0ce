package view

import (
	"encoding/json"
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
			if got := Find(MoveColumns(), "copied").Cell(p); got != c.cell {
				t.Errorf("copied is %q, want %q", got, c.cell)
			}
			doc := document(t, MovesAnswer(p.Snapshot(), []Move{{Partition: p}}))["moves"].([]any)[0].(map[string]any)
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
		if got := Find(MoveColumns(), "stuck").Cell(p); got != want {
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
