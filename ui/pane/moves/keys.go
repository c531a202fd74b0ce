package moves

import (
	"fmt"
	"strings"

	"kdeck/ops/format"
	"kdeck/ops/state"
	"kdeck/ui/layout"
	"kdeck/ui/pane"
)

func rect(x, y, w, h int) layout.Rect { return layout.Rect{X: x, Y: y, W: w, H: h} }

// commands are the commands below `kdeck moves`. They are no filter.
var commands = []string{"abandon", "cancel", "continue", "limit", "pause", "resume", "stop", "throttle", "undo"}

// keys are the pane's own keys. One pauses; the others put the command that they stand for into the palette, where it is run.
func (p *Pane) keys() []pane.Binding {
	none := ""
	m, ok := p.Table.Current()
	if !ok {
		none = "there is no move to open"
	}
	keys := []pane.Binding{{Keys: []string{"enter", "d"}, Show: "enter", Help: "open the partition", Label: "open", Group: pane.Going, Disabled: none,
		Do: func() []pane.Effect {
			id, filter := pane.PartitionID(m.Partition), "is:moving"
			if !m.InFlight() {
				filter = "topic:" + format.FilterValue(m.Topic().Name())
			}
			return []pane.Effect{pane.Open{Pane: "partitions", Filter: filter, Row: &id}}
		}}}
	return append(keys, p.steering()...)
}

// steering are the keys that steer the run.
func (p *Pane) steering() []pane.Binding {
	r := p.Scene.Run.Value
	off := ""
	switch {
	case r == nil && p.Scene.Run.Why != "":
		off = "whether a run is on isn't known: " + p.Scene.Run.Why
	case r == nil:
		off = "no run is on"
	case r.State == state.RunOrphaned:
		off = "the process of the run is gone: R goes on with it"
	}
	command := func(key, label, help, line, disabled string) pane.Binding {
		return pane.Binding{Keys: []string{key}, Label: label, Help: help + ": kdeck " + strings.TrimSpace(line), Group: pane.OnRows, Changes: disabled == "", Disabled: disabled,
			Do: func() []pane.Effect { return []pane.Effect{pane.Palette{Line: line}} }}
	}
	stopping := off
	if off == "" && r.State == state.RunStopping {
		stopping = "the run is stopping already"
	}
	noOrphan, noMove, noUndo := "", "", ""
	orphaned := r != nil && r.State == state.RunOrphaned
	if last := lastRun(p.Scene); !orphaned && (r != nil || !p.Scene.Run.Known || last == nil || last.Result != state.ActionPartial) {
		noOrphan = "no run was left undone"
	}
	line, named := p.cancelLine()
	switch {
	case p.flying == 0:
		noMove = "nothing is being reassigned"
	case named == 0 && p.Table.Marks() > 0:
		noMove = "what is marked waits, and there is nothing to cancel: S stops the run"
	}
	if off == "" {
		noUndo = "the run is on: S ends it first"
	}
	return []pane.Binding{
		p.pauseKey(r, stopping),
		command("t", "throttle", "change the throttle of the run", "moves throttle --execute "+throttleOf(r), off),
		command("m", "limit", "change how many partitions the run moves at once", "moves limit --execute "+limitOf(r), stopping),
		command("S", "stop", "finish what is in flight, put the throttle back and end the run", "moves stop --execute", stopping),
		command("R", "resume", "go on with a run whose process is gone, or that was stopped, with the throttle that it had", "moves resume --execute", noOrphan),
		command("X", "cancel", "take back the marked moves, or all that kdeck started here", line, noMove),
		command("u", "undo", "move back what the last run moved", "moves undo", noUndo),
	}
}

// pauseKey pauses the run at once, or goes on with one that somebody paused.
func (p *Pane) pauseKey(r *state.Run, off string) pane.Binding {
	if r != nil && PausedBySomebody(r) {
		line := "moves continue --execute"
		return pane.Binding{Keys: []string{"p"}, Label: "continue", Help: "go on after the pause: kdeck " + line, Group: pane.OnRows, Changes: off == "", Disabled: off,
			Do: func() []pane.Effect { return []pane.Effect{pane.Palette{Line: line}} }}
	}
	return pane.Binding{Keys: []string{"p"}, Label: "pause", Help: "submit nothing more for now, at once and without a phrase: kdeck moves pause", Group: pane.OnRows, Disabled: off,
		Do: func() []pane.Effect { return []pane.Effect{pane.Run{Line: "moves pause", Briefly: true}} }}
}

// PausedBySomebody tells a run that a user paused from one that waits for the cluster.
func PausedBySomebody(r *state.Run) bool {
	return r.State == state.RunPaused && strings.HasPrefix(r.Why, "paused by ")
}

// throttleOf is the throttle of a run as a flag takes it.
func throttleOf(r *state.Run) string {
	switch {
	case r == nil:
		return ""
	case r.Auto:
		return "auto"
	case r.Throttle == nil:
		return "none"
	case *r.Throttle%1e6 == 0:
		return fmt.Sprintf("%dMB", *r.Throttle/1e6)
	}
	return fmt.Sprintf("%dkB", *r.Throttle/1e3)
}

func limitOf(r *state.Run) string {
	if r == nil || r.AtOnce == 0 {
		return ""
	}
	return fmt.Sprint(r.AtOnce)
}

// cancelLine cancels those of the marked moves that are in flight, or all that kdeck started here. named is how many it names.
func (p *Pane) cancelLine() (line string, named int) {
	line = "moves cancel"
	if p.Table.Marks() == 0 {
		return line + " --execute", 0
	}
	for _, m := range p.Table.Marked() {
		if m.InFlight() {
			line += " " + format.Shell(fmt.Sprintf("%s/%d", m.Topic().Name(), m.ID()))
			named++
		}
	}
	return line + " --execute", named
}
