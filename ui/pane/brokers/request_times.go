package brokers

import (
	"fmt"
	"strings"

	"kdeck/ops/format"
	"kdeck/ops/state"
	"kdeck/ui/cell"
	"kdeck/ui/pane"
)

// requestPhases are the phases of a request, in the order in which it passes through them, and how they are drawn.
var requestPhases = []struct {
	name           string
	unicode, ascii rune
	style          cell.Style
	short          string
}{
	{"request queue", '▚', 'q', cell.Yellow, "REQ Q"},
	{"local", '█', 'L', cell.Blue, "LOCAL"},
	{"remote", '░', '.', cell.Faint, "REMOTE"},
	{"response queue", '▓', 'a', cell.Magenta, "RESP Q"},
	{"send", '▒', 's', cell.Cyan, "SEND"},
}

// phaseGlyph returns how a phase is drawn.
func phaseGlyph(phase string, ascii bool) (rune, cell.Style) {
	for _, p := range requestPhases {
		if p.name == phase {
			if ascii {
				return p.ascii, p.style
			}
			return p.unicode, p.style
		}
	}
	return pane.Unmeasured, cell.Unknown
}

// phaseBar draws how the mean time of a request is divided between its phases; nil where the time of one isn't known.
func phaseBar(r *state.RequestKind, width int, ascii bool) pane.Cells {
	sum := 0.0
	for _, p := range r.Phases {
		if !p.Mean.Known {
			return nil
		}
		sum += p.Mean.Value
	}
	if sum <= 0 {
		return nil
	}
	bar := make(pane.Cells, 0, width)
	passed := 0.0
	for _, p := range r.Phases {
		glyph, style := phaseGlyph(p.Name, ascii)
		passed += p.Mean.Value
		for len(bar) < int(passed/sum*float64(width)+0.5) {
			bar.Add(glyph, style)
		}
	}
	return bar
}

// The widths of the columns of request times.
const (
	kindWidth  = 19
	rateWidth  = 7
	timeWidth  = 8
	phaseWidth = 8
)

// requests writes a line for each kind of request.
func (w *figureWriter) requests() {
	kinds := w.m.Kinds()
	if len(kinds) == 0 {
		w.page.Head("REQUESTS")
		w.page.Say(cell.Unknown.Span(format.Unknown + " the exporter doesn't show them"))
		return
	}
	phases := 0 // columns of their times, where there is room
	bar := w.key.width - kindWidth - rateWidth - 2*timeWidth - 2
	if bar > 3*len(requestPhases)*phaseWidth/2 {
		phases = phaseWidth * len(requestPhases)
	}
	bar = min(bar-phases, 40)
	w.page.Say()
	var legend []cell.Span
	for _, p := range requestPhases {
		glyph, style := phaseGlyph(p.name, w.key.ascii)
		legend = append(legend, style.Span(strings.Repeat(string(glyph), 2)), cell.Faint.Span(" "+p.name+"  "))
	}
	heading := "MEAN TIME, BY PHASE"
	if bar < len(heading) {
		heading = "PHASES"
	}
	head := fmt.Sprintf("%-*s%*s  %-*.*s", kindWidth, "REQUESTS", rateWidth, "PER S", max(bar, 0), max(bar, 0), heading)
	if phases > 0 {
		for _, p := range requestPhases {
			head += fmt.Sprintf("%*s", phaseWidth, p.short)
		}
	}
	head += fmt.Sprintf("%*s%*s", timeWidth, "MEAN ms", timeWidth, "P99 ms")
	w.page.Say(cell.Heading.Span(head))
	for _, r := range kinds {
		w.kind(r, bar, phases > 0)
	}
	if bar > 0 && w.key.width >= 70 {
		w.page.Say(legend...)
	}
}

// kind writes the times of a kind of request: as a bar so many columns wide and, where numbers is set, of each phase.
func (w *figureWriter) kind(r *state.RequestKind, bar int, numbers bool) {
	spans := []cell.Span{cell.Plain.Span(fmt.Sprintf("%-*.*s", kindWidth, kindWidth-1, r.Name)), cell.Plain.Span(fmt.Sprintf("%*s  ", rateWidth, pane.Rounded(r.Rate)))}
	drawn := phaseBar(r, max(bar, 0), w.key.ascii)
	switch {
	case drawn != nil:
		spans = append(spans, drawn.Spans()...)
	case bar > 0:
		why := format.Unknown
		for _, p := range r.Phases {
			if !p.Mean.Known && p.Mean.Why != "" {
				why += " " + p.Mean.Why
				break
			}
		}
		spans = append(spans, cell.Unknown.Span(fmt.Sprintf("%-*.*s", bar, bar, why)))
	}
	if numbers {
		for _, p := range r.Phases {
			spans = append(spans, pane.FigureStyle(w.peers.Phase(r.Name, p)).Span(fmt.Sprintf("%*s", phaseWidth, pane.Millis(p.Mean))))
		}
	}
	spans = append(spans, knownStyle(r.Total.Mean).Span(fmt.Sprintf("%*s", timeWidth, pane.Millis(r.Total.Mean))),
		knownStyle(r.Total.P99).Span(fmt.Sprintf("%*s", timeWidth, pane.Millis(r.Total.P99))))
	w.page.Say(spans...)
}

// knownStyle is the style of a figure that isn't judged.
func knownStyle(r state.Reading[float64]) cell.Style {
	if !r.Known {
		return cell.Unknown
	}
	return cell.Plain
}
