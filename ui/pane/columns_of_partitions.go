package pane

import (
	"errors"
	"math"
	"slices"
	"time"

	"kdeck/ops/state"
	"kdeck/ops/view"
	"kdeck/ui/cell"
	"kdeck/ui/table"
)

type PartitionColumn = table.Column[state.Partition]

// partitionColumns are the columns of partitions as the console shows them. The keys order as the columns compare;
// of lists of brokers, the first four decide.
func PartitionColumns() []PartitionColumn {
	return Dress(view.PartitionColumns(), map[string]func(*PartitionColumn){
		"topic": func(c *PartitionColumn) {
			c.Grow = true
			c.Key = func(p state.Partition) int64 { return int64(p.Index()) }
		},
		"partition": func(c *PartitionColumn) { c.Key = func(p state.Partition) int64 { return int64(p.ID()) } },
		"state": func(c *PartitionColumn) {
			c.Style = func(p state.Partition) cell.Style { return PartitionStyle(view.PartitionState(p)) }
			c.Key = func(p state.Partition) int64 {
				return int64(slices.Index(view.PartitionStates, view.PartitionState(p)))
			}
		},
		"leader": func(c *PartitionColumn) {
			c.Key = func(p state.Partition) int64 { return int64(p.Leader()) }
			c.Style = func(p state.Partition) cell.Style {
				if p.Leaderless() {
					return cell.Critical
				}
				return cell.Plain
			}
		},
		"isr": func(c *PartitionColumn) {
			c.Key = func(p state.Partition) int64 { return int64(p.ISRSize() - p.ReplicationFactor()) }
			c.Style = func(p state.Partition) cell.Style {
				if p.UnderReplicated() {
					return cell.Warning
				}
				return cell.Plain
			}
		},
		"min_isr": func(c *PartitionColumn) {
			c.Key = func(p state.Partition) int64 {
				if n, known := p.Topic().MinISR(); known {
					return int64(n)
				}
				return math.MaxInt64
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
			c.Key = func(p state.Partition) int64 {
				var k brokersKey
				for id := range p.Missing() {
					k.add(id)
				}
				return k.key()
			}
		},
		"replicas": func(c *PartitionColumn) {
			c.Max = 24
			c.Key = func(p state.Partition) int64 {
				var k brokersKey
				for r := range p.Replicas() {
					k.add(r.Broker)
				}
				return k.key()
			}
		},
		"size_bytes": func(c *PartitionColumn) {
			c.Volatile = true
			c.Key = func(p state.Partition) int64 {
				if n, known := p.Size(); known {
					return n
				}
				return math.MaxInt64
			}
		},
		"move": func(c *PartitionColumn) {
			c.Max = 16
			c.Style = func(state.Partition) cell.Style { return cell.Info }
		},
		"isr_ids":      func(c *PartitionColumn) { c.Max = 24 },
		"offline":      func(c *PartitionColumn) { c.Max = 16 },
		"leader_epoch": func(c *PartitionColumn) { c.Key = func(p state.Partition) int64 { return int64(p.LeaderEpoch()) } },
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

// brokersKey packs the first brokers of a list into a number that orders as the list does; an empty list comes last.
type brokersKey struct{ v, n int64 }

func (k *brokersKey) add(id int32) {
	if k.n < 4 {
		k.v = k.v<<15 | int64(min(id, 1<<15-2)+1)
		k.n++
	}
}

func (k *brokersKey) key() int64 {
	if k.n == 0 {
		return math.MaxInt64
	}
	return k.v << (15 * (4 - k.n))
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
