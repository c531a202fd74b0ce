package change

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// tailOf returns the tail of a journal that holds these lines.
func tailOf(t *testing.T, text string) (*Tail, func(more string)) {
	t.Helper()
	path := journalPath(t.TempDir(), "c")
	if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	add := func(more string) {
		f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := f.WriteString(more); err != nil {
			t.Fatal(err)
		}
	}
	add(text)
	return &Tail{path: path}, add
}

// idsOf are the ids of the entries, and the offsets of damaged lines.
func idsOf(a Added) string {
	var s []string
	for _, e := range a.Entries {
		s = append(s, e.ID)
	}
	for _, d := range a.Damaged {
		s = append(s, fmt.Sprintf("bad@%d", d.Offset))
	}
	return strings.Join(s, " ")
}

func read(t *testing.T, tail *Tail) Added {
	t.Helper()
	a, err := tail.Read()
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestATailReadsWhatIsAddedAndNothingTwice(t *testing.T) {
	tail, add := tailOf(t, `{"id":"1"}`+"\n"+`{"id":"2"}`+"\n"+`{"id":`)
	if a := read(t, tail); idsOf(a) != "1 2" || !a.Anew || a.Skipped != 0 {
		t.Errorf("first: %q, %+v", idsOf(a), a)
	}
	if a := read(t, tail); idsOf(a) != "" || a.Anew {
		t.Errorf("a line that isn't whole yet: %q", idsOf(a))
	}
	add(`"3"}` + "\n" + "torn\n\n" + `{"id":"4"}` + "\n")
	if a := read(t, tail); idsOf(a) != "3 4 bad@33" || a.Anew {
		t.Errorf("then: %q", idsOf(a))
	}
	if err := os.WriteFile(tail.path, []byte(`{"id":"9"}`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if a := read(t, tail); idsOf(a) != "9" || !a.Anew {
		t.Errorf("another journal in its place: %q", idsOf(a))
	}
}

func TestATailOfNoJournalIsEmpty(t *testing.T) {
	if a, err := NewTail(t.TempDir(), "c").Read(); err != nil || a.Anew || idsOf(a) != "" {
		t.Errorf("%+v, %v", a, err)
	}
}

func TestATailReadsTheEndOfALongJournal(t *testing.T) {
	pad := strings.Repeat("x", 1<<20)
	var text strings.Builder
	for i := range 20 {
		fmt.Fprintf(&text, `{"id":"%d","to":"%s"}`+"\n", i, pad)
	}
	text.WriteString(`{"id":"huge","to":"` + strings.Repeat("y", maxLine) + `"}` + "\n" + `{"id":"last"}` + "\n")
	tail, _ := tailOf(t, text.String())
	a := read(t, tail)
	if n := len(a.Entries); n != 12 || a.Entries[n-1].ID != "last" || a.Entries[0].ID != "9" {
		t.Errorf("%d entries: %q", n, idsOf(a))
	}
	if len(a.Damaged) != 1 || !strings.Contains(a.Damaged[0].Why, "no entry has more than") {
		t.Errorf("damaged: %+v", a.Damaged)
	}
	if a.Skipped < 9<<20 || a.Skipped > 10<<20 {
		t.Errorf("%d bytes are said to be skipped", a.Skipped)
	}
}
