package plan

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestATimelineSharesThePorts(t *testing.T) {
	for _, c := range []struct {
		name     string
		traffic  *Traffic
		inFlight int
		seconds  float64
	}{
		{"nothing", traffic(), 1, 0},
		{"a change of order", traffic(Copy{From: 1}), 1, 0},
		{"one copy", traffic(Copy{1, []int32{2}, 1000}), 1, 10},
		{"two copies of one partition", traffic(Copy{1, []int32{2, 3}, 1000}), 1, 20},
		{"two that share nothing, together", traffic(Copy{1, []int32{2}, 1000}, Copy{3, []int32{4}, 500}), 2, 10},
		{"two that share nothing, one by one", traffic(Copy{1, []int32{2}, 1000}, Copy{3, []int32{4}, 500}), 1, 15},
		{"two out of one broker", traffic(Copy{1, []int32{2}, 1000}, Copy{1, []int32{4}, 500}), 2, 15},
		{"what one can't use, the other does", traffic(Copy{1, []int32{2, 3, 4}, 300}, Copy{5, []int32{2}, 600}), 2, 9},
		{"a size that isn't known", traffic(Copy{1, []int32{2}, -1}), 1, 0},
	} {
		got := c.traffic.Simulate(100, c.inFlight)
		if math.Abs(got.Seconds-c.seconds) > 0.01 {
			t.Errorf("%s: %v s, want %v: %+v", c.name, got.Seconds, c.seconds, got.Steps)
		}
	}
	line := traffic(Copy{1, []int32{2}, 1000}, Copy{3, []int32{4}, 500}).Simulate(100, 1)
	want := &Timeline{Rate: 100, InFlight: 1, Seconds: 15, Least: 10, Steps: []Step{{10, 1, 1000}, {15, 2, 1500}}}
	if diff := cmp.Diff(want, line); diff != "" {
		t.Error(diff)
	}
}

func TestATimelineEndsWithAllDoneAndNotBeforeItsBound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		traffic := &Traffic{Ports: map[Port]int64{}}
		for range rapid.IntRange(1, 30).Draw(t, "partitions") {
			c := Copy{
				From: rapid.Int32Range(1, 5).Draw(t, "from"),
				To:   rapid.SliceOfNDistinct(rapid.Int32Range(6, 9), 0, 3, rapid.ID).Draw(t, "to"),
				Size: rapid.Int64Range(0, 1e9).Draw(t, "size"),
			}
			traffic.Copies = append(traffic.Copies, c)
			for _, p := range c.ports() {
				traffic.Ports[p] += c.bytes(p)
			}
		}
		bytes, _ := traffic.Bytes()
		line := traffic.Simulate(1e6, rapid.IntRange(1, 12).Draw(t, "in flight"))
		last := line.Steps[len(line.Steps)-1]
		if last.Partitions != len(traffic.Copies) || math.Abs(float64(last.Bytes-bytes)) > 100 || last.At != line.Seconds {
			t.Fatalf("%d partitions, %d bytes: %+v", len(traffic.Copies), bytes, line)
		}
		if one := float64(bytes) / 1e6; line.Seconds < line.Least*0.999 || line.Seconds > one*1.001+0.001 {
			t.Fatalf("%v s, at least %v, one stream after the other takes %v", line.Seconds, line.Least, one)
		}
	})
}

func TestCopiesOfSingleBytesTakeTheirTime(t *testing.T) {
	traffic := &Traffic{Ports: map[Port]int64{}}
	for range 3 {
		c := Copy{From: 1, To: []int32{6}, Size: 1}
		traffic.Copies = append(traffic.Copies, c)
		for _, p := range c.ports() {
			traffic.Ports[p] += c.bytes(p)
		}
	}
	traffic.Copies = append(traffic.Copies, Copy{From: 2, To: []int32{7, 8}, Size: 1})
	if line := traffic.Simulate(1e6, 4); line.Seconds < 0.999*line.Least {
		t.Errorf("%v s, and no order takes less than %v", line.Seconds, line.Least)
	}
}
