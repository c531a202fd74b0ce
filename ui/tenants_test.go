package ui

import (
	"fmt"
	"testing"
	"time"

	"kdeck/ui/fixture"
)

// tenantStates hands a console what clients use over so many looks, five seconds apart, of a cluster in which 7 dies
// before the last two.
func tenantStates(d *driver, looks int, of fixture.Tenants) {
	c := fixture.Small()
	for i := range looks {
		c.At = fixture.Noon.Add(time.Duration(i) * 5 * time.Second)
		if i >= looks-2 {
			c.Dead = 7
		}
		s := c.State(uint64(i + 1))
		now := of
		now.Step = i
		now.AddTo(s)
		d.state(s)
	}
}

// tenantScenes are screens of the Tenants pane.
var tenantScenes = []struct {
	name string
	do   func(d *driver)
}{
	{"tenants", func(d *driver) { tenantStates(d, 20, fixture.Tenants{}) }},
	{"tenant", func(d *driver) { tenantStates(d, 20, fixture.Tenants{}); d.keys("enter") }},
	{"tenant-rising", func(d *driver) {
		tenantStates(d, 10, fixture.Tenants{})
		d.keys("/", "user:web type:produce", "enter", "enter")
	}},
	{"tenants-none", func(d *driver) {
		s := fixture.Small().State(1)
		s.NoMetrics = "b1: no exporter answers on its usual ports (9404, 7071, 1234, 5556, 11001, 8080, 7778)"
		d.state(s)
	}},
	{"tenants-quotas", func(d *driver) { tenantStates(d, 3, fixture.Tenants{NoUsage: true}) }},
	{"tenants-throttled", func(d *driver) {
		tenantStates(d, 3, fixture.Tenants{Quiet: true})
		tenantStates(d, 4, fixture.Tenants{})
		d.keys("/", "throttled", "enter")
	}},
	{"tenants-old", func(d *driver) { tenantStates(d, 20, fixture.Tenants{Old: 2 * time.Minute}) }},
	{"tenants-by-type", func(d *driver) { tenantStates(d, 20, fixture.Tenants{}); d.keys("b", "b") }},
}

func TestTenantScreens(t *testing.T) {
	for _, theme := range []string{"dark", "ascii"} {
		for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 60}} {
			for _, s := range tenantScenes {
				name := fmt.Sprintf("%s-%dx%d-%s.txt", s.name, size[0], size[1], theme)
				t.Run(name, func(t *testing.T) {
					d := newDriver(t, theme, size[0], size[1], nil)
					d.keys("3")
					s.do(d)
					compareGolden(t, name, d.screen())
				})
			}
		}
	}
}
