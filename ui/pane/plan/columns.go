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

// move says which brokers come to a partition and which leave it, or what else is done.
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

// copied is how many bytes the change copies; -1 unknown.
func (r planRow) copied() int64 {
	to := int64(len(r.o.traffic.Copies[r.i].To))
	if r.size() < 0 && to > 0 {
		return -1
	}
	return max(r.size(), 0) * to
}

func planColumns() []table.Column[planRow] {
	return []table.Column[planRow]{
		{Grow: true, Column: view.Column[planRow]{Head: "TOPIC", Name: "topic", Help: "the topic",
			Cell: func(r planRow) string { return r.after().Topic },
			Key:  func(r planRow) int64 { return int64(r.i) }}},
		{Column: view.Column[planRow]{Head: "PART", Name: "partition", Help: "the partition's number", Right: true,
			Cell: func(r planRow) string { return strconv.Itoa(int(r.after().Partition)) },
			Key:  func(r planRow) int64 { return int64(r.after().Partition) }}},
		{Column: view.Column[planRow]{Head: "NOW", Name: "now", Help: "its replicas, the preferred leader first",
			Cell:    func(r planRow) string { return view.IDs(r.before()) },
			Compare: func(a, b planRow) int { return slices.Compare(a.before(), b.before()) }}},
		{Column: view.Column[planRow]{Head: "NEXT", Name: "next", Help: "its replicas when the plan is carried out",
			Cell:    func(r planRow) string { return view.IDs(r.after().Replicas) },
			Compare: func(a, b planRow) int { return slices.Compare(a.after().Replicas, b.after().Replicas) }}},
		{Column: view.Column[planRow]{Head: "MOVE", Name: "move", Help: "brokers that come and go; order: only the order changes; elect: only the leader",
			Cell: planRow.move, Compare: func(a, b planRow) int { return strings.Compare(a.move(), b.move()) }}},
		{Column: view.Column[planRow]{Head: "COPIES", Name: "copies_bytes", Help: "bytes that are copied", Right: true,
			Cell: func(r planRow) string {
				switch n := r.copied(); {
				case n < 0:
					return format.Unknown
				case n == 0 && len(r.o.traffic.Copies[r.i].To) == 0:
					return "-"
				default:
					return format.Bytes(n)
				}
			},
			Key: func(r planRow) int64 {
				if n := r.copied(); n >= 0 {
					return n
				}
				return view.NoValue
			}}},
		{Style: func(planRow) cell.Style { return cell.Faint },
			Column: view.Column[planRow]{Head: "WHY", Name: "why", Help: "the numbers of the stages that it serves",
				Cell: func(r planRow) string { return r.o.why[r.i] }, Compare: func(a, b planRow) int { return strings.Compare(a.o.why[a.i], b.o.why[b.i]) }}},
	}
}
