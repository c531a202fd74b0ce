package machine

import (
	"fmt"
	"strings"

	"kdeck/ops/format"
	"kdeck/ops/health"
	"kdeck/ops/state"
	"kdeck/ops/view"
	"kdeck/ui/cell"
	"kdeck/ui/pane"
)

// sayFinding writes a finding; whole: with its evidence, and what to do next.
func sayFinding(to *pane.Page, f state.Finding, whole bool) {
	to.Say(pane.SeverityStyle(f.Severity).Span(fmt.Sprintf("%-4s  ", view.SeverityWord(f.Severity))), cell.Strong.Span(f.Sentence))
	if f.Severity == state.SeverityOK {
		return
	}
	if f.Next != "" {
		to.Say(cell.Faint.Span("      next: "), cell.Info.Span(f.Next))
	}
	if !whole {
		return
	}
	for _, e := range f.Evidence {
		to.Say(cell.Plain.Span("      "), cell.Faint.Span(e))
	}
}

// describe writes what a thread does and waits for.
func (p *Pane) describe(to *pane.Page, s pane.Scene, of pane.Detail) {
	h := s.State.Host
	r, ok := p.row(of.ID)
	if !ok || h == nil {
		to.Say(cell.Warning.Span("it was not seen in the latest look"))
		return
	}
	to.Say(cell.Strong.Span(r.Name))
	to.Fact("group", cell.Plain, string(r.Group))
	if r.TID != "" {
		to.Fact("thread", cell.Plain, r.TID)
	}
	counted := func(r state.Reading[float64]) string {
		if !r.Known {
			return format.Unknown + " " + r.Why
		}
		return format.Percent(100*r.Value) + " of the time, by schedstat"
	}
	sampled := func(share float64) string {
		return fmt.Sprintf("%s of the samples, ± %s", format.Percent(100*share), format.Percent(100*r.Error))
	}
	to.Fact("on a core", cell.Plain, counted(r.OnCore))
	to.Fact("no core", pane.FigureStyle(health.ThreadWithoutCore(r.Group, r.WaitingForCore.Or(0))), counted(r.WaitingForCore))
	to.Fact("disk", pane.FigureStyle(health.ThreadOnDisk(r.Group, r.Disk)), sampled(r.Disk))
	to.Fact("idle", cell.Plain, sampled(r.Idle))
	if len(r.Calls) > 0 {
		to.Head("IN CALLS")
		for _, c := range r.Calls {
			text := format.Percent(100 * c.Share)
			if c.Disk > 0 {
				text += ", " + format.Percent(100*c.Disk) + " for a device"
			}
			to.Fact("  "+c.Call, cell.Plain, text)
		}
	}
	first := true
	for _, w := range h.Waits {
		if fmt.Sprint(w.TID) != r.TID {
			continue
		}
		if first {
			to.Head("WAITS FOR")
			first = false
		}
		describeWait(to, w)
	}
}

func describeWait(to *pane.Page, w state.HostWait) {
	text := fmt.Sprintf("%s %s", w.Call, format.Percent(100*w.Share))
	if w.Topic != "" {
		text += fmt.Sprintf(", %s-%d", w.Topic, w.Partition)
	} else if w.File != "" {
		text += ", " + w.File
	}
	if w.LogDir != "" {
		text += " in " + w.LogDir
	}
	if w.Client != "" {
		text += ", to " + w.Client
		for _, known := range append(append([]string{w.ClientName}, w.ClientIDs...), w.Users...) {
			if known != "" {
				text += " (" + known + ")"
			}
		}
	}
	if w.Bytes > 0 {
		text += ", up to " + format.Bytes(w.Bytes) + " in one call"
	}
	if w.Behind > 0 {
		text += fmt.Sprintf(", at least %s behind it", format.Count(w.Behind, "other connection"))
	}
	to.Say(cell.Plain.Span("  "), cell.Plain.Span(text))
}

// describeFigures writes how the JVM, the log dirs and the machine were.
func describeFigures(to *pane.Page, h *state.Host) {
	const column = 28
	dir := ""
	for _, f := range view.HostFigures(h) {
		if of, figure, ok := strings.Cut(f.Name, ") "); ok { // of a log dir, whose path may be long
			if of != dir {
				dir = of
				to.Say(cell.Plain.Span(of + ")"))
			}
			f.Name = "  " + figure
		}
		style := cell.Plain
		if f.Value == format.Unknown { // why stands with what couldn't be read
			style = cell.Unknown
		}
		to.Say(cell.Faint.Span(f.Name+pane.Blanks(max(column-len(f.Name), 1))), style.Span(f.Value))
	}
	for _, u := range h.Unknown {
		text := u.What + ": " + u.Why
		if u.Who != "" {
			text += "; " + u.Who + " could read it"
		}
		to.Say(cell.Unknown.Span(format.Unknown+" "), cell.Unknown.Span(text))
	}
}
