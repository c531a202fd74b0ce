package table

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"kdeck/ops/view"
	"kdeck/ui/cell"
)

type row struct {
	name string
	n    int
}

func columns(keyed bool) []Column[row] {
	c := []Column[row]{
		{Column: view.Column[row]{Head: "NAME", Name: "name", Cell: func(r row) string { return r.name },
			Compare: func(a, b row) int { return cmp.Compare(a.name, b.name) }}, Grow: true},
		{Column: view.Column[row]{Head: "N", Name: "n", Right: true, Cell: func(r row) string { return strconv.Itoa(r.n) },
			Compare: func(a, b row) int { return cmp.Compare(a.n, b.n) }}},
		{Column: view.Column[row]{Head: "TWICE", Name: "twice", Wide: true, Cell: func(r row) string { return strconv.Itoa(2 * r.n) },
			Compare: func(a, b row) int { return cmp.Compare(a.n, b.n) }}},
	}
	if keyed {
		c[1].Key = func(r row) int64 { return int64(r.n) }
	}
	return c
}

func rowsOf(rs []row) Rows[row] {
	return Rows[row]{
		Len: len(rs),
		At:  func(i int) row { return rs[i] },
		ID:  func(r row) ID { return ID{Name: r.name} },
		Find: func(id ID) (int, bool) {
			i := slices.IndexFunc(rs, func(r row) bool { return r.name == id.Name })
			return i, i >= 0
		},
	}
}

func newTable(t *testing.T, rs []row, o Order) *Table[row] {
	t.Helper()
	tb := New(columns(true), o)
	if run := tb.Set(rowsOf(rs), nil, false); run != nil {
		t.Fatal("few rows are sorted elsewhere")
	}
	tb.Arrange(40, 4, false)
	return tb
}

// screen is the table as drawn, with the cursor.
func screen(tb *Table[row], w, h int) string {
	th, _ := cell.NewTheme("dark", true)
	g := cell.NewGrid(w, h, th)
	tb.Arrange(w, h, true)
	tb.Draw(g.All(), true, "nothing")
	return "\n" + g.Text()
}

func TestRowsWithoutAValueComeLastInEitherDirection(t *testing.T) {
	of := columns(true)
	of[1].Key = func(r row) int64 {
		if r.n < 0 {
			return view.NoValue
		}
		return int64(r.n)
	}
	for order, want := range map[Order]string{{Column: "n"}: "bca", {Column: "n", Reverse: true}: "cba"} {
		tb := New(of, order)
		rows := rowsOf([]row{{"a", -1}, {"b", 1}, {"c", 2}})
		for range 2 { // anew, and with what was sorted before
			tb.Set(rows, nil, true)
			var got string
			for i := range tb.Len() {
				got += tb.Row(i).name
			}
			if got != want {
				t.Errorf("sorted by %+v: %s, want %s", order, got, want)
			}
			rows.Changed = []int32{0}
		}
	}
}

func five() []row { return []row{{"a", 5}, {"b", 4}, {"c", 3}, {"d", 2}, {"e", 1}} }

func TestTheCursorFollowsItsRow(t *testing.T) {
	at := func(tb *Table[row]) string { r, _ := tb.Current(); return r.name }
	for _, c := range []struct {
		name string
		do   func(tb *Table[row])
		want string
	}{
		{"through a sort", func(tb *Table[row]) { tb.Sort(Order{Column: "n"}) }, "c"},
		{"through a reversal", func(tb *Table[row]) { tb.Reverse() }, "c"},
		{"when rows come before it", func(tb *Table[row]) {
			tb.Set(rowsOf(append([]row{{"0", 9}, {"1", 9}}, five()...)), nil, false)
		}, "c"},
		{"when its own values change", func(tb *Table[row]) {
			rs := five()
			rs[2].n = 99
			tb.Set(rowsOf(rs), nil, false)
		}, "c"},
		{"to the next one when it is gone", func(tb *Table[row]) { tb.Set(rowsOf(slices.Delete(five(), 2, 3)), nil, false) }, "d"},
		{"to the one before when all after are gone too", func(tb *Table[row]) { tb.Set(rowsOf(five()[:2]), nil, false) }, "b"},
		{"to the next one that passes a filter", func(tb *Table[row]) {
			tb.Set(rowsOf(five()), func(r row) bool { return r.name == "a" || r.name == "e" }, false)
		}, "e"},
	} {
		t.Run(c.name, func(t *testing.T) {
			tb := newTable(t, five(), Order{})
			tb.Move(2)
			tb.Arrange(40, 4, false)
			c.do(tb)
			tb.Arrange(40, 4, false)
			if got := at(tb); got != c.want {
				t.Errorf("the cursor is on %q, want %q", got, c.want)
			}
		})
	}
}

