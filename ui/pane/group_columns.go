package pane

import (
	"kdeck/ops/view"
	"kdeck/ui/cell"
	"kdeck/ui/table"
)

// GroupCount makes a column of counts, the highest first. A count above 0 has the given style.
func GroupCount[T any](head, name, help string, style cell.Style, get func(T) int) table.Column[Group[T]] {
	c := view.Count(head, name, help, func(g Group[T]) int { return get(g.Of) })
	c.Key = func(g Group[T]) int64 { return -int64(get(g.Of)) }
	return table.Column[Group[T]]{Column: c, Style: func(g Group[T]) cell.Style {
		if get(g.Of) > 0 {
			return style
		}
		return cell.Faint
	}}
}
