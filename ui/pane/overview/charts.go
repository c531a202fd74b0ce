package overview

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"kdeck/ops/format"
	"kdeck/ops/history"
	"kdeck/ops/state"
	"kdeck/ui/cell"
	"kdeck/ui/layout"
	"kdeck/ui/pane"
)

// chartRows is how high the charts are, with a line above and one below.
const chartRows = 10

// clusterFigure is a figure of the whole cluster, and how its history is drawn.
type clusterFigure struct {
	label  string
	figure history.Figure
	full   float64                    // what the full height stands for; 0: the largest value
	least  float64                    // but no less than that, in a chart
	worst  func(a, b float64) float64 // which of two values must be seen
	style  func(v float64) cell.Style // nil: not judged
	write  func(v float64) string
}

// charted are the figures that have a chart, from left to right. The last two share a place.
var charted = []clusterFigure{
	{"net idle min", history.NetworkIdle, 1, 0, pane.Lowest, pane.IdleStyle, format.Share},
	{"worst p99", history.ProduceP99, 0, 10, pane.Highest, nil, format.WholeMillis},
	{"out of sync", history.UnderReplicated, 0, 4, pane.Highest, aboveZeroStyle, func(v float64) string { return format.Thousands(int(v)) }},
	{"bytes in", history.BytesIn, 0, 1, pane.Highest, nil, format.ByteRate},
	{"bytes out", history.BytesOut, 0, 1, pane.Highest, nil, format.ByteRate},
}

// outOfSync is the one of them that needs no metrics.
const outOfSync = 2

// charts are the charts as they were drawn last.
type charts struct {
	drawn chartsKey
	list  []chart
}

// chartsKey is what the drawing of the charts depends on.
type chartsKey struct {
	seq   uint64
	at    layout.Rect
	ascii bool
}

type chart struct {
	at    layout.Rect
	label string
	value string
	style cell.Style // of the value
	full  string
	pane.Chart
}

// arrange draws the charts of a scene, where they aren't drawn already.
func (c *charts) arrange(s pane.Scene, changes []history.Change, key chartsKey) {
	if key == c.drawn {
		return
	}
	c.drawn, c.list = key, c.list[:0]
	places := placesOf(key.at)
	shown := charted
	if len(s.State.Metrics) == 0 {
		shown, places = charted[outOfSync:outOfSync+1], []layout.Rect{key.at.Inset()}
	}
	marked := slices.DeleteFunc(slices.Clone(changes), func(c history.Change) bool { return c.Severity == state.SeverityInfo && c.Pane != "audit" })
	for i, of := range shown {
		samples := s.History.Broker(history.Cluster, of.figure)
		at := places[i]
		at, _ = at.Left(at.W - 3)
		one := chart{at: at, label: of.label, value: format.Unknown, style: cell.Unknown}
		if n := len(samples); n > 0 && samples[n-1].Known {
			v := samples[n-1].Value
			one.value, one.style = of.write(v), cell.Strong
			if of.style != nil && of.style(v) != cell.Plain && of.style(v) != cell.Faint {
				one.style = of.style(v)
			}
		}
		one.Chart = pane.NewChart(pane.ChartOf{Samples: samples, Full: of.full, Least: of.least, Worst: of.worst, Style: of.style, Changes: marked},
			s.State.Now, at.W, at.H-2, key.ascii)
		if one.Span > 0 {
			one.full = of.write(one.Full)
		}
		c.list = append(c.list, one)
	}
}

// placesOf divides the band: a quarter for each chart, of which the last holds two.
func placesOf(band layout.Rect) []layout.Rect {
	band = band.Inset()
	var places []layout.Rect
	for n := len(charted) - 1; n > 1; n-- {
		var place layout.Rect
		place, band = band.Left(band.W / n)
		places = append(places, place)
	}
	top, bottom := band.Top(band.H / 2)
	return append(places, top, bottom)
}

// draw draws the charts into an area that they were arranged for.
func (c *charts) draw(a cell.Area) {
	for i := range c.list {
		of := &c.list[i]
		in := a.In(of.at)
		x := in.Text(0, 0, cell.Faint, of.label)
		in.Text(x+2, 0, of.style, of.value)
		if room := of.at.W - x - len(of.value) - 3; room >= len(of.full) {
			in.Fit(of.at.W-room, 0, room, cell.Faint, of.full, true)
		}
		of.Draw(in.In(layout.Rect{Y: 1, W: of.at.W, H: of.at.H - 1}))
	}
}

// title says how much time the charts show.
func (c *charts) title() string {
	span := time.Duration(0)
	for i := range c.list {
		span = max(span, c.list[i].Span)
	}
	if span == 0 {
		return "LAST MINUTES"
	}
	return fmt.Sprintf("LAST %s, AND WHEN SOMETHING CHANGED", strings.ToUpper(format.Count(int(span.Round(time.Minute)/time.Minute), "minute")))
}