func TestTheCursorKeepsItsLineOfTheScreen(t *testing.T) {
	tb := newTable(t, five(), Order{})
	tb.End()
	tb.Arrange(20, 4, true)
	tb.Move(-1)
	before := screen(tb, 20, 4)
	if before != `
   NAME  N
   c     3
 > d     2
   e     1
` {
		t.Fatal(before)
	}
	tb.Set(rowsOf(append([]row{{"0", 9}, {"1", 9}}, five()...)), nil, false)
	if got := screen(tb, 20, 4); got != before {
		t.Errorf("rows that came above the window moved it:%s", got)
	}
}

func TestAWindowAtTheTopStaysThere(t *testing.T) {
	tb := newTable(t, five(), Order{})
	tb.Move(1)
	tb.Arrange(20, 5, false)
	tb.Set(rowsOf(append([]row{{"0", 9}}, five()...)), nil, false)
	if got := screen(tb, 20, 5); got != `
   NAME  N
   0     9
   a     5
 > b     4
   c     3
` {
		t.Errorf("what came up at the top is out of sight:%s", got)
	}
}

func TestUntilMovedTheCursorKeepsToTheFirstRow(t *testing.T) {
	tb := New(columns(true), Order{})
	tb.Set(rowsOf(five()), nil, false)
	tb.Set(rowsOf(append([]row{{"0", 9}}, five()...)), nil, false)
	if r, _ := tb.Current(); r.name != "0" {
		t.Errorf("the cursor is on %q", r.name)
	}
	tb.Move(1)
	tb.Set(rowsOf(append([]row{{"1", 9}}, five()...)), nil, false)
	if r, _ := tb.Current(); r.name != "a" {
		t.Errorf("after a movement the cursor is on %q", r.name)
	}
}

func TestMarksFollowTheirRows(t *testing.T) {
	tb := newTable(t, five(), Order{})
	tb.Move(1)
	tb.Mark() // b, and on to c
	tb.Move(1)
	tb.MarkRange() // b to d
	tb.Sort(Order{Column: "n"})
	var names []string
	for _, r := range tb.Marked() {
		names = append(names, r.name)
	}
	if got := strings.Join(names, ""); got != "dcb" {
		t.Errorf("marked: %s, want dcb", got)
	}
	tb.Unmark()
	if rs := tb.Marked(); len(rs) != 1 || rs[0].name != "d" {
		t.Errorf("without marks, the row under the cursor counts: %v", rs)
	}
}

func TestColumnsDoNotShrink(t *testing.T) {
	tb := newTable(t, []row{{"a-long-name", 12345}, {"b", 1}}, Order{})
	tb.Arrange(30, 4, true)
	tb.Set(rowsOf([]row{{"a", 1}, {"b", 1}}), nil, false)
	if got := screen(tb, 30, 4); got != `
   NAME             N
 > a                1
   b                1

` {
		t.Errorf("columns moved:%s", got)
	}
	if got := screen(tb, 29, 4); got != `
   NAME  N
 > a     1
   b     1

` {
		t.Errorf("another window should measure anew:%s", got)
	}
}

