package view

import (
	"strings"
	"time"

	"kdeck/ops/format"
	"kdeck/ops/health"
	"kdeck/ops/state"
)

// ImpactJSON is the answer of `kdeck impact` (DESIGN §3).
type ImpactJSON struct {
	Envelope
	Verdict state.Verdict    `json:"verdict"`
	Topics  []HurtTopicJSON  `json:"topics"`
	Tenants []HurtTenantJSON `json:"tenants"`
	Commits []string         `json:"commits_fail"` // groups whose offsets are kept in a broken partition
}

// HurtTopicJSON is a topic of which some partitions can't be used as they should.
type HurtTopicJSON struct {
	Topic      string           `json:"topic"`
	Tenant     *string          `json:"tenant"`
	Partitions int              `json:"partitions"`
	Unread     []int32          `json:"leaderless"`
	Unwritten  []int32          `json:"under_min_isr"`
	Held       []int32          `json:"held"`
	Writers    []HurtWriterJSON `json:"writers"`
}

// HurtWriterJSON is an idempotent producer that a leader knows. Others leave no trace at the brokers.
type HurtWriterJSON struct {
	Partition  int32      `json:"partition"`
	ProducerID int64      `json:"producer_id"`
	LastWrite  *time.Time `json:"last_write"`
}

// HurtTenantJSON is what one tenant feels.
type HurtTenantJSON struct {
	Tenant *string         `json:"tenant"`
	Topics []string        `json:"topics"`
	Groups []HurtGroupJSON `json:"groups"`
	Tell   string          `json:"tell"`
}

// HurtGroupJSON is a group that reads broken partitions.
type HurtGroupJSON struct {
	Group      string              `json:"group"`
	Waits      bool                `json:"waits"`
	Partitions []PartitionNameJSON `json:"partitions"`
	Members    []string            `json:"members"`
}

// PartitionNameJSON names a partition.
type PartitionNameJSON struct {
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
}

// ImpactAnswer is the answer about a State.
func ImpactAnswer(st *state.State, m *health.Impact, unread []state.Unknown) ImpactJSON {
	doc := ImpactJSON{EnvelopeOf(st.Snapshot), st.Verdict, []HurtTopicJSON{}, []HurtTenantJSON{}, append([]string{}, m.Commits...)}
	doc.Unknown = append(doc.Unknown, unread...)
	for i := range m.Topics {
		t := &m.Topics[i]
		row := HurtTopicJSON{t.Topic, format.OrNull(t.Tenant), t.Partitions, append([]int32{}, t.Unread...), append([]int32{}, t.Unwritten...), append([]int32{}, t.Held...), []HurtWriterJSON{}}
		for _, w := range t.Writers {
			writer := HurtWriterJSON{Partition: w.Partition, ProducerID: w.ID}
			if !w.LastWrite.IsZero() {
				at := w.LastWrite.UTC()
				writer.LastWrite = &at
			}
			row.Writers = append(row.Writers, writer)
		}
		doc.Topics = append(doc.Topics, row)
	}
	for _, t := range m.Tenants {
		row := HurtTenantJSON{format.OrNull(t.Tenant), []string{}, []HurtGroupJSON{}, strings.Join(t.Tell, " ")}
		for _, i := range t.Topics {
			row.Topics = append(row.Topics, m.Topics[i].Topic)
		}
		for _, g := range t.Groups {
			group := HurtGroupJSON{g.Group, g.Waits, []PartitionNameJSON{}, append([]string{}, g.Members...)}
			for _, p := range g.Partitions {
				group.Partitions = append(group.Partitions, PartitionNameJSON(p))
			}
			row.Groups = append(row.Groups, group)
		}
		doc.Tenants = append(doc.Tenants, row)
	}
	return doc
}
