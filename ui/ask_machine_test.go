package ui

import (
	"slices"
	"strings"
	"testing"
)

// hostLine is a command line that knows kdeck host.
type hostLine struct{ commandLine }

func (*hostLine) Complete(line string) []string {
	if strings.HasPrefix("host", line) {
		return []string{"host"}
	}
	return nil
}

func TestTheMachineOfABrokerIsAskedOnAKey(t *testing.T) {
	for _, c := range []struct {
		name string
		keys []string
	}{{"from the list", []string{"2"}}, {"from a broker's detail", []string{"2", "enter"}}} {
		t.Run(c.name, func(t *testing.T) {
			line := &hostLine{}
			d := newDriver(t, "dark", 120, 40, func(o *Options) { o.Commands, o.Window = line, &readWrite{} })
			incident(d)
			d.keys(c.keys...)
			before := d.screen()
			if len(line.ran) > 0 {
				t.Fatalf("asked before the key: %q", line.ran)
			}
			d.keys("i")
			if want := []string{"host --ask 7|"}; !slices.Equal(line.ran, want) {
				t.Errorf("ran %q, want %q", line.ran, want)
			}
			d.sees("output of host --ask 7", "second line")
			d.keys("esc")
			if got := d.screen(); got != before {
				t.Errorf("esc doesn't lead back:\n%s", got)
			}
		})
	}
}
