package ui

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"charm.land/bubbles/v2/table"
	tea "charm.land/bubbletea/v2"
	lgtable "charm.land/lipgloss/v2/table"

	"kdeck/ops/state"
	"kdeck/protocol/race"
	"kdeck/ui/fixture"
)

// largeStates are two States of 100 brokers and 100,000 partitions, 2 % of which differ.
func largeStates() [2]*state.State {
	c := fixture.Large()
	c.Every = 50
	first := c.State(1)
	c.Step, c.At = 1, c.At.Add(time.Second)
	return [2]*state.State{first, c.State(2)}
}

func largeConsole(b *testing.B) *driver {
	d := newDriver(b, "dark", 200, 60, nil)
	d.state(largeStates()[0])
	d.keys("4")
	return d
}

// BenchmarkFrame composes a 200x60 frame over 100,000 partitions: the cursor moves by a page, so that every row is new.
// Budget: 1 ms and 1,000 allocations.
func BenchmarkFrame(b *testing.B) {
	d := largeConsole(b)
	down, up := tea.KeyPressMsg(keyCodes["pgdown"]), tea.KeyPressMsg(keyCodes["pgup"])
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if i%2 == 0 {
			d.app.Update(down)
		} else {
			d.app.Update(up)
		}
	}
}

// BenchmarkFrameStill composes the same frame when only a second has passed.
func BenchmarkFrameStill(b *testing.B) {
	d := largeConsole(b)
	now := time.Unix(1, 0)
	b.ReportAllocs()
	for b.Loop() {
		now = now.Add(time.Second)
		d.app.Update(tickMsg(now))
	}
}

// BenchmarkState takes in a new State of which 2 % of the partitions differ, the index of the table included.
func BenchmarkState(b *testing.B) {
	for _, pane := range []string{"1", "2", "4"} {
		b.Run("pane="+pane, func(b *testing.B) {
			states := largeStates()
			d := newDriver(b, "dark", 200, 60, nil)
			d.state(states[0])
			d.keys(pane)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				s := *states[(i+1)%2]
				snap := *s.Snapshot
				snap.Taken = states[0].Snapshot.Taken.Add(time.Duration(i+1) * time.Second)
				s.Seq, s.Snapshot = uint64(i+2), &snap
				d.state(&s)
			}
		})
	}
}

// BenchmarkFilter filters 100,000 partitions. Budget: 5 ms.
func BenchmarkFilter(b *testing.B) {
	for _, f := range []string{"topic-05", "/9{2}$/", "is:urp", "!is:ok missing:7", "broker:7"} {
		b.Run(f, func(b *testing.B) {
			d := largeConsole(b)
			p := d.pane("partitions")
			for b.Loop() {
				for _, filter := range []string{f, f + " "} {
					effects, err := p.SetFilter(filter)
					if err != nil {
						b.Fatal(err)
					}
					d.run(d.app.do(d.at("partitions"), effects))
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/2e6, "ms/filter")
		})
	}
}

// BenchmarkSort sorts 100,000 partitions. Budget: 60 ms.
func BenchmarkSort(b *testing.B) {
	for _, column := range []string{"state", "size_bytes", "leader", "replicas", "topic"} {
		b.Run(column, func(b *testing.B) {
			d := largeConsole(b)
			s := d.pane("partitions")
			reverse := false
			for b.Loop() {
				effects, err := s.SortBy(column, reverse)
				if err != nil {
					b.Fatal(err)
				}
				d.run(d.app.do(d.at("partitions"), effects))
				reverse = !reverse
			}
		})
	}
}

// The stock tables on the same rows, to be laid beside BenchmarkFrame.

func partitionCells(s *state.Snapshot) [][]string {
	rows := make([][]string, s.NumPartitions())
	for i := range rows {
		p := s.Partition(i)
		rows[i] = []string{p.Topic().Name(), fmt.Sprint(p.ID()), "ok", fmt.Sprint(p.Leader()),
			fmt.Sprintf("%d/%d", p.ISRSize(), p.ReplicationFactor()), "2", "-", fmt.Sprint(p.AppendReplicas(nil)), "1.2GB", "-"}
	}
	return rows
}

var peerHeads = []string{"TOPIC", "PART", "STATE", "LEADER", "ISR/RF", "MIN", "MISSING", "REPLICAS", "SIZE", "MOVE"}

func BenchmarkPeerBubblesTable(b *testing.B) {
	cells := partitionCells(largeStates()[0].Snapshot)
	rows := make([]table.Row, len(cells))
	for i := range cells {
		rows[i] = cells[i]
	}
	columns := make([]table.Column, len(peerHeads))
	for i, h := range peerHeads {
		columns[i] = table.Column{Title: h, Width: 14}
	}
	t := table.New(table.WithColumns(columns), table.WithRows(rows), table.WithHeight(56), table.WithWidth(200), table.WithFocused(true))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if i%2 == 0 {
			t.MoveDown(55)
		} else {
			t.MoveUp(55)
		}
		_ = t.View()
	}
}

