package view

import (
	"cmp"
	"slices"
	"sort"
	"time"

	"kdeck/ops/state"
)

// TopicReader is a group that reads a topic, and what it has to read there.
type TopicReader struct {
	*state.Group
	Partitions int   // of the topic, that it has offsets of or owns
	Lag        int64 // records of the topic that it has not committed, as far as that is known
	Partial    int   // partitions of the topic of which that isn't known
	// Oldest is when the oldest of those records was written; zero: not known, or there is none. OrBefore: it may be older.
	Oldest   time.Time
	OrBefore bool
	Within   time.Duration // by how much Oldest can be wrong at the most
	Unowned  int           // partitions with records to read that no member owns, where the members are known
}

// Readers are at most so many of the groups that read the topic, those that don't get on first.
func (r *TopicRow) Readers(most int) []TopicReader {
	groups := r.Groups[:min(most, len(r.Groups))]
	readers := make([]TopicReader, len(groups))
	for i, g := range groups {
		readers[i] = readerOf(g, r.Name())
	}
	slices.SortFunc(readers, func(a, b TopicReader) int {
		return cmp.Or(cmp.Compare(groupRank(a.Group), groupRank(b.Group)), cmp.Compare(b.Lag, a.Lag), cmp.Compare(a.ID, b.ID))
	})
	return readers
}

func readerOf(g *state.Group, topic string) TopicReader {
	r := TopicReader{Group: g}
	parts := g.Partitions.Value
	first := sort.Search(len(parts), func(i int) bool { return parts[i].Topic >= topic })
	for i := first; i < len(parts) && parts[i].Topic == topic; i++ {
		p := &parts[i]
		r.Partitions++
		switch {
		case p.Lag < 0:
			r.Partial++
			continue
		case p.Lag == 0:
			continue
		}
		r.Lag += p.Lag
		if p.Member < 0 && g.Members.Known {
			r.Unowned++
		}
		if at := time.UnixMilli(p.Oldest); p.Oldest > 0 && (r.Oldest.IsZero() || at.Before(r.Oldest)) {
			r.Oldest, r.OrBefore, r.Within = at, p.OldestOrBefore, time.Duration(p.OldestWithin)*time.Millisecond
		}
	}
	return r
}
