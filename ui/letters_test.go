package ui

import (
	"slices"
	"strings"
	"testing"
	"unicode"

	"kdeck/ui/cell"
	"kdeck/ui/fixture"
	"kdeck/ui/pane"
)

// lists are consoles that show each list that there is.
func lists(t *testing.T, w, h int) map[string]*driver {
	t.Helper()
	on := func(start func(*driver)) func(keys ...string) *driver {
		return func(keys ...string) *driver {
			d := newDriver(t, "dark", w, h, withCommands(&commandLine{}, &readWrite{}))
			start(d)
			d.keys(keys...)
			return d
		}
	}
	broken, metered := on(incident), on(loaded)
	tenants := on(func(d *driver) { tenantStates(d, 4, fixture.Tenants{}) })
	readers := on(func(d *driver) { d.state(fixture.Readers{}.State(1)) })
	of := map[string]*driver{
		"topics": readers("0"), "groups": readers("9"),
		"findings": broken(), "brokers": broken("2"), "brokers with metrics": metered("2"), "a broker's partitions": broken("2", "enter"),
		"quotas": broken("3"), "tenants": tenants("3"), "groups of tenants": tenants("3", "b"),
		"partitions": broken("4"), "groups of partitions": broken("4", "b"),
		"requests": broken("5"), "plan": broken(append([]string{"6"}, drainSeven...)...), "moves": broken("7"),
	}
	if w >= 200 {
		of["brokers of the overview"] = metered("G", "down")
	}
	return of
}

func sortKeys(d *driver) (pane.Binding, bool) {
	all := d.app.panes[d.app.at].Bindings()
	i := slices.IndexFunc(all, func(b pane.Binding) bool { return b.Press != nil })
	if i < 0 {
		return pane.Binding{}, false
	}
	return all[i], true
}

func TestEveryListIsSortedByTheLettersOfItsColumns(t *testing.T) {
	letters := map[string][]string{}
	for name, d := range lists(t, 200, 60) {
		t.Run(name, func(t *testing.T) {
			b, ok := sortKeys(d)
			if !ok {
				t.Fatalf("no column has a letter:\n%s", d.screen())
			}
			seen := map[string]bool{}
			for _, key := range b.Keys {
				column := strings.TrimPrefix(b.Each(key), "sort by ")
				letters[name] = append(letters[name], key+" "+column)
				if len(key) != 1 || !unicode.IsUpper(rune(key[0])) || !strings.Contains(column, key) || seen[key] || seen[column] {
					t.Errorf("%q sorts by %q", key, column)
				}
				seen[key], seen[column] = true, true
				for _, other := range d.app.bindings() {
					if other.Press == nil && slices.Contains(other.Keys, key) {
						t.Errorf("%q sorts by %s, but it is a key already: %s", key, column, other.Help)
					}
				}
			}
		})
	}
	for name, d := range lists(t, 80, 24) { // which shows fewer columns
		b, _ := sortKeys(d)
		for i, key := range b.Keys {
			if got := key + " " + strings.TrimPrefix(b.Each(key), "sort by "); got != letters[name][i] {
				t.Errorf("%s: %q on a narrow screen, %q on a wide one", name, got, letters[name][i])
			}
		}
	}
}

func TestALetterSortsAndReverses(t *testing.T) {
	for name, d := range lists(t, 200, 60) {
		b, _ := sortKeys(d)
		for _, key := range b.Keys {
			column := strings.TrimPrefix(b.Each(key), "sort by ")
			d.keys(":", "sort", "enter", key)
			first := string(d.app.grid.AppendANSI(nil))
			heads := d.headings()
			if !strings.Contains(heads, column+"↑") && !strings.Contains(heads, "↑"+column) && !strings.Contains(heads, column+"↓") && !strings.Contains(heads, "↓"+column) {
				if strings.Contains(heads, column) {
					t.Errorf("%s: %s does not sort by %s: %q", name, key, column, heads)
				}
				continue // it is not on the screen
			}
			d.keys(key)
			if heads == d.headings() {
				t.Errorf("%s: %s twice does not reverse: %q", name, key, heads)
			}
			d.keys(key)
			if second := string(d.app.grid.AppendANSI(nil)); second != first {
				t.Errorf("%s: %s three times is not as once", name, key)
			}
		}
	}
}

// headings is the line of the screen with the headings of a list that has a sign of its order.
func (d *driver) headings() string {
	for l := range strings.Lines(d.screen()) {
		if strings.ContainsAny(l, "↑↓") {
			return l
		}
	}
	return ""
}

func TestTheLetterIsUnderlinedInEveryTheme(t *testing.T) {
	for _, theme := range cell.Themes() {
		d := newDriver(t, theme, 80, 24, nil)
		incident(d)
		d.keys("4")
		drawn := string(d.app.grid.AppendANSI(nil))
		if !strings.Contains(drawn, d.app.term.theme.Sequence(cell.SortLetter)+"T") || !strings.Contains(d.app.term.theme.Sequence(cell.SortLetter), ";4") {
			t.Errorf("%s: the T of TOPIC is not underlined: %q", theme, strings.Split(drawn, "\n")[3])
		}
	}
}

func TestTheHelpAndTheManualSayWhichLetterSorts(t *testing.T) {
	d := newDriver(t, "dark", 80, 24, nil)
	incident(d)
	d.keys("4", "?", "sort by")
	d.sees("shift a-z", "T         sort by TOPIC")
	d.keys("esc", "tab")
	d.sees("Columns of partitions")
	if drawn := string(d.app.grid.AppendANSI(nil)); !strings.Contains(drawn, d.app.term.theme.Sequence(cell.SortLetter)+"T") {
		t.Errorf("the letter of TOPIC is not marked: %q", drawn)
	}
	var manual strings.Builder
	if err := Manual(&manual); err != nil || !strings.Contains(manual.String(), "sort by TOPIC") {
		t.Errorf("%v: %s", err, manual.String())
	}
}
