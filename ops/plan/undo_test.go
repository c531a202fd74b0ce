package plan

import "testing"

func TestWhatARunHasMovedIsWhatItsUndoCounts(t *testing.T) {
	was := []row{{"a", 0, 1, []int32{1, 2}, 100}, {"b", 0, 1, []int32{1, 3}, 10}, {"c", 0, 1, []int32{1, 3}, 9}}
	back := madeOf(t, cluster(t, 4, was...), "drain 1 --to 4").Reverse()
	moved := []row{{"a", 0, 4, []int32{4, 2}, 100}, was[1], was[2]} // and then it was stopped
	s := cluster(t, 4, moved...)
	able, not := back.Undoable(s)
	if err := able.Complete(s); err != nil {
		t.Fatal(err)
	}
	left := able.Remaining(s)
	h := left.Header
	if len(not) > 0 || len(left.Partitions) != 1 || h.Moves != 1 || h.MovesBound != 1 || h.Bytes == nil || *h.Bytes != 100 || h.LeaderChanges != 1 {
		t.Errorf("%d partitions, %v can't go back: %+v", len(left.Partitions), not, h)
	}
	if got, want := UndoPhrase(able, "prod"), "undo 1 move "; len(got) < len(want) || got[:len(want)] != want {
		t.Errorf("the phrase is %q", got)
	}
}
