package pane

import (
	"io"

	"kdeck/ops/state"
	"kdeck/ops/view"
	"kdeck/ui/cell"
	"kdeck/ui/table"
)

type partitionColumn = table.Column[state.Partition]

// PartitionColumns returns the columns of partitions, dressed for the screen.
func PartitionColumns() []partitionColumn {
	return DressPartitions(view.PartitionColumns())
}

// DressPartitions adds widths and styles to columns of partitions.
func DressPartitions(columns []view.Column[state.Partition]) []partitionColumn {
	return table.Dress(columns, map[string]func(*partitionColumn){
		"topic": func(c *partitionColumn) { c.Grow = true },
		"state": func(c *partitionColumn) {
			c.Style = func(p state.Partition) cell.Style { return PartitionStyle(view.PartitionState(p)) }
		},
		"leader": func(c *partitionColumn) {
			c.Style = func(p state.Partition) cell.Style {
				if p.Leaderless() {
					return cell.Critical
				}
				return cell.Plain
			}
		},
		"isr": func(c *partitionColumn) {
			c.Style = func(p state.Partition) cell.Style {
				if p.UnderReplicated() {
					return cell.Warning
				}
				return cell.Plain
			}
		},
		"missing": func(c *partitionColumn) {
			c.Max = 16
			c.Style = func(p state.Partition) cell.Style {
				for range p.Missing() {
					return cell.Warning
				}
				return cell.Plain
			}
		},
		"replicas":   func(c *partitionColumn) { c.Max = 24 },
		"size_bytes": func(c *partitionColumn) { c.Volatile = true },
		"copied":     func(c *partitionColumn) { c.Volatile = true },
		"stuck":      func(c *partitionColumn) { c.Style = func(state.Partition) cell.Style { return cell.Warning } },
		"move": func(c *partitionColumn) {
			c.Max = 16
			c.Style = func(state.Partition) cell.Style { return cell.Info }
		},
		"isr_ids":          func(c *partitionColumn) { c.Max = 24 },
		"offline_replicas": func(c *partitionColumn) { c.Max = 16 },
	})
}

// PartitionStyle returns the style of the word for a partition's state.
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

// MatchPartitions makes a filter a test of partitions. Before the first answer only its error means anything.
func MatchPartitions(s *Scene, f view.Filter) (func(state.Partition) bool, error) {
	snap := s.Snapshot()
	if snap == nil {
		snap = state.NewBuilder("", s.Now, 0, 0).Done()
	}
	return view.MatchPartitions(snap, f, s.TenantRules())
}

// PartitionsJSON returns a function that writes partitions as "kdeck partitions -o json" does.
func PartitionsJSON(s Scene, rows []state.Partition) (func(io.Writer) error, error) {
	return func(w io.Writer) error { return view.WritePartitions(w, s.Snapshot(), rows) }, nil
}

// PartitionDocument returns what "kdeck partitions -o json" has of a partition.
func PartitionDocument(s Scene, p state.Partition) any { return view.PartitionAnswer(s.Snapshot(), p) }

// PartitionRows makes rows of all partitions of a snapshot. They are drawn stale while the latest poll has failed.
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

// PartitionID returns a partition's identity in a table.
func PartitionID(p state.Partition) table.ID { return table.ID{Name: p.Topic().Name(), N: p.ID()} }

// PartitionName writes a partition as Kafka does: "orders-3".
func PartitionName(id table.ID) string { return id.Name + "-" + view.IDs([]int32{id.N}) }
