package pane

import (
	"strings"
	"testing"
	"time"

	"kdeck/ops/history"
	"kdeck/ops/state"
	"kdeck/ui/cell"
	"kdeck/ui/layout"
)

// drawn is a chart as it is drawn in a frame of dots.
func drawn(c Chart, w, h int, ascii bool) string {
	theme, _ := cell.NewTheme("dark", ascii)
	g := cell.NewGrid(w, h, theme)
	c.Draw(g.In(layout.Rect{W: w, H: h}))
	return "\n" + strings.TrimRight(g.Text(), "\n") + "\n"
}

func TestAChartShowsTheLastMinutesAndWhenSomethingChanged(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	var samples []history.Sample
	for i, v := range []float64{2, 4, -1, 8, 6} { // -1: a gap
		samples = append(samples, history.Sample{At: now.Add(time.Duration(i-4) * 10 * time.Second), Value: v, Known: v >= 0})
	}
	of := ChartOf{Samples: samples, Worst: Highest, Style: func(v float64) cell.Style {
		if v > 7 {
			return cell.Critical
		}
		return cell.Plain
	}, Changes: []history.Change{
		{At: now.Add(-15 * time.Second), Severity: state.SeverityWarning},
		{At: now.Add(-time.Hour), Severity: state.SeverityWarning},
	}}
	c := NewChart(of, now, 8, 2, true)
	if c.Full != 8 || c.Span != 8*15*time.Second {
		t.Errorf("full at %v, %v wide", c.Full, c.Span)
	}
	if got := drawn(c, 8, 3, true); got != `
      #=
    =###
------^-
` {
		t.Errorf("%s", got)
	}
	if c.rows[0][6].style != cell.Critical || c.rows[0][7].style != cell.Info || c.marks[6].style != cell.Warning {
		t.Errorf("styles: %v %v", c.rows[0], c.marks)
	}
	if of.Full = 16; NewChart(of, now, 8, 2, true).Full != 16 {
		t.Error("a scale that is given is not kept")
	}
	if c := NewChart(ChartOf{Worst: Highest}, now, 8, 2, false); c.Span != 0 || strings.TrimSpace(drawn(c, 8, 3, false)) != "" {
		t.Errorf("without samples: %v %q", c.Span, drawn(c, 8, 3, false))
	}
}
