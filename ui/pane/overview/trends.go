package overview

import (
	"kdeck/ops/format"
	"kdeck/ops/history"
	"kdeck/ui/cell"
	"kdeck/ui/pane"
)

// clusterTrends are those of the charted figures whose histories are drawn where there is no room for charts, two in a row.
var clusterTrends = []clusterFigure{charted[0], charted[3], charted[outOfSync], charted[4]}

const (
	trendRows  = 2
	trendLabel = 13
)

// aboveZeroStyle is the style of a figure that ought to be 0.
func aboveZeroStyle(v float64) cell.Style {
	if v > 0 {
		return cell.Warning
	}
	return cell.Faint
}

// trend is one history as it is drawn.
type trend struct {
	label string
	cells pane.Cells
	value string
	style cell.Style
}

// cells is the number of cells of a history.
func (t trendsKey) cells() int {
	const value = 10
	return min(max((t.width-1)/2-trendLabel-value, 4), 60)
}

// trendsOf draws the histories.
func trendsOf(s pane.Scene, key trendsKey) []trend {
	out := make([]trend, 0, len(clusterTrends))
	for _, c := range clusterTrends {
		samples := s.History.Broker(history.Cluster, c.figure)
		h := pane.SparklineOf(samples, s.State.Now, key.cells(), c.worst)
		t := trend{label: c.label, cells: h.SinceBegun().Cells(c.full, key.ascii, c.style), value: format.Unknown, style: cell.Unknown}
		if n := len(samples); n > 0 && samples[n-1].Known {
			v := samples[n-1].Value
			t.value, t.style = c.write(v), cell.Plain
			if c.style != nil {
				t.style = c.style(v)
			}
		}
		out = append(out, t)
	}
	return out
}

// drawTrends draws the histories with their labels and latest values, two in a row.
func (o *Pane) drawTrends(a cell.Area) {
	w, _ := a.Size()
	each := (w - 1) / 2
	for i, t := range o.trends {
		x, y := 1+i%2*each, i/2
		a.Text(x, y, cell.Faint, t.label)
		t.cells.Draw(a, x+trendLabel, y)
		a.Text(x+trendLabel+o.drawn.cells()+1, y, t.style, t.value)
	}
}
