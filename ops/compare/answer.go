package compare

import (
	"fmt"
	"slices"
	"time"

	"kdeck/ops/format"
	"kdeck/ops/state"
)

// Answer is the answer of `kdeck compare` as JSON (DESIGN §3).
type Answer struct {
	Version     int             `json:"version"`
	ClusterID   string          `json:"cluster_id"`
	TakenAt     time.Time       `json:"taken_at"`
	Unknown     []state.Unknown `json:"unknown"`
	Agree       *bool           `json:"agree"` // null: no difference was seen, and not all that could differ
	Brokers     []int32         `json:"brokers"`
	Topics      int             `json:"topics"`
	Partitions  int             `json:"partitions"`
	Looks       int             `json:"looks"`
	Differences []Difference    `json:"differences"`
}

// Agree tells whether all brokers say the same. known is false where no difference was seen, and a broker didn't tell everything.
func (r *Result) Agree() (agree, known bool) {
	return len(r.Differences) == 0, len(r.Differences) > 0 || len(r.Unknown) == 0 && r.Left == 0
}

// Answer is the result as JSON.
func (r *Result) Answer() Answer {
	a := Answer{Version: 1, ClusterID: r.ClusterID, TakenAt: r.Taken.UTC(), Unknown: append([]state.Unknown{}, r.Unknown...), Brokers: r.Brokers,
		Topics: r.Topics, Partitions: r.Partitions, Looks: r.Looks, Differences: append([]Difference{}, r.Differences...)}
	if r.Left > 0 {
		a.Unknown = append(a.Unknown, state.Unknown{Node: -1, What: state.WhatMetadata, Why: r.left()})
	}
	if agree, known := r.Agree(); known {
		a.Agree = &agree
	}
	return a
}

func (r *Result) left() string {
	return fmt.Sprintf("%s more differed in the first look, and weren't looked at again", format.Count(r.Left, "topic"))
}

// Sentence sums it up.
func (r *Result) Sentence() string {
	what := fmt.Sprintf("%s and %s", format.Count(r.Topics, "topic"), format.Count(r.Partitions, "partition"))
	switch agree, known := r.Agree(); {
	case !agree:
		return fmt.Sprintf("%s between %s, in %s", format.Count(len(r.Differences), "difference"), format.Count(len(r.Brokers), "broker"), what)
	case !known:
		return fmt.Sprintf("No difference was seen between %d of %s in %s, and not everything could be looked at", len(r.Brokers), format.Count(r.Asked, "broker"), what)
	}
	return fmt.Sprintf("All %s agree on %s", format.Count(len(r.Brokers), "broker"), what)
}

// PartitionAnswer is the answer of `kdeck compare partition` as JSON.
type PartitionAnswer struct {
	Version     int             `json:"version"`
	ClusterID   string          `json:"cluster_id"`
	TakenAt     time.Time       `json:"taken_at"`
	Unknown     []state.Unknown `json:"unknown"`
	Agree       *bool           `json:"agree"` // null: no difference was seen, and a broker didn't tell
	Topic       string          `json:"topic"`
	Partition   int32           `json:"partition"`
	Sentence    string          `json:"sentence"`
	Copies      []CopyAnswer    `json:"copies"`
	Differences []Difference    `json:"differences"`
}

// CopyAnswer is what one broker says of a partition, as JSON.
type CopyAnswer struct {
	Broker        int32   `json:"broker"`
	Knows         bool    `json:"knows"` // it has the partition in its metadata
	Leader        *int32  `json:"leader"`
	LeaderEpoch   *int32  `json:"leader_epoch"`
	Replicas      []int32 `json:"replicas"`
	ISR           []int32 `json:"isr"`
	Offline       []int32 `json:"offline"`
	Leads         *bool   `json:"leads"` // it acts as the leader
	LogStart      *int64  `json:"log_start"`
	LogEnd        *int64  `json:"log_end"`
	HighWatermark *int64  `json:"high_watermark"` // as the leader says
	LogDir        *string `json:"log_dir"`
	SizeBytes     *int64  `json:"size_bytes"`
}

// Agree tells whether all brokers say the same. known is false where no difference was seen, and a broker didn't tell everything.
func (r *PartitionResult) Agree() (agree, known bool) {
	return len(r.Differences) == 0, len(r.Differences) > 0 || len(r.Unknown) == 0
}

// Answer is the result as JSON.
func (r *PartitionResult) Answer() PartitionAnswer {
	a := PartitionAnswer{Version: 1, ClusterID: r.ClusterID, TakenAt: r.Taken.UTC(), Unknown: append([]state.Unknown{}, r.Unknown...), Topic: r.Topic, Partition: r.Partition,
		Sentence: r.Sentence, Copies: []CopyAnswer{}, Differences: append([]Difference{}, r.Differences...)}
	if agree, known := r.Agree(); known {
		a.Agree = &agree
	}
	for i := range r.Copies {
		c := &r.Copies[i]
		out := CopyAnswer{Broker: c.Broker, Knows: c.Knows, Replicas: list(c.View.Replicas), ISR: list(c.View.ISR), Offline: list(c.View.Offline)}
		if c.Knows {
			out.Leader, out.LeaderEpoch = known(c.View.Leader), known(c.View.LeaderEpoch)
		}
		if c.Offsets != nil {
			out.Leads = &c.Offsets.Leads
			out.LogStart, out.LogEnd, out.HighWatermark = known(c.Offsets.Start), known(c.Offsets.End), known(c.Offsets.HighWatermark)
		}
		if c.Log != nil {
			out.LogDir, out.SizeBytes = &c.Log.Dir, &c.Log.Size
		}
		a.Copies = append(a.Copies, out)
	}
	return a
}

func list(ids []int32) []int32 { return append([]int32{}, slices.Clip(ids)...) }

func known[N int32 | int64](n N) *N {
	if n < 0 {
		return nil
	}
	return &n
}
