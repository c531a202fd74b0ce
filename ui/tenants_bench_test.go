package ui

import (
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"kdeck/ops/state"
	"kdeck/ui/fixture"
)

// manyTenants are two States of 12 brokers on each of which 10,000 clients and some are counted.
func manyTenants() [2]*state.State {
	c := fixture.Small()
	first := c.State(1)
	fixture.Tenants{Random: 10_000}.AddTo(first)
	c.At = c.At.Add(5 * time.Second)
	second := c.State(2)
	fixture.Tenants{Random: 10_000, Step: 1}.AddTo(second)
	return [2]*state.State{first, second}
}

func tenantsConsole(tb testing.TB) *driver {
	d := newDriver(tb, "dark", 200, 60, nil)
	d.keys("3")
	d.state(manyTenants()[0])
	return d
}

// BenchmarkTenantsFrame composes a 200x60 frame of 10,000 buckets on 12 brokers: the cursor moves by a page, to rows that
// were not drawn before. Budget: 1 ms and 1,000 allocations.
func BenchmarkTenantsFrame(b *testing.B) {
	d := tenantsConsole(b)
	down := tea.KeyPressMsg(keyCodes["pgdown"])
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if i%300 == 299 {
			b.StopTimer()
			d = tenantsConsole(b)
			b.StartTimer()
		}
		d.app.Update(down)
	}
}

// BenchmarkTenantsStill composes the same frame when only a second has passed.
func BenchmarkTenantsStill(b *testing.B) {
	d := tenantsConsole(b)
	now := time.Unix(1, 0)
	b.ReportAllocs()
	for b.Loop() {
		now = now.Add(time.Second)
		d.app.Update(tickMsg(now))
	}
}

// BenchmarkTenantsState takes in new metrics: 10,000 buckets on 12 brokers, and the fixture's few.
func BenchmarkTenantsState(b *testing.B) {
	few := func() (s [2]*state.State) {
		c := fixture.Small()
		for i := range s {
			c.At = c.At.Add(5 * time.Second)
			s[i] = c.State(uint64(i + 1))
			fixture.Tenants{Step: i}.AddTo(s[i])
		}
		return s
	}
	for _, n := range []struct {
		name   string
		states [2]*state.State
	}{{"few", few()}, {"many", manyTenants()}} {
		b.Run(n.name, func(b *testing.B) {
			d := newDriver(b, "dark", 200, 60, nil)
			d.keys("3")
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				s := *n.states[i%2]
				s.Seq = uint64(i + 1)
				d.state(&s)
			}
		})
	}
}
