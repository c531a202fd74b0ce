package table

import (
	"cmp"
	"slices"

	"kdeck/ops/view"
)

// Order is how rows are sorted: by a column, or by none, which leaves them in the order that they come in. Ties
// stay in that order too. Rows without a value in the column come last, also where the order is reversed.
type Order struct {
	Column  string
	Reverse bool
}

// entry is one row of the index with the key that it was sorted by.
type entry struct {
	key int64
	row int32
}

// build makes the index: the rows that match, in order. prev is the index of the rows before, nil where it can't be used. With
// prev only changed rows are tested and sorted; the others keep their order.
func build[R any](rows Rows[R], match func(R) bool, col *Column[R], reverse bool, prev []entry) []entry {
	if prev != nil && rows.Changed != nil && (col == nil || col.Key != nil && !col.Volatile) {
		return rebuild(rows, match, col, reverse, prev)
	}
	out := make([]entry, 0, rows.Len)
	for i := range rows.Len {
		r := rows.At(i)
		if match == nil || match(r) {
			out = append(out, entry{key(col, r), int32(i)})
		}
	}
	sortEntries(rows, out, col, reverse)
	return out
}

// key is the number that a row is sorted by. In a column that is ordered by Compare it only sorts rows without a value last.
func key[R any](col *Column[R], r R) int64 {
	switch {
	case col == nil:
		return 0
	case col.Key != nil:
		return col.Key(r)
	case view.NoText(col.Cell(r)):
		return view.NoValue
	}
	return 0
}

func sortEntries[R any](rows Rows[R], out []entry, col *Column[R], reverse bool) {
	switch {
	case col == nil:
	case col.Key != nil:
		slices.SortFunc(out, func(a, b entry) int { return compareKeys(a, b, reverse) })
	default:
		slices.SortStableFunc(out, func(a, b entry) int {
			if c := view.CompareKeys(a.key, b.key, reverse); c != 0 {
				return c
			}
			c := col.Compare(rows.At(int(a.row)), rows.At(int(b.row)))
			if reverse {
				return -c
			}
			return c
		})
	}
}

func compareKeys(a, b entry, reverse bool) int {
	return cmp.Or(view.CompareKeys(a.key, b.key, reverse), cmp.Compare(a.row, b.row))
}

// rebuild makes the index of prev and the changed rows.
func rebuild[R any](rows Rows[R], match func(R) bool, col *Column[R], reverse bool, prev []entry) []entry {
	isChanged := make([]bool, rows.Len)
	var changed []entry
	for _, i := range rows.Changed {
		isChanged[i] = true
		if r := rows.At(int(i)); match == nil || match(r) {
			changed = append(changed, entry{key(col, r), i})
		}
	}
	slices.SortFunc(changed, func(a, b entry) int { return compareKeys(a, b, reverse) })
	out := make([]entry, 0, len(prev)+len(changed))
	for _, e := range prev {
		if isChanged[e.row] {
			continue
		}
		for len(changed) > 0 && compareKeys(changed[0], e, reverse) < 0 {
			out, changed = append(out, changed[0]), changed[1:]
		}
		out = append(out, e)
	}
	return append(out, changed...)
}
