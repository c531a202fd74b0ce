package ui

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"kdeck/ops/view"
	"kdeck/ui/fixture"
	"kdeck/ui/pane"
)

// keyOn does what a key of a pane does, and everything that it wants done in the background.
func keyOn(t *testing.T, p pane.Pane, key string) (copied string) {
	t.Helper()
	p.Arrange(1000, 1000, false)
	i := slices.IndexFunc(p.Bindings(), func(b pane.Binding) bool { return slices.Contains(b.Keys, key) })
	if i < 0 {
		t.Fatalf("%s has no key %s", p.Name(), key)
	}
	return done(p.Bindings()[i].Do())
}

// done does what a pane wants done in the background, and returns what it wants copied.
func done(effects []pane.Effect) (copied string) {
	for _, e := range effects {
		switch e := e.(type) {
		case pane.Work:
			e()()
		case pane.Copy:
			copied = e.Text
		}
	}
	return copied
}

// The worst use of a group of clients is sorted by how bad that is, which is known also where there is no limit to have a
// percentage of.
const (
	groupsOfTenants = "tenants by type, metrics true"
	worstOfGroup    = 4
	statusOfGroup   = 1 // groups that nobody coordinates, or that can't be judged, are shown before those that are well
)

// sortsUnknownLast sorts the table that a pane's keys go to by each of its columns, in both directions, and returns the
// number of the columns that had rows with and without a value.
func sortsUnknownLast(t *testing.T, p pane.Pane, what string, sort func(column int, reverse bool)) (mixed int) {
	t.Helper()
	keyOn(t, p, "V")
	keyOn(t, p, "g")
	keyOn(t, p, "space")
	keyOn(t, p, "G")
	keyOn(t, p, "v")
	columns := strings.Count(strings.SplitN(keyOn(t, p, "c"), "\n", 2)[0], "\t") + 1
	for c := range columns {
		for _, reverse := range []bool{false, true} {
			sort(c, reverse)
			empty, full := "", false
			for line := range strings.Lines(keyOn(t, p, "c")) {
				text := strings.Split(strings.TrimSuffix(line, "\n"), "\t")[c]
				switch {
				case view.NoText(text):
					empty = fmt.Sprintf("%q", text)
				case what == groupsOfTenants && c == worstOfGroup, strings.HasPrefix(what, "groups") && c == statusOfGroup:
				case empty != "":
					t.Errorf("%s, column %d, reverse %v: %s stands before %q", what, c+1, reverse, empty, text)
					empty = ""
				default:
					full = true
				}
			}
			if empty != "" && full {
				mixed++
			}
		}
	}
	return mixed / 2
}

// Rows without a value in a column come last in every table, whichever way it is sorted.
func TestEveryTableSortsRowsWithoutAValueLast(t *testing.T) {
	d := planning(t, "dark", 200, 60, drainSeven...)
	c := fixture.Small()
	c.Dead, c.Silent, c.BadDir, c.Moving = 7, 9, 3, 3
	s := c.State(100)
	fixture.Load{Processors: 8, Hot: 4, Bare: 12}.Add(s)
	fixture.Tenants{}.AddTo(s)
	readers := fixture.Readers{}.State(101)
	s.Groups, s.Topics, s.Ends = readers.Groups, readers.Topics, readers.Ends
	mixed := 0
	check := func(p pane.Pane, what string) {
		mixed += sortsUnknownLast(t, p, what, func(c int, reverse bool) {
			if _, err := p.SortBy(p.Columns()[c], reverse); err != nil {
				t.Fatal(err)
			}
		})
	}
	for _, metered := range []bool{false, true} {
		if metered {
			d.state(s)
		}
		for _, p := range d.app.panes {
			if p.Name() == "requests" || p.Name() == "audit" {
				continue
			}
			done(p.See(d.app.scene()))
			check(p, fmt.Sprintf("%s, metrics %v", p.Name(), metered))
			for _, by := range p.Groups() {
				if _, err := p.GroupBy(by); err != nil {
					t.Fatal(err)
				}
				check(p, fmt.Sprintf("%s by %s, metrics %v", p.Name(), by, metered))
			}
		}
	}
	overview := d.app.panes[0]
	keyOn(t, overview, "G")
	keyOn(t, overview, "down")
	mixed += sortsUnknownLast(t, overview, "overview, brokers", func(c int, reverse bool) {
		switch {
		case reverse:
			keyOn(t, overview, "s")
		case c > 0: // it begins sorted by the first one
			keyOn(t, overview, ">")
		}
	})
	if mixed < 30 {
		t.Errorf("only %d columns have rows with and without a value", mixed)
	}
}
