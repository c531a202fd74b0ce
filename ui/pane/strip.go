package pane

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"time"

	"kdeck/ops/state"
	"kdeck/ops/view"
	"kdeck/ui/cell"
)

// The steps of a figure that is one cell high, the lowest first. The first is for nothing at all.
var (
	unicodeHeights = []rune(" ▁▂▃▄▅▆▇█")
	asciiHeights   = []rune(" .:-=+*%#")
)

func heightsFor(ascii bool) []rune {
	if ascii {
		return asciiHeights
	}
	return unicodeHeights
}

// heightOf is the step for a share of the whole, 0..1. Whatever is measured can be seen, be it zero.
func heightOf(share float64, ascii bool) rune {
	h := heightsFor(ascii)
	steps := len(h) - 2
	return h[1+int(math.Round(min(max(share, 0), 1)*float64(steps)))]
}

// unmeasured stands for one figure that isn't known.
const unmeasured = '?'

// cells are glyphs side by side, each in its style.
type cells []struct {
	glyph rune
	style cell.Style
}

func (c *cells) add(glyph rune, style cell.Style) {
	*c = append(*c, struct {
		glyph rune
		style cell.Style
	}{glyph, style})
}

func (c cells) text() string {
	r := make([]rune, len(c))
	for i := range c {
		r[i] = c[i].glyph
	}
	return string(r)
}

func (c cells) draw(a cell.Area, x, y int) int {
	for i := range c {
		a.Glyph(x+i, y, c[i].style, c[i].glyph)
	}
	return x + len(c)
}

// spans are the cells as a page takes them.
func (c cells) spans() []span {
	var out []span
	for i := 0; i < len(c); {
		n := i + 1
		for n < len(c) && c[n].style == c[i].style {
			n++
		}
		out = append(out, span{c[i].style, c[i:n].text()})
		i = n
	}
	return out
}

// slots are how long one cell of a history may stand for.
var slots = []time.Duration{5 * time.Second, 10 * time.Second, 15 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute}

// history is samples gathered into so many cells of equal time, the latest at the right. A cell begins at a multiple of
// its time, so that what is drawn moves only once in it.
type history struct {
	points []state.Reading[float64] // the worst of its time; unknown where there was none
	slot   time.Duration
}

// historyOf gathers samples that end about now. bad tells which of two values is the one to be seen.
func historyOf(samples []state.Sample, now time.Time, width int, bad func(a, b float64) float64) history {
	h := history{slot: slots[len(slots)-1]}
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
	h.points = make([]state.Reading[float64], width)
	for _, s := range samples {
		i := width - 1 - int(last-number(s.At))
		if i < 0 || i >= width || !s.Known {
			continue
		}
		if p := &h.points[i]; p.Known {
			p.Value = bad(p.Value, s.Value)
		} else {
			*p = state.Read(s.Value, s.At, "")
		}
	}
	return h
}

func lower(a, b float64) float64  { return min(a, b) }
func higher(a, b float64) float64 { return max(a, b) }

// begun is the history without the time before its first sample.
func (h history) begun() history {
	for len(h.points) > 0 && !h.points[0].Known {
		h.points = h.points[1:]
	}
	return h
}

// cells draws a history between 0 and whole, or, where that is 0, its own largest value. look tells what is bad, and is nil
// for a figure that has no floor; what isn't bad is drawn quietly.
func (h history) cells(whole float64, ascii bool, look func(v float64) cell.Style) cells {
	if whole == 0 {
		for _, p := range h.points {
			whole = max(whole, p.Value)
		}
	}
	out := make(cells, 0, len(h.points))
	began := false
	for _, p := range h.points {
		style := cell.Faint
		if look != nil && p.Known && look(p.Value) != cell.Plain {
			style = look(p.Value)
		}
		switch {
		case p.Known:
			out.add(heightOf(p.Value/max(whole, math.SmallestNonzeroFloat64), ascii), style)
		case began:
			out.add(unmeasured, cell.Unknown)
		default:
			out.add(' ', cell.Plain)
		}
		began = began || p.Known
	}
	return out
}

// span is how much time the history's cells stand for.
func (h history) span() time.Duration { return h.slot * time.Duration(len(h.points)) }

// idle writes an idle share as the console does everywhere: ".71", "1.0".
func idle(r state.Reading[float64]) string {
	switch {
	case !r.Known:
		return view.Unknown
	case r.Value >= 0.995:
		return "1.0"
	}
	return strconv.FormatFloat(max(r.Value, 0), 'f', 2, 64)[1:]
}

// median is the middle of values; of an even number the upper of the two.
func median(values []float64) state.Reading[float64] {
	if len(values) == 0 {
		return state.Reading[float64]{}
	}
	sorted := slices.Clone(values)
	slices.SortFunc(sorted, cmp.Compare)
	return state.Reading[float64]{Value: sorted[len(sorted)/2], Known: true}
}
