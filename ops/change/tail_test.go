package change

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
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
	return &Tail{path: path, most: maxTail}, add
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

func TestTheRecentEndOfAJournalIsReadAndNotMoreThanThat(t *testing.T) {
	noon := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	pad := strings.Repeat("x", 1000)
	for name, c := range map[string]struct {
		entries int
		every   time.Duration // between them; the last one is at noon
		atLeast int           // that are read
		atMost  int
		cut     bool // some that are recent are left out
	}{
		"a short journal":              {10, time.Hour, 10, 10, false},
		"a long one, little of recent": {20_000, time.Minute, 15, 100, false},
		"a busy quarter of an hour":    {20_000, time.Second, 900, 1100, false},
		"too much of recent":           {20_000, time.Millisecond, 900, 1100, true},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			var text strings.Builder
			for i := range c.entries {
				fmt.Fprintf(&text, `{"id":"%d","time":%q,"to":"%s"}`+"\n", i, noon.Add(-time.Duration(c.entries-1-i)*c.every).Format(time.RFC3339Nano), pad)
			}
			if err := os.Mkdir(filepath.Join(dir, "journal"), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(journalPath(dir, "c"), []byte(text.String()), 0o600); err != nil {
				t.Fatal(err)
			}
			since := noon.Add(-15 * time.Minute)
			a, err := Recent(dir, "c", since)
			if n := len(a.Entries); err != nil || n < c.atLeast || n > c.atMost || a.Entries[n-1].ID != fmt.Sprint(c.entries-1) {
				t.Fatalf("%d entries, %v", n, err)
			}
			if cut := a.Skipped > 0 && !a.Entries[0].Time.Before(since); cut != c.cut {
				t.Errorf("cut %v: the first is of %v", cut, a.Entries[0].Time)
			}
		})
	}
	if a, err := Recent(t.TempDir(), "c", noon); err != nil || len(a.Entries) > 0 {
		t.Errorf("without a journal: %+v, %v", a, err)
	}
}
