package pane

import (
	"errors"
	"slices"
	"time"

	"kdeck/ops/state"
	"kdeck/ops/view"
	"kdeck/ui/cell"
	"kdeck/ui/table"
)

type PartitionColumn = table.Column[state.Partition]

// partitionColumns are the columns of partitions as the console shows them.
func PartitionColumns() []PartitionColumn {
	return DressPartitions(view.PartitionColumns())
}

// DressPartitions dresses columns of partitions.
func DressPartitions(columns []view.Column[state.Partition]) []PartitionColumn {
	return Dress(columns, map[string]func(*PartitionColumn){
		"topic": func(c *PartitionColumn) { c.Grow = true },
		"state": func(c *PartitionColumn) {
			c.Style = func(p state.Partition) cell.Style { return PartitionStyle(view.PartitionState(p)) }
		},
		"leader": func(c *PartitionColumn) {
			c.Style = func(p state.Partition) cell.Style {
				if p.Leaderless() {
					return cell.Critical
				}
				return cell.Plain
			}
		},
		"isr": func(c *PartitionColumn) {
			c.Style = func(p state.Partition) cell.Style {
				if p.UnderReplicated() {
					return cell.Warning
				}
				return cell.Plain
			}
		},
		"missing": func(c *PartitionColumn) {
			c.Max = 16
			c.Style = func(p state.Partition) cell.Style {
				for range p.Missing() {
					return cell.Warning
				}
				return cell.Plain
			}
		},
		"replicas":   func(c *PartitionColumn) { c.Max = 24 },
		"size_bytes": func(c *PartitionColumn) { c.Volatile = true },
		"copied":     func(c *PartitionColumn) { c.Volatile = true },
		"stuck":      func(c *PartitionColumn) { c.Style = func(state.Partition) cell.Style { return cell.Warning } },
		"move": func(c *PartitionColumn) {
			c.Max = 16
			c.Style = func(state.Partition) cell.Style { return cell.Info }
		},
		"isr_ids": func(c *PartitionColumn) { c.Max = 24 },
		"offline": func(c *PartitionColumn) { c.Max = 16 },
	})
}

func PartitionStyle(word string) cell.Style {
	switch word {
	case "OFFLINE", "<MIN-ISR":
		return cell.Critical
	case "AT-MIN", "URP":
		return cell.Warning
	case "MOVING":
		return cell.Info
	}
	return cell.OK
}

// partitionWords are what a filter of partitions understands: the words of is:, then the fields.
func PartitionWords(t *table.Table[state.Partition]) []string {
	var words []string
	var unknown *view.FieldError
	empty := state.NewBuilder("", time.Time{}, 0, 0).Done()
	if _, err := view.MatchPartitions(empty, view.Filter{{Field: "is"}}, nil); errors.As(err, &unknown) {
		words = slices.Clone(unknown.Known)
	}
	return append(append(words, "broker:", "tenant:"), FieldWords(t)...)
}

// partitionRows gives a table the partitions of a snapshot. They are stale while the scene's State says that no newer
// one could be had.
func PartitionRows(snap *state.Snapshot, now *Scene) table.Rows[state.Partition] {
	return table.Rows[state.Partition]{
		Len: snap.NumPartitions(),
		At:  snap.Partition,
		ID:  PartitionID,
		Find: func(id table.ID) (int, bool) {
			p, ok := snap.FindPartition(id.Name, id.N)
			if !ok {
				return 0, false
			}
			return p.Index(), true
		},
		Style: func(state.Partition) cell.Style { return now.RowStyle() },
	}
}

func PartitionID(p state.Partition) table.ID { return table.ID{Name: p.Topic().Name(), N: p.ID()} }

func PartitionName(id table.ID) string { return id.Name + "-" + view.IDs([]int32{id.N}) }
