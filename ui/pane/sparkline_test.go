package pane

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"kdeck/ops/history"
	"kdeck/ui/cell"
	"kdeck/ui/fixture"
)

// every makes samples so far apart, the last one at noon; a negative value is unknown.
func every(apart time.Duration, values ...float64) []history.Sample {
	samples := make([]history.Sample, len(values))
	for i, v := range values {
		samples[i] = history.Sample{At: fixture.Noon.Add(-apart * time.Duration(len(values)-1-i)), Value: v, Known: v >= 0}
	}
	return samples
}

func TestAHistoryIsDrawnByTime(t *testing.T) {
	for _, c := range []struct {
		name    string
		samples []history.Sample
		width   int
		want    string
	}{
		{"nothing was sampled", nil, 4, ""},
		{"the latest stands at the right", every(5*time.Second, 1, 1, 0), 6, "    #."},
		{"the worst of a cell's time is seen", every(5*time.Second, 1, 1, 1, 0, 1, 1), 5, " ##.#"},
		{"what wasn't known is told apart from nothing", every(10*time.Second, 1, -1, -1, -1, 1), 6, "  #??#"},
		{"more than there is room for is gathered", every(10*time.Second, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0), 6, " ####."},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := SparklineOf(c.samples, fixture.Noon, c.width, Lowest).Cells(1, true, nil).Text()
			if got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestATimeThatHasOnlyBegunIsNoGap(t *testing.T) {
	samples := every(10*time.Second, 1, 1, 1)
	if got := SparklineOf(samples, fixture.Noon.Add(16*time.Second), 5, Lowest).Cells(1, true, nil).Text(); got[4] == Unmeasured {
		t.Errorf("%q", got)
	}
	if got := SparklineOf(samples, fixture.Noon.Add(50*time.Second), 8, Lowest).Cells(1, true, nil).Text(); got[7] != Unmeasured {
		t.Errorf("%q after 50 s without a sample", got)
	}
}

// Whatever the samples, a history has its width, and the worst that lies in its span is on the screen.
func TestAHistoryNeverHidesItsWorst(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, width := rapid.IntRange(1, 200).Draw(t, "samples"), rapid.IntRange(1, 80).Draw(t, "width")
		at := fixture.Noon
		samples := make([]history.Sample, n)
		for i := range samples {
			at = at.Add(time.Duration(rapid.IntRange(1, 30_000).Draw(t, "apart")) * time.Millisecond)
			samples[i] = history.Sample{At: at, Value: rapid.Float64Range(0, 1).Draw(t, "value"), Known: rapid.Bool().Draw(t, "known")}
		}
		h := SparklineOf(samples, at, width, Lowest)
		drawn := h.Cells(1, false, IdleStyle)
		if len(drawn) != width {
			t.Fatalf("%d cells of %d", len(drawn), width)
		}
		least := 2.0
		for _, p := range h.Points {
			if p.Known {
				least = min(least, p.Value)
			}
		}
		for _, s := range samples {
			if s.Known && at.Sub(s.At) <= h.Span()-h.cellTime && s.Value < least {
				t.Fatalf("%v at %v lies in the %v that are drawn, and the least there is %v", s.Value, s.At, h.Span(), least)
			}
		}
	})
}

func TestEveryMeasuredFigureCanBeSeen(t *testing.T) {
	for _, ascii := range []bool{false, true} {
		seen := map[rune]bool{}
		for share := -0.5; share <= 1.5; share += 0.01 {
			r := Height(share, ascii)
			if r == ' ' || cell.Width(string(r), ascii) != 1 {
				t.Fatalf("%v is drawn as %q", share, r)
			}
			seen[r] = true
		}
		if len(seen) != 8 {
			t.Errorf("%d steps", len(seen))
		}
	}
}
