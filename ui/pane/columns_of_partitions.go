package pane

import (
	"io"

	"kdeck/ops/state"
	"kdeck/ops/view"
	"kdeck/ui/cell"
	"kdeck/ui/table"
)

type PartitionColumn = table.Column[state.Partition]

// PartitionColumns are the columns of partitions as the console shows them.
func PartitionColumns() []PartitionColumn {
	return DressPartitions(view.PartitionColumns())
}

// DressPartitions dresses columns of partitions.
func DressPartitions(columns []view.Column[state.Partition]) []PartitionColumn {
	return table.Dress(columns, map[string]func(*PartitionColumn){
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

// PartitionStyle is the style of the word for how a partition stands.
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

// MatchPartitions makes a filter a test of a scene's partitions. Without a snapshot it only says whether it is a filter.
func MatchPartitions(s *Scene, f view.Filter) (func(state.Partition) bool, error) {
	snap := s.Snapshot()
	if snap == nil {
		snap = state.NewBuilder("", s.Now, 0, 0).Done()
	}
	return view.MatchPartitions(snap, f, s.TenantRules())
}

// PartitionsJSON writes partitions as the command does.
func PartitionsJSON(s Scene, rows []state.Partition) (func(io.Writer) error, error) {
	return func(w io.Writer) error { return view.WritePartitions(w, s.Snapshot(), rows) }, nil
}

// PartitionRows gives a table the partitions of a snapshot. They are stale while the scene's State says that no newer
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

// PartitionID is the identity of a partition.
func PartitionID(p state.Partition) table.ID { return table.ID{Name: p.Topic().Name(), N: p.ID()} }

// PartitionName is what a partition is called: "orders-3".
func PartitionName(id table.ID) string { return id.Name + "-" + view.IDs([]int32{id.N}) }
