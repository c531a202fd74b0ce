package ui

import (
	"strings"
	"testing"

	"kdeck/ui/fixture"
)

// Whatever a pane shows, with metrics and without, alone or grouped or open, ? explains each column of it.
func TestEveryColumnOfEveryPaneIsExplained(t *testing.T) {
	d := newDriver(t, "dark", 200, 60, nil)
	check := func(when string) {
		t.Helper()
		for _, p := range d.app.panes {
			legends := p.Legends()
			if len(legends) == 0 {
				t.Errorf("%s: %s explains nothing", when, p.Name())
			}
			for _, l := range legends {
				for _, c := range l.Columns {
					if len(strings.Fields(c.Help)) < 4 || strings.HasSuffix(c.Help, ".") {
						t.Errorf("%s: %s, %s: %s is explained as %q", when, p.Name(), l.Of, c.Head, c.Help)
					}
				}
			}
		}
	}
	check("before the first answer")
	incident(d)
	check("without metrics")
	tenantStates(d, 3, fixture.Tenants{})
	check("with metrics")
	for _, keys := range []string{"2", "3", "4"} {
		d.keys(keys, "enter")
	}
	check("with details open")
	d.state(fixture.Readers{}.State(100))
	check("with groups and topics")
	if l := d.pane("brokers").Legends(); l[0].Of != "partitions of the broker" {
		t.Errorf("with a broker open, %s are explained first", l[0].Of)
	}
	d.keys("4", "esc", "b")
	if l := d.pane("partitions").Legends(); l[0].Of != "groups of partitions" {
		t.Errorf("with groups on the screen, %s are explained first", l[0].Of)
	}
}

func TestTheHelpExplainsColumnsAndFindsThem(t *testing.T) {
	d := newDriver(t, "dark", 80, 24, nil)
	d.keys("3")
	tenantStates(d, 3, fixture.Tenants{})
	d.keys("?")
	d.seesNot("Columns of usages")
	d.keys("tab")
	d.sees("Columns of usages", "USAGE", "what it uses on the broker under ON")
	d.keys("tab")
	d.seesNot("Columns of usages")
	d.keys("spread evenly")
	d.sees("IF EVEN", "SKEW")
	d.seesNot("next row", "THROTTLED BY")
}
