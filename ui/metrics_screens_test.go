package ui

import (
	"fmt"
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
