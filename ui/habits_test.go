package ui

import (
	"strings"
	"testing"
)

func TestFlagsInThePaletteFilterTheLivePane(t *testing.T) {
	d := newDriver(t, "dark", 120, 30, withCommands(&commandLine{}, nil))
	incident(d)
	d.keys(":", "parts --under-min-isr", "enter")
	d.sees("/is:under-min-isr", "4 of 360 partitions")
	d.keys("/", " topic-0023", "enter") // it is a filter like any other
	d.sees("/is:under-min-isr topic-0023", "1 of 360 partitions")
	d.keys("esc", "esc")
	d.sees("FINDING")
	d.keys(":", "drain 7 --nope", "enter")
	d.sees("output of drain 7 --nope")
}

func TestAPlainWordFindsBrokersByIdAndNameFirst(t *testing.T) {
	for _, metered := range []bool{false, true} {
		d := newDriver(t, "dark", 200, 60, nil)
		if incident(d); metered {
			d = newDriver(t, "dark", 200, 60, nil)
			loaded(d)
		}
		d.keys("2", "/", "7", "enter")
		d.sees("1 of 12 brokers")
		if text := d.line(4); !strings.Contains(text, "7  a") {
			t.Errorf("the row is %q", text)
		}
		d.keys("/", "ctrl+u", "1", "enter")
		d.sees("1 of 12 brokers")
		d.keys("/", "ctrl+u", "dead", "enter")
		d.sees("1 of 12 brokers", "DEAD")
	}
}

func TestAPlainNumberFindsTheFindingsAboutThatBroker(t *testing.T) {
	d := newDriver(t, "dark", 120, 30, nil)
	incident(d)
	d.keys("/", "7", "enter")
	d.sees("broker 7 is down", "1 of 4 findings") // and not all that have a 7 among their figures
}
