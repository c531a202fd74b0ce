package state

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"
	"unicode/utf8"

	"kdeck/protocol/printable"
)

// fileReading is a reading with what is needed to trust it; in an answer its value alone is written.
type fileReading[T any] struct {
	Value T         `json:"value"`
	Known bool      `json:"known"`
	At    time.Time `json:"at"`
	From  string    `json:"from,omitempty"`
	Why   string    `json:"why,omitempty"`
}

func fileOf[T, F any](r Reading[T], as func(T) F) fileReading[F] {
	return fileReading[F]{as(r.Value), r.Known, r.At.UTC(), r.From, r.Why}
}

func ofFile[F, T any](f fileReading[F], as func(F) T) Reading[T] {
	return Reading[T]{as(f.Value), f.Known, f.At, f.From, f.Why}
}

func same[T any](v T) T { return v }

// fileGroup is a group as it was judged, so that it is told later what was told when it was saved.
type fileGroup struct {
	ID               string                     `json:"group"`
	IDBytes          []byte                     `json:"group_base64,omitempty"` // where it isn't UTF-8, and JSON can't hold it
	Kind             GroupKind                  `json:"type"`
	Protocol         string                     `json:"protocol"`
	State            string                     `json:"state"`
	Coordinator      int32                      `json:"coordinator"`
	Epoch            int32                      `json:"epoch"`
	Members          fileReading[[]Member]      `json:"members"`
	Partitions       fileReading[[]filePlace]   `json:"partitions"`
	Lag              fileReading[int64]         `json:"lag"`
	Behind           fileReading[time.Duration] `json:"behind_ns"`
	BehindAtLeast    bool                       `json:"behind_or_more,omitempty"`
	BehindWithin     time.Duration              `json:"behind_within_ns,omitempty"`
	Consumed         fileReading[float64]       `json:"consumed"`
	Produced         fileReading[float64]       `json:"produced"`
	Forecast         string                     `json:"forecast,omitempty"`
	Status           string                     `json:"status"`
	Why              string                     `json:"why"`
	RebalancingSince *time.Time                 `json:"rebalancing_since,omitempty"`
	Rebalances       int                        `json:"rebalances,omitempty"`
}

// filePlace is one partition of a group.
type filePlace struct {
	Topic          string  `json:"topic"`
	Partition      int32   `json:"partition"`
	Member         int32   `json:"member"` // index in members; -1: nobody
	Committed      int64   `json:"committed"`
	End            int64   `json:"end"`
	Start          int64   `json:"start"`
	Lag            int64   `json:"lag"`
	Oldest         int64   `json:"oldest_ms,omitempty"`
	OldestOrBefore bool    `json:"oldest_or_before,omitempty"`
	OldestWithin   int32   `json:"oldest_within_ms,omitempty"`
	Moved          int64   `json:"moved_ms,omitempty"`
	Rate           float32 `json:"rate,omitempty"`
	Status         string  `json:"status"`
	Trouble        uint8   `json:"trouble,omitempty"`
}

type fileGroupsHead struct {
	At      time.Time `json:"at"`
	Looks   int       `json:"looks"`
	Unknown []Unknown `json:"unknown"`
}

// saveGroups writes the groups one by one.
func saveGroups(w io.Writer, all *Groups) {
	head, _ := printable.Marshal(fileGroupsHead{all.At.UTC(), all.Looks, all.Unknown})
	fmt.Fprintf(w, ",\n\"groups_read\":%s,\n\"groups\":[", head)
	for i, g := range all.Groups {
		b, _ := printable.Marshal(fileOfGroup(g))
		if i > 0 {
			io.WriteString(w, ",")
		}
		fmt.Fprintf(w, "\n%s", b)
	}
	io.WriteString(w, "]")
}

func fileOfGroup(g *Group) fileGroup {
	f := fileGroup{
		ID: g.ID, Kind: g.Kind, Protocol: g.Protocol, State: g.State, Coordinator: g.Coordinator, Epoch: g.Epoch,
		Members: fileOf(g.Members, same), Lag: fileOf(g.Lag, same), Behind: fileOf(g.Behind, same), BehindAtLeast: g.BehindAtLeast, BehindWithin: g.BehindWithin,
		Consumed: fileOf(g.Consumed, same), Produced: fileOf(g.Produced, same), Forecast: g.Forecast,
		Status: g.Status.String(), Why: g.Why, Rebalances: g.Rebalances,
	}
	if !utf8.ValidString(g.ID) {
		f.IDBytes = []byte(g.ID)
	}
	if !g.RebalancingSince.IsZero() {
		at := g.RebalancingSince.UTC()
		f.RebalancingSince = &at
	}
	f.Partitions = fileOf(g.Partitions, func(parts []GroupPartition) []filePlace {
		if parts == nil {
			return nil
		}
		all := make([]filePlace, len(parts))
		for i := range parts {
			p := &parts[i]
			all[i] = filePlace{p.Topic, p.Partition, p.Member, p.Committed, p.End, p.Start, p.Lag, p.Oldest, p.OldestOrBefore, p.OldestWithin, p.Moved, p.Rate, p.Status.String(), uint8(p.Trouble)}
		}
		return all
	})
	return f
}

