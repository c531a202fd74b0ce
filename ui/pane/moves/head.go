package moves

import (
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"kdeck/ops/format"
	"kdeck/ops/state"
	"kdeck/ops/view"
	"kdeck/ui/cell"
	"kdeck/ui/pane"
)

// head is what stands over the list: how the run is.
type head struct {
	page pane.Page
}

const (
	barWidth  = 40  // columns of the bar, at the most
	roomForID = 110 // columns of a pane that has room for the run's id
)

// oldRun is how old what a run told may be before that is said.
const oldRun = 15 * time.Second

func (h *head) arrange(s pane.Scene, width int, ascii bool) {
	h.page.Reset()
	if s.State != nil {
		h.write(s, width, ascii)
	}
	h.page.Arrange(width-2, math.MaxInt32, ascii)
}

// rows is how many rows the head takes, with the rule below it.
func (h *head) rows() int {
	if h.page.Empty() {
		return 0
	}
	return h.page.Rows() + 1
}

func (h *head) draw(a cell.Area) {
	w, height := a.Size()
	if height == 0 {
		return
	}
	h.page.Draw(a.In(rect(1, 0, w-2, height-1)))
	a.In(rect(0, height-1, w, 1)).Rule(cell.Frame)
}

func (h *head) print(w io.Writer, s pane.Scene, ascii bool) error {
	h.arrange(s, 200, ascii)
	_, err := io.WriteString(w, h.page.Text())
	return err
}

// write writes the run, or the last one where none is on.
func (h *head) write(s pane.Scene, width int, ascii bool) {
	p := &h.page
	r := s.Run.Value
	switch {
	case r == nil && s.Run.Why != "":
		p.Say(cell.Unknown.Span(format.Unknown + " whether a run is on: " + s.Run.Why))
		return
	case r == nil && !s.Run.Known: // nobody tells
		return
	case r == nil:
		h.writeLast(s)
		return
	}
	style := stateStyle(r)
	what := strings.Join(r.Stages, " + ")
	if what == "" {
		what = "a plan"
	}
	about := fmt.Sprintf("by %s, began %s ago", or(r.By, format.Unknown), s.Ago(r.StartedAt))
	if r.State != state.RunOrphaned { // else why has it
		about += fmt.Sprintf(", process %d", r.PID)
	}
	if width >= roomForID {
		about += ", run " + r.ID
	}
	if age := s.Now.Sub(r.ToldAt); r.State == state.RunOrphaned || age > oldRun {
		about += ", as of " + s.Ago(r.ToldAt) + " ago"
	}
	p.Say(cell.Strong.Span(what+"  "), style.Span(strings.ToUpper(string(r.State))+"  "), cell.Faint.Span(about))
	share, known := shareOf(r)
	percent, text := format.Percent(math.Floor(100*share)), view.RunBytes(r)+view.RunPace(r)
	bytes := cell.Plain
	if r.Bytes == nil || r.BytesDone == nil {
		bytes = cell.Unknown
	}
	if !known {
		percent, style = format.Unknown, cell.Unknown
	}
	bar := bar(share, min(barWidth, max(width-6-len(percent)-len(text), 10)), ascii)
	p.Say(style.Span(bar+" "), cell.Strong.Span(percent+"  "), bytes.Span(text))
	p.Fact("moved", cell.Plain, view.RunMoved(r))
	p.Fact("throttle", cell.Plain, view.RunThrottle(r))
	if r.Why != "" {
		p.Fact("why", cell.Warning, r.Why)
	}
	if r.State == state.RunOrphaned {
		p.Fact("next", cell.KeyName, "R goes on with it (moves resume), X takes it back (moves cancel)")
	}
}

// writeLast says which run was the last, as the journal has it.
func (h *head) writeLast(s pane.Scene) {
	of := lastRun(s)
	if of == nil {
		h.page.Say(cell.Faint.Span("no run is on: kdeck drain and kdeck apply start one"))
		return
	}
	h.page.Say(cell.Plain.Span("no run is on; the last one, " + s.Ago(of.Ended) + " ago: " + of.What + ", " + string(of.Result)))
	if of.Result == state.ActionPartial {
		h.page.Fact("next", cell.KeyName, "R goes on with it (moves resume), u takes it back (moves undo)")
	}
}

// lastRun is the run that began last, as the journal has it; nil where it has none.
func lastRun(s pane.Scene) *state.Action {
	if s.State == nil || s.State.Audit.Value == nil {
		return nil
	}
	actions := s.State.Audit.Value.Actions
	for i := range actions {
		if actions[i].Is == state.ActionRun && actions[i].Run != "" {
			return &actions[i]
		}
	}
	return nil
}

func or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

func stateStyle(r *state.Run) cell.Style {
	switch r.State {
	case state.RunRunning:
		return cell.OK
	case state.RunOrphaned:
		return cell.Critical
	}
	return cell.Warning
}

// shareOf is how much of a run is done: in bytes or, where these aren't known or there are none, in partitions.
func shareOf(r *state.Run) (share float64, known bool) {
	switch {
	case r.Bytes != nil && r.BytesDone != nil && *r.Bytes > 0:
		share = float64(*r.BytesDone) / float64(*r.Bytes)
	case r.Moves > 0:
		share = float64(r.Done+r.Skipped) / float64(r.Moves)
	default:
		return 0, false
	}
	return min(max(share, 0), 1), true
}

// bar draws a share, 0 to 1. It is full only at 1.
func bar(share float64, width int, ascii bool) string {
	full, rest := "█", "░"
	if ascii {
		full, rest = "#", "."
	}
	n := int(math.Floor(share * float64(width)))
	return strings.Repeat(full, n) + strings.Repeat(rest, width-n)
}
