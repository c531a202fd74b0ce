package ui

import (
	"fmt"
	"time"

	"kdeck/ops/format"
	"kdeck/ops/health"
	"kdeck/ops/state"
	"kdeck/ops/view"
	"kdeck/ui/cell"
	"kdeck/ui/pane"
)

// single tells that the console has one pane: it shows a broker's machine, and no cluster.
func (a *app) single() bool { return len(a.panes) == 1 }

// lookAge is how long ago the look that is shown ended.
func (a *app) lookAge() time.Duration { return max(a.clock.now().Sub(a.shown.Host.At), 0) }

// machineHeader are the pieces of the header over a broker's machine.
func (a *app) machineHeader(t *cell.Theme) []part {
	s := a.shown
	parts := []part{{style: cell.Cluster, text: s.Context, rank: 1}}
	if s.Host == nil {
		return append(parts, part{style: cell.Unknown, text: "WAITING", glyph: '?', rank: 0})
	}
	worst := state.SeverityOK
	if len(s.Findings) > 0 {
		worst = s.Findings[0].Severity
	}
	said := view.SeverityWord(worst)
	if worst == state.SeverityOK {
		said = "nothing keeps it waiting"
	} else if counts := findingCounts(s.Findings); counts != "" {
		said = counts
	}
	parts = append(parts, part{style: pane.SeverityStyle(worst), text: said, glyph: pane.SeverityGlyph(t, worst), rank: 0})
	age := part{text: "looked " + format.Duration(a.lookAge()) + " ago", rank: 2}
	switch {
	case a.frozen:
		age.style, age.text = cell.Warning|cell.Inverse, " FROZEN "+format.Duration(a.lookAge())+" "
	case s.Failed != "" || a.lookAge() >= health.OldAfter+time.Duration(s.Host.Seconds*float64(time.Second)):
		age.style, age.text = cell.Warning, age.text+" OLD"
	}
	return append(parts, age)
}

// drawLooked draws, where a cluster has its tabs, what was looked at and how.
func (a *app) drawLooked(area cell.Area) {
	h := a.shown.Host
	if h == nil {
		return
	}
	w, _ := area.Size()
	text := fmt.Sprintf("pid %d, %s in %s", h.PID, format.Count(h.Samples, "sample"), format.Duration(time.Duration(h.Seconds*float64(time.Second)).Round(100*time.Millisecond)))
	if h.Late > 0 {
		text += ", " + format.Count(h.Late, "sample") + " left out"
	}
	text += ", names of threads " + view.HostNames(h.Names)
	if h.Java != "" {
		text += ", Java " + h.Java
	}
	area.Fit(1, 0, w-2, cell.Plain, text, false)
}

// machineCost says what the looks cost.
func machineCost(h *state.Host) string {
	if h == nil {
		return ""
	}
	return fmt.Sprintf("kdeck itself: %s of a core, %s", format.Percent(100*h.Cost.Core), format.Bytes(h.Cost.Memory))
}
