package machine

import (
	"math"

	"kdeck/ops/view"
	"kdeck/ui/cell"
	"kdeck/ui/pane"
)

// barWidth is the width of the time of a thread, in cells.
const barWidth = 20

// spent are the ways in which a thread spends time, in the order in which they are drawn. They can be told apart without colours.
var spent = []struct {
	word           string
	unicode, ascii rune
	style          cell.Style
}{
	{"on a core", '█', '#', cell.OK},
	{"no core", '▒', '=', cell.Warning},
	{"disk", '▓', 'D', cell.Critical},
	{"other calls", '░', '-', cell.Info},
	{"idle", '·', '.', cell.Faint},
}

// bar draws how a thread spent the time of a look. Shares are counted and sampled, so that together they are not quite 1: idle time gives way.
func bar(r view.HostRow, ascii bool) (out pane.Cells) {
	on, without := r.OnCore.Or(0), r.WaitingForCore.Or(0)
	shares := []float64{on, without, r.Disk, max(0, 1-on-without-r.Disk-r.Idle)}
	left := barWidth
	for i, share := range shares {
		n := min(int(math.Round(share*barWidth)), left)
		if n == 0 && share >= 0.01 && left > 0 {
			n = 1 // what is there is to be seen
		}
		left -= n
		for range n {
			out.Add(glyph(i, ascii), spent[i].style)
		}
	}
	idle := len(spent) - 1
	for range left {
		out.Add(glyph(idle, ascii), spent[idle].style)
	}
	return out
}

func glyph(i int, ascii bool) rune {
	if ascii {
		return spent[i].ascii
	}
	return spent[i].unicode
}

// legend explains the bar.
func legend(ascii bool) (spans []cell.Span) {
	for i, s := range spent {
		spans = append(spans, s.style.Span(string(glyph(i, ascii))), cell.Faint.Span(" "+s.word+"  "))
	}
	return spans
}
