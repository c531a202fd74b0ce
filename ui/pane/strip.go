package pane

import (
	"math"
	"time"

	"kdeck/ops/history"

	"kdeck/ops/state"
	"kdeck/ui/cell"
)

// The steps of a figure that is one cell high, the lowest first. The first is for nothing at all.
var (
	unicodeHeights = []rune(" ▁▂▃▄▅▆▇█")
	asciiHeights   = []rune(" .:-=+*%#")
)

func Heights(ascii bool) []rune {
	if ascii {
		return asciiHeights
	}
	return unicodeHeights
}

// heightOf is the step for a share of the whole, 0..1. Whatever is measured can be seen, be it zero.
func Height(share float64, ascii bool) rune {
	h := Heights(ascii)
	steps := len(h) - 2
	return h[1+int(math.Round(min(max(share, 0), 1)*float64(steps)))]
}

// unmeasured stands for one figure that isn't known.
const Unmeasured = '?'

// cells are glyphs side by side, each in its style.
type Cells []struct {
	glyph rune
	style cell.Style
}

func (c *Cells) Add(glyph rune, style cell.Style) {
	*c = append(*c, struct {
		glyph rune
		style cell.Style
	}{glyph, style})
}

func (c Cells) Text() string {
	r := make([]rune, len(c))
	for i := range c {
		r[i] = c[i].glyph
	}
	return string(r)
}

func (c Cells) Draw(a cell.Area, x, y int) int {
	for i := range c {
		a.Glyph(x+i, y, c[i].style, c[i].glyph)
	}
	return x + len(c)
}

// spans are the cells as a page takes them.
func (c Cells) Spans() []cell.Span {
	var out []cell.Span
	for i := 0; i < len(c); {
		n := i + 1
		for n < len(c) && c[n].style == c[i].style {
			n++
		}
		out = append(out, c[i].style.Span(c[i:n].Text()))
		i = n
	}
	return out
}

// slots are how long one cell may stand for.
var slots = []time.Duration{5 * time.Second, 10 * time.Second, 15 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute}

// Sparkline is samples gathered into so many cells of equal time, the latest at the right. A cell begins at a multiple of
// its time, so that what is drawn moves only once in it.
type Sparkline struct {
	Points []state.Reading[float64] // the worst of its time; unknown where there was none
	slot   time.Duration
}

// SparklineOf gathers samples that end about now. bad tells which of two values is the one to be seen.
func SparklineOf(samples []history.Sample, now time.Time, width int, bad func(a, b float64) float64) Sparkline {
	h := Sparkline{slot: slots[len(slots)-1]}
	if len(samples) == 0 || width <= 0 {
		return h
	}
	first := samples[0].At
	apart := time.Duration(0)
	if n := len(samples) - 1; n > 0 {
		apart = samples[n].At.Sub(first) / time.Duration(n)
	}
	for _, s := range slots {
		if s >= apart*3/2 && now.Sub(first) < s*time.Duration(width-1) {
			h.slot = s
			break
		}
	}
	number := func(t time.Time) int64 { return t.UnixNano() / int64(h.slot) }
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
			p.Value = bad(p.Value, s.Value)
		} else {
			*p = state.Read(s.Value, s.At, "")
		}
	}
	return h
}

func Lowest(a, b float64) float64  { return min(a, b) }
func Highest(a, b float64) float64 { return max(a, b) }

// SinceBegun is the sparkline without the time before its first sample.
func (h Sparkline) SinceBegun() Sparkline {
	for len(h.Points) > 0 && !h.Points[0].Known {
		h.Points = h.Points[1:]
	}
	return h
}

// Cells draws it between 0 and whole, or, where that is 0, its own largest value. look tells what is bad, and is nil
// for a figure that has no floor; what isn't bad is drawn quietly.
func (h Sparkline) Cells(whole float64, ascii bool, look func(v float64) cell.Style) Cells {
	if whole == 0 {
		for _, p := range h.Points {
			whole = max(whole, p.Value)
		}
	}
	out := make(Cells, 0, len(h.Points))
	began := false
	for _, p := range h.Points {
		style := cell.Faint
		if look != nil && p.Known && look(p.Value) != cell.Plain {
			style = look(p.Value)
		}
		switch {
		case p.Known:
			out.Add(Height(p.Value/max(whole, math.SmallestNonzeroFloat64), ascii), style)
		case began:
			out.Add(Unmeasured, cell.Unknown)
		default:
			out.Add(' ', cell.Plain)
		}
		began = began || p.Known
	}
	return out
}

// Span is how much time the cells stand for.
func (h Sparkline) Span() time.Duration { return h.slot * time.Duration(len(h.Points)) }
