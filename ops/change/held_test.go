package change

import (
	"os"
	"testing"
	"time"
)

func TestWhatIsHeldIsReadOnFromWhereItWasLeft(t *testing.T) {
	dir := t.TempDir()
	holds := NewHolds(dir, "c")
	said := func(want ...string) {
		t.Helper()
		list, err := holds.List()
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, h := range list {
			got = append(got, h.What+" by "+string(h.Undo))
		}
		if len(got) != len(want) {
			t.Fatalf("held %q, want %q", got, want)
		}
		for i := range got {
			if got[i] != want[i] {
				t.Errorf("held %q, want %q", got, want)
			}
		}
	}
	said()
	j, err := OpenJournal(dir, "c")
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	said()
	bob, alice := Held{What: "users/bob", Until: time.Unix(1e9, 0), Undo: "b"}, Held{What: "users/alice", Undo: "a"}
	j.Hold(bob)
	j.Hold(alice)
	said("users/alice by a", "users/bob by b")
	read := holds.read
	said("users/alice by a", "users/bob by b")
	if holds.read != read || read == 0 {
		t.Errorf("read to %d, then to %d", read, holds.read)
	}
	j.Release(bob)
	said("users/alice by a")
	alice.Undo = "a2"
	j.Hold(alice)
	said("users/alice by a2")
	if list, err := NewHolds(dir, "c").List(); err != nil || len(list) != 1 || list[0].Undo != "a2" {
		t.Errorf("another reader: %v %v", list, err)
	}
}

func TestALineThatIsStillBeingWrittenIsReadWhole(t *testing.T) {
	dir := t.TempDir()
	j, err := OpenJournal(dir, "c")
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	holds := NewHolds(dir, "c")
	half := `{"id":"1","time":"2026-01-01T00:00:00Z","event":{"event":"quota-held",`
	if _, err := j.file.WriteString(half); err != nil {
		t.Fatal(err)
	}
	if list, err := holds.List(); err != nil || len(list) != 0 {
		t.Errorf("half a line: %v %v", list, err)
	}
	if _, err := j.file.WriteString(`"entity":"users/bob"}}` + "\n"); err != nil {
		t.Fatal(err)
	}
	if list, err := holds.List(); err != nil || len(list) != 1 {
		t.Errorf("the whole line: %v %v", list, err)
	}
	if err := os.Truncate(j.Path(), 0); err != nil {
		t.Fatal(err)
	}
	if list, err := holds.List(); err != nil || len(list) != 0 {
		t.Errorf("another journal: %v %v", list, err)
	}
}