func TestColumnsAppearWithWidth(t *testing.T) {
	tb := newTable(t, five()[:1], Order{Column: "n"})
	if got := screen(tb, 30, 2); got != "\n   NAME ^N\n > a     5\n" {
		t.Errorf("narrow:%s", got)
	}
	tb.SetWide(true)
	if got := screen(tb, 30, 2); got != "\n   NAME ^N  TWICE\n > a     5  10\n" {
		t.Errorf("wide:%s", got)
	}
	if got := screen(tb, 9, 2); got != "\n   NAME\n > a\n" {
		t.Errorf("no room:%s", got)
	}
	tb.Scroll(1)
	if got := screen(tb, 25, 2); got != "\n   NAME  TWICE\n > a     10\n" {
		t.Errorf("scrolled:%s", got)
	}
}

func TestSortingGoesRoundTheColumns(t *testing.T) {
	tb := newTable(t, five(), Order{Column: "n"})
	var seen []string
	for range 4 {
		tb.SortNext(1)
		seen = append(seen, tb.Order().Column)
	}
	if got := strings.Join(seen, " "); got != "name n name n" && got != "name n n name" {
		t.Errorf("order went %s", got)
	}
	if _, ok := tb.Sort(Order{Column: "nope"}); ok {
		t.Error("an unknown column is sorted by")
	}
	if _, ok := tb.Sort(Order{}); !ok || tb.Order().Column != "n" {
		t.Errorf("no column is not the first order: %v", tb.Order())
	}
}

func TestManyRowsAreSortedElsewhere(t *testing.T) {
	rs := make([]row, OffLoop+1)
	for i := range rs {
		rs[i] = row{fmt.Sprintf("%06d", i), -i}
	}
	tb := New(columns(true), Order{Column: "n"})
	first := tb.Set(rowsOf(rs), nil, false)
	if first == nil || tb.Len() != 0 {
		t.Fatal("many rows were sorted at once")
	}
	second := tb.Set(rowsOf(rs[:OffLoop+1]), func(r row) bool { return r.n > -10 }, false)
	apply := first()
	second()()
	apply() // late: what it answers has been asked anew
	if tb.Len() != 10 || tb.Row(0).n != -9 {
		t.Errorf("%d rows, the first %v", tb.Len(), tb.Row(0))
	}
}

// Putting only what changed in its place gives what sorting everything gives.
func TestRebuildingEqualsBuilding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 40).Draw(t, "rows")
		old, now := make([]row, n), make([]row, n)
		changed := []int32{}
		for i := range n {
			old[i] = row{fmt.Sprint(i), rapid.IntRange(0, 5).Draw(t, "old")}
			now[i] = old[i]
			if rapid.Bool().Draw(t, "changed") {
				changed = append(changed, int32(i))
				now[i].n = rapid.IntRange(0, 5).Draw(t, "now")
			}
		}
		match := func(r row) bool { return r.n != 2 }
		reverse := rapid.Bool().Draw(t, "reverse")
		var col *Column[row]
		if rapid.Bool().Draw(t, "sorted") {
			col = &columns(true)[1]
		}
		before := build(rowsOf(old), match, col, reverse, nil)
		rows := rowsOf(now)
		want := build(rows, match, col, reverse, nil)
		rows.Changed = changed
		if got := build(rows, match, col, reverse, before); !slices.Equal(got, want) {
			t.Fatalf("rebuilt %v, built %v", got, want)
		}
	})
}

// Keys order as comparing does.
func TestKeysOrderAsComparing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rs := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) row {
			return row{rapid.StringN(1, 3, 3).Draw(t, "name"), rapid.IntRange(-3, 3).Draw(t, "n")}
		}), 0, 30).Draw(t, "rows")
		reverse := rapid.Bool().Draw(t, "reverse")
		keyed := build(rowsOf(rs), nil, &columns(true)[1], reverse, nil)
		compared := build(rowsOf(rs), nil, &columns(false)[1], reverse, nil)
		if !slices.EqualFunc(keyed, compared, func(a, b entry) bool { return a.row == b.row }) {
			t.Fatalf("by keys %v, by comparing %v", keyed, compared)
		}
	})
}