func BenchmarkPeerLipglossTableOfTheWindow(b *testing.B) {
	window := partitionCells(largeStates()[0].Snapshot)[:55]
	b.ReportAllocs()
	for b.Loop() {
		_ = lgtable.New().Headers(peerHeads...).Rows(slices.Clone(window)...).Width(200).Height(56).String()
	}
}

// TestGridTheFrameStaysWithinItsAllocations holds the part of the budget that does not depend on the machine.
func TestGridTheFrameStaysWithinItsAllocations(t *testing.T) {
	if race.Enabled {
		t.Skip("the race detector allocates too")
	}
	d := newDriver(t, "dark", 200, 60, nil)
	c := fixture.Small()
	c.Topics = 100
	c.Dead = 7
	d.state(c.State(1))
	d.keys("4")
	down, up := tea.KeyPressMsg(keyCodes["pgdown"]), tea.KeyPressMsg(keyCodes["pgup"])
	if n := testing.AllocsPerRun(20, func() { d.app.Update(down); d.app.Update(up) }) / 2; n > 1000 {
		t.Errorf("a frame takes %.0f allocations", n)
	}
	if !strings.Contains(d.screen(), "topic-0003") {
		t.Error("the frame is not that of the partitions")
	}
}

// BenchmarkPlanFrame composes the frame of a plan of 100,000 partitions: the cursor moves by a page.
func BenchmarkPlanFrame(b *testing.B) {
	d := newDriver(b, "dark", 200, 60, nil)
	d.state(largeStates()[0])
	d.keys("6", "+", "drain 7 + leaders", "enter")
	down, up := tea.KeyPressMsg(keyCodes["pgdown"]), tea.KeyPressMsg(keyCodes["pgup"])
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if i%2 == 0 {
			d.app.Update(down)
		} else {
			d.app.Update(up)
		}
	}
}

// meteredConsole is one of 100 brokers with metrics of 16 network threads each, on a pane.
func meteredConsole(b testing.TB, keys ...string) (*driver, [2]*state.State) {
	c := fixture.Large()
	c.Topics, c.Dead = 10, 7
	var states [2]*state.State
	for step := range states {
		c.At = fixture.Noon.Add(time.Duration(step) * time.Second)
		states[step] = c.State(uint64(step + 1))
		fixture.Load{Processors: 8, Hot: 4, Cold: 6, Lost: 9, Old: 11, Bare: 12, Step: step}.Add(states[step])
	}
	d := newDriver(b, "dark", 200, 60, nil)
	d.state(states[0])
	d.keys(keys...)
	return d, states
}

// meteredPanes are the panes that draw brokers with metrics.
var meteredPanes = []struct {
	name string
	keys []string
}{{"overview", nil}, {"brokers", []string{"2"}}, {"broker", []string{"2", "down", "enter"}}}

// BenchmarkMeteredFrame composes the frame of 100 brokers with metrics while the cursor moves. Budget: 1 ms and 1,000
// allocations.
func BenchmarkMeteredFrame(b *testing.B) {
	for _, p := range meteredPanes {
		b.Run(p.name, func(b *testing.B) {
			d, _ := meteredConsole(b, p.keys...)
			down, up := tea.KeyPressMsg(keyCodes["down"]), tea.KeyPressMsg(keyCodes["up"])
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if i%2 == 0 {
					d.app.Update(down)
				} else {
					d.app.Update(up)
				}
			}
		})
	}
}

// BenchmarkMeteredStill composes the same frames when only a second has passed.
func BenchmarkMeteredStill(b *testing.B) {
	for _, p := range meteredPanes {
		b.Run(p.name, func(b *testing.B) {
			d, _ := meteredConsole(b, p.keys...)
			now := time.Unix(1, 0)
			b.ReportAllocs()
			for b.Loop() {
				now = now.Add(time.Second)
				d.app.Update(tickMsg(now))
			}
		})
	}
}

// BenchmarkMeteredState takes in a State of 100 brokers whose metrics are all other ones.
func BenchmarkMeteredState(b *testing.B) {
	for _, p := range meteredPanes {
		b.Run(p.name, func(b *testing.B) {
			d, states := meteredConsole(b, p.keys...)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				s := *states[(i+1)%2]
				s.Seq = uint64(i + 3)
				d.state(&s)
			}
		})
	}
}

func TestGridFramesOfMetricsStayWithinTheirAllocations(t *testing.T) {
	if race.Enabled {
		t.Skip("the race detector allocates too")
	}
	for _, p := range meteredPanes {
		d, _ := meteredConsole(t, p.keys...)
		down, up := tea.KeyPressMsg(keyCodes["down"]), tea.KeyPressMsg(keyCodes["up"])
		if n := testing.AllocsPerRun(20, func() { d.app.Update(down); d.app.Update(up) }) / 2; n > 1000 {
			t.Errorf("a frame of %s takes %.0f allocations", p.name, n)
		}
	}
}
