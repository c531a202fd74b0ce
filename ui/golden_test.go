package ui

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kdeck/ops/state"
	"kdeck/ui/cell"
	"kdeck/ui/fixture"
)

var update = flag.Bool("update", false, "write the screens instead of comparing them")

func compareGolden(t *testing.T, name, got string) {
	t.Helper()
	path := golden(name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (go test ./ui -run %s -update writes it)", err, t.Name())
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("%s differs (-want +got):\n%s", path, diff)
	}
}

// incident is 12 brokers of which 7 dies before the second State, with a bad disk on 5 and a silent broker 10.
func incident(d *driver) {
	c := fixture.Small()
	c.BadDir, c.Silent, c.Moving = 5, 10, 2
	d.state(c.State(1))
	c.Dead, c.At = 7, c.At.Add(5*time.Second)
	d.state(c.State(2))
}

// scenes are the screens of the incident.
var scenes = []struct {
	name string
	keys []string
}{
	{"overview", nil},
	{"brokers", []string{"2"}},
	{"broker", []string{"2", "enter"}},
	{"partitions", []string{"4"}},
	{"partition", []string{"4", "enter"}},
}

func TestScreens(t *testing.T) {
	for _, theme := range []string{"dark", "ascii"} {
		for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 60}} {
			for _, s := range scenes {
				name := fmt.Sprintf("%s-%dx%d-%s.txt", s.name, size[0], size[1], theme)
				t.Run(name, func(t *testing.T) {
					d := newDriver(t, theme, size[0], size[1], nil)
					incident(d)
					d.keys(s.keys...)
					compareGolden(t, name, d.screen())
				})
			}
		}
	}
}

func TestOtherScreens(t *testing.T) {
	for _, s := range []struct {
		name string
		w, h int
		do   func(d *driver)
	}{
		{"waiting", 80, 24, func(*driver) {}},
		{"healthy", 80, 24, func(d *driver) { d.state(fixture.Small().State(1)) }},
		{"least", 60, 12, incident},
		{"tiny", 20, 5, incident},
		{"help", 80, 24, func(d *driver) { incident(d); d.keys("4", "?") }},
		{"help-search", 80, 24, func(d *driver) { incident(d); d.keys("4", "?", "sort") }},
		{"palette", 80, 24, func(d *driver) { incident(d); d.keys(":", "p") }},
		{"filter", 80, 24, func(d *driver) { incident(d); d.keys("4", "/", "is:", "tab", "tab") }},
		{"filtered", 80, 24, func(d *driver) { incident(d); d.keys("4", "/", "is:urp !missing:7", "enter") }},
		{"by-topic", 80, 24, func(d *driver) { incident(d); d.keys("4", "b") }},
		{"by-missing-broker", 80, 24, func(d *driver) { incident(d); d.keys("4", "b", "b") }},
		{"finding", 80, 24, func(d *driver) { incident(d); d.keys("d") }},
		{"moves", 80, 24, func(d *driver) { incident(d); d.keys("7") }},
		{"marked", 80, 24, func(d *driver) { incident(d); d.keys("4", "space", "space", "down", "v") }},
		{"sorted", 80, 24, func(d *driver) {
			incident(d)
			d.keys(":", "sort size_bytes desc", "enter", "4", ":", "sort size_bytes desc", "enter")
		}},
		{"frozen", 80, 24, func(d *driver) { incident(d); d.keys("Z"); d.wait(38 * time.Second) }},
		{"old", 80, 24, func(d *driver) {
			s := fixture.Small().State(1)
			s.Now, s.Failed = s.Now.Add(45*time.Second), "b1:9092: connect: connection refused"
			d.state(s)
			d.keys("2")
		}},
		{"hostile-names", 80, 24, func(d *driver) {
			c := fixture.Small()
			c.Topics = len(hostileNames)
			c.Topic = func(i int) string { return hostileNames[i] }
			d.state(c.State(1))
			d.keys("4", "b")
		}},
	} {
		t.Run(s.name, func(t *testing.T) {
			d := newDriver(t, "dark", s.w, s.h, nil)
			s.do(d)
			compareGolden(t, fmt.Sprintf("%s-%dx%d-dark.txt", s.name, s.w, s.h), d.screen())
		})
	}
}

// hostileNames are in ascending order of their bytes, as topics must come.
var hostileNames = []string{
	"\x00\x07bell", "\x1b[2J\x1b[31mred", "a\nb\tc", "e\u0301clair", "z\u202eltr", "\u6ce8\u6587\u7ba1\u7406\u6ce8\u6587\u7ba1\u7406\u6ce8\u6587\u7ba1\u7406",
	"\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U0001f680launch",
}

func TestThemes(t *testing.T) {
	for _, theme := range cell.Themes() {
		d := newDriver(t, theme, 80, 24, nil)
		incident(d)
		compareGolden(t, "overview-80x24-"+theme+".ansi", string(d.app.grid.AppendANSI(nil))+"\n")
	}
}

// Whoever sees no colours must still see every difference that matters.
func TestVerdictsDifferWithoutColour(t *testing.T) {
	seen := map[string]state.Verdict{}
	for _, v := range []state.Verdict{state.VerdictHealthy, state.VerdictDegraded, state.VerdictCritical, state.VerdictUnknown} {
		d := newDriver(t, "mono", 80, 24, nil)
		s := fixture.Small().State(1)
		s.Verdict, s.Findings = v, nil
		d.state(s)
		if other, twice := seen[d.line(0)]; twice {
			t.Errorf("%s looks like %s: %s", v, other, d.line(0))
		}
		seen[d.line(0)] = v
	}
}
