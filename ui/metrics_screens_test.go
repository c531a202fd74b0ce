package ui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"kdeck/ui/fixture"
)

// loaded is the incident's cluster with metrics, after ten minutes of them: 4 has a hot network processor, 6 reads from
// its disks, the exporter of 9 doesn't answer, the metrics of 11 are old and 12 shows few; 7 is dead.
func loaded(d *driver) {
	c := fixture.Small()
	for step := range 41 {
		c.At = fixture.Noon.Add(time.Duration(step) * 15 * time.Second)
		load := fixture.Load{Processors: 8, Cold: 6, Lost: 9, Old: 11, Bare: 12, Step: step}
		if step > 20 {
			load.Hot = 4
		}
		if step > 30 {
			c.Dead = 7
		}
		s := c.State(uint64(step + 1))
		load.Add(s)
		d.state(s)
	}
}

func TestScreensWithMetrics(t *testing.T) {
	for _, theme := range []string{"dark", "ascii"} {
		for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 60}} {
			for _, s := range []struct {
				name string
				keys []string
			}{
				{"overview", nil},
				{"brokers", []string{"2"}},
				{"hot", []string{"2", "down", "down", "enter"}},
				{"cold", []string{"2", "down", "enter"}},
			} {
				name := fmt.Sprintf("metrics-%s-%dx%d-%s.txt", s.name, size[0], size[1], theme)
				t.Run(name, func(t *testing.T) {
					d := newDriver(t, theme, size[0], size[1], nil)
					loaded(d)
					d.keys(s.keys...)
					compareGolden(t, name, d.screen())
				})
			}
		}
	}
}

func TestOtherScreensWithMetrics(t *testing.T) {
	for _, s := range []struct {
		name string
		w, h int
		keys []string
		do   func(*driver)
	}{
		{"bare", 80, 24, []string{"2", "G", "enter"}, loaded},
		{"old", 80, 24, []string{"2", "G", "up", "enter"}, loaded},
		{"lost", 80, 24, []string{"2", "down", "down", "down", "down", "enter"}, loaded},
		{"phases", 80, 24, []string{"2", "down", "enter", "pgdown"}, loaded},
		{"chosen", 80, 24, []string{"down", "down", "down"}, loaded},
		{"many", 80, 24, nil, crowd},
		{"many", 200, 60, nil, crowd},
		{"many-chosen", 80, 24, []string{"down", "down", "down", "left"}, crowd},
		{"none", 200, 60, nil, func(d *driver) {
			s := fixture.Small().State(1)
			s.NoMetrics = "no exporter answers on the conventional ports of b1"
			d.state(s)
		}},
	} {
		name := fmt.Sprintf("metrics-%s-%dx%d-dark.txt", s.name, s.w, s.h)
		t.Run(name, func(t *testing.T) {
			d := newDriver(t, "dark", s.w, s.h, nil)
			s.do(d)
			d.keys(s.keys...)
			compareGolden(t, name, d.screen())
		})
	}
}

// crowd is 100 brokers.
func crowd(d *driver) {
	c := fixture.Large()
	c.Topics, c.Partitions, c.Dead = 30, 10, 7
	s := c.State(1)
	fixture.Load{Processors: 8, Hot: 44, Cold: 66, Lost: 9, Old: 11, Bare: 12}.Add(s)
	d.state(s)
}

// The broker whose one network thread is busy is found from the first screen by arrows and enter alone, and esc leads back.
func TestTheHotThreadIsFoundByArrows(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 60}} {
		d := newDriver(t, "dark", size[0], size[1], nil)
		s := fixture.Small().State(1)
		fixture.Load{Processors: 8, Hot: 4}.Add(s)
		d.state(s)
		d.sees(" 4%")
		d.keys("down") // beyond the last finding
		if size[0] == 200 {
			d.keys("down", "down", "down")
		}
		d.keys("enter")
		d.sees("broker 4", "network thread 3 of CLIENT idle 4%", "response queue 38ms, peers 0.1ms")
		d.keys("esc", "esc")
		d.sees("FINDING")
		d.keys("esc", "enter")
		d.seesNot("network thread 3")
	}
}

// Metrics that begin later bring their columns, and what the user has chosen stays.
func TestTheOrderOutlivesTheFirstMetrics(t *testing.T) {
	d := newDriver(t, "dark", 80, 24, nil)
	s := fixture.Small().State(1)
	d.state(s)
	d.keys("2", ":", "sort leaders desc", "enter")
	d.seesNot("HDLR")
	next := *s
	next.Seq++
	fixture.Load{Processors: 8}.Add(&next)
	d.state(&next)
	d.sees("HDLR", "by LEADERS desc")
}

// What leaves the console holds figures, and nothing that is only drawn.
func TestExportedBrokersHoldFigures(t *testing.T) {
	d := newDriver(t, "dark", 200, 60, nil)
	loaded(d)
	d.keys("2")
	for _, c := range []struct{ format, want string }{{"csv", ",0.04,"}, {"json", `"busiest_idle": 0.04`}} {
		write, err := d.app.panes[d.app.at].Export(c.format)
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), c.want) || strings.ContainsAny(b.String(), "▁▃█") {
			t.Errorf("%s:\n%s", c.format, b.String())
		}
	}
	var b strings.Builder
	if err := d.app.panes[d.app.at].Print(&b, true); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), "---#----") {
		t.Errorf("printed in ASCII:\n%s", b.String())
	}
}
