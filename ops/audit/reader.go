package audit

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"kdeck/ops/change"
	"kdeck/ops/state"
)

// A Reader reads one cluster's journal again and again. Each time it reads only what was added. It is not safe for concurrent use.
type Reader struct {
	tail   *change.Tail
	book   *book
	latest *state.Audit
}

// NewReader returns a reader of a cluster's journal. The journal needn't exist yet.
func NewReader(stateDir, clusterID string) *Reader {
	return &Reader{tail: change.NewTail(stateDir, clusterID), book: newBook()}
}

// Read returns what the journal tells now. It returns the same as before where nothing was added. An error says that the journal
// can't be read.
func (r *Reader) Read() (*state.Audit, error) {
	added, err := r.tail.Read()
	if err != nil {
		return nil, err
	}
	if r.latest != nil && !added.Anew && len(added.Entries) == 0 && len(added.Damaged) == 0 {
		return r.latest, nil
	}
	if added.Anew {
		r.book = newBook()
		r.book.skipped = added.Skipped
	}
	for i := range added.Entries {
		r.book.add(&added.Entries[i])
	}
	r.book.damage(added.Damaged)
	r.latest = r.book.audit()
	r.latest.Path = r.tail.Path()
	return r.latest, nil
}

// Recent returns the actions of a cluster's journal that something is written of since a time. Only the journal's end is read: of an
// action that began long before, what it has done may be counted in part.
func Recent(stateDir, clusterID string, since time.Time) (*state.Audit, error) {
	added, err := change.Recent(stateDir, clusterID, since)
	if err != nil {
		return nil, err
	}
	b := newBook()
	b.skipped = added.Skipped
	for i := range added.Entries {
		b.add(&added.Entries[i])
	}
	b.damage(added.Damaged)
	a := b.audit()
	a.Actions = slices.DeleteFunc(a.Actions, func(of state.Action) bool { return of.Ended.Before(since) })
	return a, nil
}

// maxJournals is how many journals [Everything] reads.
const maxJournals = 200

// Everything returns what the journals of all clusters below the state directory tell, as one. A journal that can't be read is
// counted as damaged, and named.
func Everything(stateDir string) (*state.Audit, error) {
	names, err := change.Journals(stateDir)
	if err != nil {
		return nil, err
	}
	all := &state.Audit{Path: filepath.Join(stateDir, "journal") + string(os.PathSeparator)}
	if len(names) > maxJournals {
		names = names[len(names)-maxJournals:]
	}
	for _, name := range names {
		one, err := (&Reader{tail: change.TailOf(stateDir, name), book: newBook()}).Read()
		if err != nil {
			all.Bad++
			all.Damaged = append(all.Damaged, err.Error())
			continue
		}
		all.Actions = append(all.Actions, one.Actions...)
		all.Bad, all.Skipped = all.Bad+one.Bad, all.Skipped+one.Skipped
		for _, d := range one.Damaged {
			all.Damaged = append(all.Damaged, filepath.Base(one.Path)+": "+d)
		}
	}
	slices.SortStableFunc(all.Actions, newestFirst)
	return all, nil
}

func newestFirst(a, b state.Action) int {
	if c := b.Began.Compare(a.Began); c != 0 {
		return c
	}
	return strings.Compare(b.ID, a.ID)
}