// Whatever is done in whatever order, the window lies within the rows, the cursor within the window, and nothing
// panics.
func TestTheWindowHoldsTheCursor(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tb := New(columns(true), Order{})
		w, h := 40, 10
		t.Repeat(map[string]func(*rapid.T){
			"set": func(t *rapid.T) {
				rs := make([]row, rapid.IntRange(0, 30).Draw(t, "n"))
				from := rapid.IntRange(0, 20).Draw(t, "from")
				for i := range rs {
					rs[i] = row{fmt.Sprint(from + i), rapid.IntRange(0, 9).Draw(t, "v")}
				}
				tb.Set(rowsOf(rs), nil, false)
			},
			"move":   func(t *rapid.T) { tb.Move(rapid.IntRange(-50, 50).Draw(t, "by")) },
			"page":   func(t *rapid.T) { tb.Page(rapid.Float64Range(-2, 2).Draw(t, "by")) },
			"end":    func(*rapid.T) { tb.End() },
			"home":   func(*rapid.T) { tb.Home() },
			"sort":   func(t *rapid.T) { tb.SortNext(rapid.IntRange(-1, 1).Draw(t, "by")) },
			"mark":   func(*rapid.T) { tb.Mark() },
			"range":  func(*rapid.T) { tb.MarkRange() },
			"wide":   func(*rapid.T) { tb.SetWide(!tb.Wide()) },
			"scroll": func(t *rapid.T) { tb.Scroll(rapid.IntRange(-3, 3).Draw(t, "by")) },
			"resize": func(t *rapid.T) {
				w, h = rapid.IntRange(-1, 80).Draw(t, "w"), rapid.IntRange(-1, 20).Draw(t, "h")
			},
			"": func(t *rapid.T) {
				screen(tb, w, h)
				rows := max(h-1, 0)
				if tb.top < 0 || len(tb.index) > 0 && (tb.pos < 0 || tb.pos >= len(tb.index)) {
					t.Fatalf("top %d, cursor %d of %d rows", tb.top, tb.pos, len(tb.index))
				}
				if rows > 0 && tb.hasCursor && (tb.pos < tb.top || tb.pos >= tb.top+rows) {
					t.Fatalf("the cursor %d is outside the window %d+%d", tb.pos, tb.top, rows)
				}
				if rows > 0 && tb.top > 0 && tb.top+rows > len(tb.index) {
					t.Fatalf("rows are wasted: top %d, %d high, %d rows", tb.top, rows, len(tb.index))
				}
			},
		})
	})
}

func TestALongNameMakesRoomForTheColumnThatGrows(t *testing.T) {
	c := columns(true)[:2]
	c[0].Grow, c[0].Max = false, 36
	c = append(c, Column[row]{Column: view.Column[row]{Head: "WHY", Name: "why", Cell: func(row) string { return "a dead broker" }}, Grow: true, Least: 10})
	for _, tt := range []struct {
		width int
		want  string
	}{
		{70, "\n   NAME                             N  WHY\n > payments.transactions.v2.by-day  5  a dead broker\n"},
		{50, "\n   NAME                             N  WHY\n > payments.transactions.v2.by-day  5  a dead bro~\n"},
		{40, "\n   NAME                    N  WHY\n > payments.transactions~  5  a dead br~\n"},
		{37, "\n   NAME                             N\n > payments.transactions.v2.by-day  5\n"}, // it would have to become too short
	} {
		tb := New(c, Order{})
		tb.Set(rowsOf([]row{{"payments.transactions.v2.by-day", 5}}), nil, false)
		if got := screen(tb, tt.width, 2); got != tt.want {
			t.Errorf("%d wide:%s", tt.width, got)
		}
	}
}
