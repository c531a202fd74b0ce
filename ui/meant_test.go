package ui

import (
	"strings"
	"testing"
)

// spelling is a command line that finds the word that begins with the same letter and has the same last one.
type spelling struct{ commandLine }

func (*spelling) Nearest(word string, candidates []string) string {
	ends := func(s string) (first, last byte) {
		s = strings.Trim(s, ":-")
		return s[0], s[len(s)-1]
	}
	first, last := ends(word)
	for _, c := range candidates {
		if f, l := ends(c); f == first && l == last {
			return c
		}
	}
	return ""
}

func TestWordsThatDoNotExistLeadToWhatWasMeant(t *testing.T) {
	for _, c := range []struct {
		name string
		keys []string
		sees string
	}{
		{"a pane", []string{":", "bokers", "enter"}, "did you mean brokers?"},
		{"a command", []string{":", "stts", "enter"}, "did you mean status?"},
		{"a theme", []string{":", "theme drk", "enter"}, "did you mean dark?"},
		{"a context", []string{":", "ctx wset", "enter"}, `did you mean "west"?`},
		{"whether the mouse is on", []string{":", "mouse oof", "enter"}, "did you mean off?"},
		{"a column", []string{"4", ":", "sort tpic", "enter"}, "did you mean topic?"},
		{"a column of brokers", []string{"2", ":", "sort rck desc", "enter"}, "did you mean rack?"},
		{"a way to group", []string{"4", ":", "group tpic", "enter"}, "did you mean topic?"},
		{"a field of a filter", []string{"4", "/", "ledr:3", "enter"}, "did you mean leader:?"},
		{"a field of a filter of brokers", []string{"2", "/", "stte:DEAD", "enter"}, "did you mean state:?"},
		{"a field of a filter of findings", []string{"/", "svrty:x", "enter"}, "did you mean severity:?"},
		{"a field of a filter of tenants", []string{"3", "/", "usr:x", "enter"}, "did you mean user:?"},
		{"a state in a filter", []string{"4", "/", "is:ofline", "enter"}, "did you mean is:offline?"},
		{"a state in a filter of tenants", []string{"3", "/", "is:throtled", "enter"}, "did you mean is:throttled?"},
		{"a pane's filter in the palette", []string{":", "moves ledr:3", "enter"}, "did you mean leader:?"},
		{"a stage", []string{"6", "+", "drin 7", "enter"}, "did you mean drain?"},
		{"a flag of a stage", []string{"6", "+", "drain 7 --tpics x", "enter"}, "did you mean --topics?"},
	} {
		for _, size := range [][2]int{{80, 24}, {200, 60}} {
			t.Run(c.name, func(t *testing.T) {
				d := newDriver(t, "dark", size[0], size[1], func(o *Options) {
					o.Commands, o.Contexts = &spelling{}, &twoClusters{windows: map[string]*readWrite{}}
				})
				incident(d)
				d.keys(c.keys...)
				d.sees(c.sees)
			})
		}
	}
}

func TestARefusedFilterLeavesTheOneBefore(t *testing.T) {
	d := newDriver(t, "dark", 120, 30, nil)
	incident(d)
	d.keys("4", "/", "topic-0003", "enter", "/", "ctrl+u", "topic-0023 ledr:3", "enter")
	d.sees("/topic-0003", "6 of 360 partitions", `unknown "ledr:"`)
}

func TestThePaneOfTheStartLeadsToWhatWasMeant(t *testing.T) {
	_, err := newApp(t.Context(), Options{Cluster: Cluster{States: noMore{}, Commands: &spelling{}}, Pane: "bokers"}, readTerminal(nil, nil, ""))
	if err == nil || !strings.Contains(err.Error(), "did you mean brokers?") {
		t.Error(err)
	}
}