// loadGroups reads groups one by one.
func loadGroups(d *json.Decoder, into *Groups) error {
	if err := expect(d, json.Delim('[')); err != nil {
		return err
	}
	for d.More() {
		var f fileGroup
		if err := d.Decode(&f); err != nil {
			return err
		}
		g, err := groupOfFile(&f)
		if err != nil {
			return fmt.Errorf("group %q: %w", f.ID, err)
		}
		into.Groups = append(into.Groups, g)
	}
	slices.SortStableFunc(into.Groups, func(a, b *Group) int { return cmp.Compare(a.ID, b.ID) })
	return expect(d, json.Delim(']'))
}

func groupOfFile(f *fileGroup) (*Group, error) {
	g := &Group{ID: f.ID, Kind: f.Kind, Protocol: f.Protocol, State: f.State, Coordinator: f.Coordinator, Epoch: f.Epoch, Members: ofFile(f.Members, same)}
	if len(f.IDBytes) > 0 {
		g.ID = string(f.IDBytes)
	}
	g.GroupLag = GroupLag{
		Lag: ofFile(f.Lag, same), Worst: -1, Oldest: -1, Behind: ofFile(f.Behind, same), BehindAtLeast: f.BehindAtLeast, BehindWithin: max(f.BehindWithin, 0),
		Consumed: ofFile(f.Consumed, same), Produced: ofFile(f.Produced, same), Forecast: f.Forecast, Why: f.Why, Rebalances: f.Rebalances,
	}
	if f.RebalancingSince != nil {
		g.RebalancingSince = *f.RebalancingSince
	}
	var err error
	if g.Status, err = statusOf(f.Status); err != nil {
		return nil, err
	}
	var parts []GroupPartition
	if f.Partitions.Value != nil {
		parts = make([]GroupPartition, len(f.Partitions.Value))
	}
	for i := range parts {
		p := &f.Partitions.Value[i]
		switch {
		case p.Member >= int32(len(f.Members.Value)):
			return nil, fmt.Errorf("%s/%d: there is no member %d", p.Topic, p.Partition, p.Member)
		case int(p.Trouble) >= len(troubles):
			return nil, fmt.Errorf("%s/%d: there is no trouble %d", p.Topic, p.Partition, p.Trouble)
		}
		status, err := statusOf(p.Status)
		if err != nil {
			return nil, fmt.Errorf("%s/%d: %w", p.Topic, p.Partition, err)
		}
		parts[i] = GroupPartition{
			Topic: p.Topic, Partition: p.Partition, Member: max(p.Member, -1), Committed: max(p.Committed, -1), End: max(p.End, -1), Start: max(p.Start, -1), Lag: max(p.Lag, -1),
			Oldest: p.Oldest, OldestOrBefore: p.OldestOrBefore, OldestWithin: max(p.OldestWithin, 0), Moved: p.Moved, Rate: p.Rate, Status: status, Trouble: OffsetTrouble(p.Trouble),
		}
		if parts[i].Lag < 0 {
			g.Partial++
		} else if g.Worst < 0 || parts[i].Lag > parts[g.Worst].Lag {
			g.Worst = i
		}
		if o := parts[i].Oldest; o != 0 && (g.Oldest < 0 || o < parts[g.Oldest].Oldest) {
			g.Oldest = i
		}
	}
	g.Partitions = ofFile(f.Partitions, func([]filePlace) []GroupPartition { return parts })
	g.Index()
	return g, nil
}

func statusOf(word string) (GroupStatus, error) {
	i := slices.Index(groupStatuses[:], word)
	if i < 0 {
		return 0, fmt.Errorf("%q is no status: there are %v", word, groupStatuses)
	}
	return GroupStatus(i), nil
}

// fileTransactions are transactions; what is known of groups that are held up is a reading.
type fileTransactions struct {
	Transactions
	Held []fileHeld
}

type fileHeld struct {
	HeldPartition
	Groups fileReading[[]HeldGroup]
}

func fileOfTransactions(t *Transactions) fileTransactions {
	f := fileTransactions{Transactions: *t}
	f.Transactions.Held = nil
	for _, h := range t.Held {
		f.Held = append(f.Held, fileHeld{h, fileOf(h.Groups, same)})
	}
	return f
}

func transactionsOfFile(f *fileTransactions) *Transactions {
	t := f.Transactions
	t.Held = nil
	for _, h := range f.Held {
		held := h.HeldPartition
		held.Groups = ofFile(h.Groups, same)
		t.Held = append(t.Held, held)
	}
	return &t
}
