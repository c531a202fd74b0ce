package pane

import (
	"math"
	"time"

	"kdeck/ops/history"
	"kdeck/ops/state"
	"kdeck/ui/cell"
)

// cellTimes are the times that one cell of a sparkline may stand for.
var cellTimes = []time.Duration{5 * time.Second, 10 * time.Second, 15 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute}

// Sparkline is a history in cells of equal time, the latest at the right. A cell begins at a multiple of its time, so that
// the drawing moves once a cell and not with every sample.
type Sparkline struct {
	Points   []state.Reading[float64] // the worst sample of each cell's time; unknown where there was none
	cellTime time.Duration
}

// SparklineOf makes a sparkline of so many cells that ends now. worst returns the one of two samples that must be seen:
// [Lowest] or [Highest].
func SparklineOf(samples []history.Sample, now time.Time, width int, worst func(a, b float64) float64) Sparkline {
	h := Sparkline{cellTime: cellTimes[len(cellTimes)-1]}
	if len(samples) == 0 || width <= 0 {
		return h
	}
	first := samples[0].At
	apart := time.Duration(0)
	if n := len(samples) - 1; n > 0 {
		apart = samples[n].At.Sub(first) / time.Duration(n)
	}
	for _, s := range cellTimes {
		if s >= apart*3/2 && now.Sub(first) < s*time.Duration(width-1) {
			h.cellTime = s
			break
		}
	}
	number := func(t time.Time) int64 { return t.UnixNano() / int64(h.cellTime) }
	last := number(now)
	if latest := number(samples[len(samples)-1].At); last-latest == 1 { // the time of the last cell has only begun
		last = latest
	}
	h.Points = make([]state.Reading[float64], width)
	for _, s := range samples {
		i := width - 1 - int(last-number(s.At))
		if i < 0 || i >= width || !s.Known {
			continue
		}
		if p := &h.Points[i]; p.Known {
			p.Value = worst(p.Value, s.Value)
		} else {
			*p = state.Read(s.Value, s.At, "")
		}
	}
	return h
}

// Lowest returns the worst of two samples of a figure that is bad when it is low.
func Lowest(a, b float64) float64 { return min(a, b) }

// Highest returns the worst of two samples of a figure that is bad when it is high.
func Highest(a, b float64) float64 { return max(a, b) }

// SinceBegun returns the sparkline without the time before its first sample.
func (h Sparkline) SinceBegun() Sparkline {
	for len(h.Points) > 0 && !h.Points[0].Known {
		h.Points = h.Points[1:]
	}
	return h
}

// Cells draws the sparkline. A cell is full at the value full or, where that is 0, at the largest value. style judges a
// value; nil judges none. What style finds plain is drawn faint.
func (h Sparkline) Cells(full float64, ascii bool, style func(v float64) cell.Style) Cells {
	if full == 0 {
		for _, p := range h.Points {
			full = max(full, p.Value)
		}
	}
	out := make(Cells, 0, len(h.Points))
	began := false
	for _, p := range h.Points {
		of := cell.Faint
		if style != nil && p.Known && style(p.Value) != cell.Plain {
			of = style(p.Value)
		}
		switch {
		case p.Known:
			out.Add(Height(p.Value/max(full, math.SmallestNonzeroFloat64), ascii), of)
		case began:
			out.Add(Unmeasured, cell.Unknown)
		default:
			out.Add(' ', cell.Plain)
		}
		began = began || p.Known
	}
	return out
}

// Span returns the time that all cells together stand for.
func (h Sparkline) Span() time.Duration { return h.cellTime * time.Duration(len(h.Points)) }
