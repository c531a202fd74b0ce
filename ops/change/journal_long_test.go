package change

import (
	"runtime"
	"strings"
	"testing"
)

func TestALineOfAJournalThatNoEntryHasIsNotHeld(t *testing.T) {
	tail, _ := tailOf(t, `{"id":"a"}`+"\n"+strings.Repeat("x", 64<<20)+"\n"+`{"id":"b"}`+"\n")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	var ids []string
	if _, err := entriesFrom(tail.path, 0, "", func(e *Entry) { ids = append(ids, e.ID) }); err != nil || strings.Join(ids, " ") != "a b" {
		t.Errorf("%v, %v", ids, err)
	}
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; took > 8*maxLine {
		t.Errorf("it took %d MB", took>>20)
	}
}
