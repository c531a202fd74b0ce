package plan

import (
	"slices"
	"strconv"
	"strings"

	"kdeck/ops/format"
	"kdeck/ops/plan"
	"kdeck/ops/view"
	"kdeck/ui/cell"
	"kdeck/ui/table"
)

// planRow is one partition of a plan.
type planRow struct {
	o *outcome
	i int
}

func (r planRow) after() *plan.Assignment { return &r.o.plan.Partitions[r.i] }
func (r planRow) before() []int32         { return r.o.plan.Header.Before[r.i].Replicas }
func (r planRow) size() int64             { return r.o.traffic.Copies[r.i].Size }
func (r planRow) id() table.ID            { return table.ID{Name: r.after().Topic, N: r.after().Partition} }

// move returns the brokers that are added and removed, or what else changes.
func (r planRow) move() string {
	var words []string
	for _, b := range r.after().Replicas {
		if !slices.Contains(r.before(), b) {
			words = append(words, "+"+strconv.Itoa(int(b)))
		}
	}
	for _, b := range r.before() {
		if !slices.Contains(r.after().Replicas, b) {
			words = append(words, "-"+strconv.Itoa(int(b)))
		}
	}
	switch {
	case len(words) > 0:
		return strings.Join(words, " ")
	case slices.Equal(r.before(), r.after().Replicas):
		return "elect"
	}
	return "order"
}

// copied returns the bytes that the change copies.
func (r planRow) copied() (bytes int64, known bool) {
	to := int64(len(r.o.traffic.Copies[r.i].To))
	if r.size() < 0 && to > 0 {
		return 0, false
	}
	return max(r.size(), 0) * to, true
}

func planColumns() []table.Column[planRow] {
	topic := view.Text("TOPIC", "topic", "name of the topic", func(r planRow) string { return r.after().Topic })
	topic.Key = func(r planRow) int64 { return int64(r.i) } // a plan is in order of topic and partition
	copies := view.Measured("COPIES", "copies_bytes", "bytes that the change copies to new replicas of the partition; - for none, ?? where no broker tells its size", planRow.copied, format.Bytes)
	measured, bytes := copies.Cell, copies.Key
	copies.Key = func(r planRow) int64 {
		if len(r.o.traffic.Copies[r.i].To) == 0 {
			return view.NoValue
		}
		return bytes(r)
	}
	copies.Cell = func(r planRow) string {
		if len(r.o.traffic.Copies[r.i].To) == 0 {
			return "-"
		}
		return measured(r)
	}
	return table.Dress([]view.Column[planRow]{
		topic,
		view.Count("PART", "partition", "number of the partition within its topic", func(r planRow) int { return int(r.after().Partition) }),
		{Head: "NOW", Name: "now", Help: "ids of the brokers with a replica now, the preferred leader first",
			Cell:    func(r planRow) string { return view.IDs(r.before()) },
			Compare: func(a, b planRow) int { return slices.Compare(a.before(), b.before()) }},
		{Head: "NEXT", Name: "next", Help: "ids of the brokers with a replica after the plan, the preferred leader first",
			Cell:    func(r planRow) string { return view.IDs(r.after().Replicas) },
			Compare: func(a, b planRow) int { return slices.Compare(a.after().Replicas, b.after().Replicas) }},
		view.Text("MOVE", "move", "ids of the brokers that get (+) and lose (-) a replica; order: only their order changes; elect: only the leader", planRow.move),
		copies,
		view.Text("WHY", "why", "numbers of the stages (CHAIN, at the top) that need the change", func(r planRow) string { return r.o.why[r.i] }),
	}, map[string]func(*table.Column[planRow]){
		"topic": func(c *table.Column[planRow]) { c.Grow = true },
		"why":   func(c *table.Column[planRow]) { c.Style = func(planRow) cell.Style { return cell.Faint } },
	})
}
