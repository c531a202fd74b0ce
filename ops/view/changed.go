package view

import (
	"time"

	"kdeck/ops/history"
	"kdeck/ops/state"
)

// ChangedJSON is the answer of `kdeck changed` (DESIGN §3).
type ChangedJSON struct {
	Envelope
	Since      time.Time              `json:"since"`         // when the earlier look was taken
	Verdict    *state.Verdict         `json:"since_verdict"` // at the earlier look; null: not known
	Changes    []DifferenceJSON       `json:"changes"`
	Partitions []PartitionChangedJSON `json:"partitions"` // with another leader or other in-sync replicas
	Kdeck      []ActedJSON            `json:"kdeck"`      // what kdeck itself did from this machine, the latest first
}

// DifferenceJSON is one difference.
type DifferenceJSON struct {
	What     string         `json:"what"` // brokers, topics, partitions, configs, quotas or features
	Severity state.Severity `json:"severity"`
	Sentence string         `json:"sentence"`
}

// PartitionChangedJSON is a partition with another leader or other in-sync replicas. A leader of null is none.
type PartitionChangedJSON struct {
	Topic     string  `json:"topic"`
	Partition int32   `json:"partition"`
	OldLeader *int32  `json:"old_leader"`
	Leader    *int32  `json:"leader"`
	OldISR    []int32 `json:"old_isr"`
	ISR       []int32 `json:"isr"`
}

// ActedJSON is one thing that kdeck did.
type ActedJSON struct {
	At       time.Time `json:"at"`
	Sentence string    `json:"sentence"`
}

// ChangedAnswer is the answer about two States, the later of which is now.
func ChangedAnswer(old, now *state.State, d *history.Differences, acted []history.Change) ChangedJSON {
	doc := ChangedJSON{
		Envelope: EnvelopeOf(now.Snapshot), Since: old.Snapshot.Taken.UTC(),
		Changes: []DifferenceJSON{}, Partitions: []PartitionChangedJSON{}, Kdeck: []ActedJSON{},
	}
	if old.Verdict != "" {
		doc.Verdict = &old.Verdict
	}
	doc.Unknown = append(doc.Unknown, d.Unknown...)
	for _, c := range d.List {
		doc.Changes = append(doc.Changes, DifferenceJSON{c.What, c.Severity, c.Sentence})
	}
	leader := func(id int32) *int32 {
		if id < 0 {
			return nil
		}
		return &id
	}
	for _, p := range d.Partitions {
		doc.Partitions = append(doc.Partitions, PartitionChangedJSON{p.Topic, p.Partition, leader(p.OldLeader), leader(p.Leader), append([]int32{}, p.OldISR...), append([]int32{}, p.ISR...)})
	}
	for _, c := range acted {
		doc.Kdeck = append(doc.Kdeck, ActedJSON{c.At.UTC(), c.Sentence})
	}
	return doc
}
