package ui

import (
	"syscall"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"kdeck/ops/state"
	"kdeck/protocol/race"
	"kdeck/ui/fixture"
)

// manyReaders are two States of 1,000 groups that each read 100 topics of 30 partitions: 3,000,000 offsets.
func manyReaders() (s [2]*state.State) {
	for i := range s {
		s[i] = fixture.ManyReaders(1000, 100, 30, 100, i)
	}
	return s
}

var readersPanes = []struct {
	name string
	keys []string
}{{"overview", []string{"1"}}, {"groups", []string{"9"}}, {"group", []string{"9", "enter"}}, {"topics", []string{"0"}}, {"topic", []string{"0", "d"}}}

func manyReadersConsole(tb testing.TB, s *state.State, keys ...string) *driver {
	d := newDriver(tb, "dark", 200, 60, nil)
	d.state(s)
	d.keys(keys...)
	return d
}

// cpuTime reports what the process computed for each round, also where others keep it from its processor.
func cpuTime(b *testing.B) (report func()) {
	used := func() float64 {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e6
	}
	from := used()
	return func() { b.ReportMetric((used()-from)/float64(b.N), "cpu-ms/op") }
}

// BenchmarkReadersFrame composes a 200x60 frame of 1,000 groups or of the 100 topics that they read: the cursor moves by a page. Budget: 1 ms and 1,000
// allocations.
func BenchmarkReadersFrame(b *testing.B) {
	states := manyReaders()
	for _, p := range readersPanes {
		b.Run(p.name, func(b *testing.B) {
			d := manyReadersConsole(b, states[0], p.keys...)
			down, up := tea.KeyPressMsg(keyCodes["pgdown"]), tea.KeyPressMsg(keyCodes["pgup"])
			b.ReportAllocs()
			cpu := cpuTime(b)
			for i := 0; b.Loop(); i++ {
				if i%2 == 0 {
					d.app.Update(down)
				} else {
					d.app.Update(up)
				}
			}
			cpu()
		})
	}
}

// BenchmarkReadersStill composes the same frames when only a second has passed.
func BenchmarkReadersStill(b *testing.B) {
	states := manyReaders()
	for _, p := range readersPanes {
		b.Run(p.name, func(b *testing.B) {
			d := manyReadersConsole(b, states[0], p.keys...)
			now := time.Unix(1, 0)
			b.ReportAllocs()
			cpu := cpuTime(b)
			for b.Loop() {
				now = now.Add(time.Second)
				d.app.Update(tickMsg(now))
			}
			cpu()
		})
	}
}

// BenchmarkReadersState takes in a State in which all groups were read again. What is done off the update loop doesn't count to the longest update, which
// holds up the keys.
func BenchmarkReadersState(b *testing.B) {
	states := manyReaders()
	for _, p := range readersPanes {
		b.Run(p.name, func(b *testing.B) {
			d := manyReadersConsole(b, states[0], p.keys...)
			b.ReportAllocs()
			longest := time.Duration(0)
			for i := 0; b.Loop(); i++ {
				s := *states[(i+1)%2]
				s.Seq = uint64(i + 3)
				msg := stateMsg{&s, d.recorder.Add(&s)}
				began := time.Now()
				_, cmd := d.app.Update(msg)
				longest = max(longest, time.Since(began))
				d.run(cmd)
			}
			b.ReportMetric(float64(longest.Microseconds())/1000, "ms/longest-update")
		})
	}
}

// BenchmarkReadersFilter filters 1,000 groups by a topic and 100 topics by a group.
func BenchmarkReadersFilter(b *testing.B) {
	states := manyReaders()
	for _, f := range []struct{ pane, filter string }{{"groups", "topic:topic-0042"}, {"groups", "is:lagging"}, {"topics", "group:group-00007"}, {"topics", "is:unread"}} {
		b.Run(f.pane+" "+f.filter, func(b *testing.B) {
			d := manyReadersConsole(b, states[0], ":", f.pane, "enter")
			p := d.pane(f.pane)
			for b.Loop() {
				for _, filter := range []string{f.filter, f.filter + " "} {
					effects, err := p.SetFilter(filter)
					if err != nil {
						b.Fatal(err)
					}
					d.run(d.app.do(d.at(f.pane), effects))
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/2e6, "ms/filter")
		})
	}
}

func TestGridFramesOfGroupsAndTopicsStayWithinTheirAllocations(t *testing.T) {
	if race.Enabled {
		t.Skip("the race detector allocates too")
	}
	s := fixture.ManyReaders(300, 100, 6, 100, 0)
	for _, p := range readersPanes {
		d := manyReadersConsole(t, s, p.keys...)
		down, up := tea.KeyPressMsg(keyCodes["pgdown"]), tea.KeyPressMsg(keyCodes["pgup"])
		if n := testing.AllocsPerRun(20, func() { d.app.Update(down); d.app.Update(up) }) / 2; n > 1000 {
			t.Errorf("a frame of %s takes %.0f allocations", p.name, n)
		}
	}
}
