package plan

import (
	"errors"
	"fmt"
	"strings"

	"kdeck/ui/pane"
	"kdeck/ui/table"
)

var (
	errNoStage    = errors.New("a stage is a word such as drain with its arguments: drain 7")
	errNoPlan     = errors.New("there is no plan: + adds a stage")
	errCancelled  = errors.New("cancelled; R plans again")
	errSuperseded = errors.New("the plan was changed")
)

// Bindings implements [pane.Screen].
func (p *Pane) Bindings() []pane.Binding {
	noData, noStage, noPlan, noChange, noRow, noUndo := "", "", "", "", "", ""
	if p.Scene.Snapshot() == nil {
		noData = "the first answer has not come"
	}
	n := len(p.draft.stages)
	if n == 0 {
		noStage = "there is no stage"
	}
	switch {
	case n == 0:
		noPlan = noStage
	case p.pending():
		noPlan = "the plan is not ready yet"
	case !p.ready():
		noPlan = "there is no plan of this chain"
	}
	noChange, noRow = noPlan, noPlan
	if noPlan == "" && p.outcome.empty() {
		noChange = "the plan changes nothing"
	}
	row, ok := p.Table.Current()
	if noRow == "" && !ok {
		noRow = "there is no row"
	}
	if len(p.undo) == 0 {
		noUndo = "there is nothing to undo"
	}
	chain := []pane.Binding{
		{Keys: []string{"+"}, Help: "add a stage after the chosen one", Label: "stage", Group: pane.OnRows, Disabled: noData, Do: func() []pane.Effect {
			at := min(p.chosen+1, n)
			return p.askStage("", nil, at, at)
		}},
		{Keys: []string{"e"}, Help: "edit the chosen stage", Label: "edit", Group: pane.OnRows, Disabled: noStage, Do: func() []pane.Effect {
			return p.askStage(p.draft.stages[p.chosen].String(), nil, p.chosen, p.chosen+1)
		}},
		{Keys: []string{"X"}, Help: "remove the chosen stage", Group: pane.OnRows, Disabled: noStage, Do: p.removeStage},
		{Keys: []string{"("}, Help: "choose the previous stage", Group: pane.OnRows, Disabled: noStage, Do: pane.Quietly(func() { p.chosen = max(p.chosen-1, 0) })},
		{Keys: []string{")"}, Help: "choose the next stage", Group: pane.OnRows, Disabled: noStage, Do: pane.Quietly(func() { p.chosen = min(p.chosen+1, n-1) })},
		{Keys: []string{"{"}, Help: "move the chosen stage to the left", Group: pane.OnRows, Disabled: noStage, Do: func() []pane.Effect { return p.moveStage(-1) }},
		{Keys: []string{"}"}, Help: "move the chosen stage to the right", Group: pane.OnRows, Disabled: noStage, Do: func() []pane.Effect { return p.moveStage(1) }},
		{Keys: []string{"u"}, Help: "undo the last change of the stages, or the last drop", Group: pane.OnRows, Disabled: noUndo, Do: p.undoChange},
		{Keys: []string{"R"}, Help: "plan again, on the cluster as it is now", Group: pane.OnRows, Disabled: noStage, Do: func() []pane.Effect { return p.replan(true) }},
		{Keys: []string{"a"}, Help: "apply: save the plan, and put kdeck apply into the palette", Label: "apply", Group: pane.Going, Disabled: noChange, Do: p.apply},
		{Keys: []string{"w"}, Help: "save the plan to a file", Label: "save", Group: pane.OnRows, Disabled: noChange, Do: func() []pane.Effect { return p.save("", nil) }},
		{Keys: []string{"b"}, Help: "show brokers in bytes, replicas or leaders", Group: pane.OnScreen, Disabled: noPlan, Do: pane.Quietly(func() { p.quantity = (p.quantity + 1) % quantities })},
	}
	if p.open {
		return append(chain, p.summary.Bindings()...)
	}
	rows := []pane.Binding{
		{Keys: []string{"x"}, Help: "drop the marked rows, or this one, from the plan", Label: "drop", Group: pane.OnRows, Disabled: noRow, Do: p.drop},
		{Keys: []string{"enter"}, Help: "open the summary of the plan", Label: "more", Group: pane.Going, Disabled: noPlan, Do: pane.Quietly(func() { p.open = true })},
		{Keys: []string{"d"}, Help: "open the partition", Group: pane.Going, Disabled: noRow, Do: func() []pane.Effect {
			id := row.id()
			return []pane.Effect{pane.Open{Pane: "partitions", Row: &id}}
		}},
	}
	list := p.ListKeys()
	for i := range list {
		if list[i].Keys[0] == "w" { // saves here
			list[i].Keys, list[i].Show = []string{"ctrl+w"}, "^w"
		}
	}
	return append(append(chain, rows...), list...)
}

// drop drops the marked rows, or the one under the cursor, from the plan.
func (p *Pane) drop() []pane.Effect {
	var ids []table.ID
	for _, r := range p.Table.Marked() {
		ids = append(ids, r.id())
	}
	p.Table.Unmark()
	return p.change(p.draft.without(ids))
}

// save asks for a path and writes the plan to it; note stands above the question. When the plan is written, save calls then, which may
// be nil.
func (p *Pane) save(note string, then func() []pane.Effect) []pane.Effect {
	o := p.outcome
	name := fmt.Sprintf("kdeck-plan-%s.json", p.Scene.Now.UTC().Format("20060102T150405Z"))
	none := func(string) []string { return nil }
	return []pane.Effect{pane.Field{Label: "file", Text: name, Refused: note, Offers: none, Done: func(path string) []pane.Effect {
		if path == "" {
			return []pane.Effect{pane.Say{Text: "not saved: a file needs a name", Bad: true}}
		}
		return []pane.Effect{pane.Save{Path: path, To: o.plan.Write, Done: func() []pane.Effect {
			if o != p.outcome {
				return nil // there is another plan by now
			}
			p.saved = path
			if then == nil {
				return nil
			}
			return then()
		}}}
	}}}
}

// apply saves the plan if it isn't, and puts the command into the palette that carries it out after a typed phrase.
func (p *Pane) apply() []pane.Effect {
	if p.saved == "" {
		note := ""
		if !p.Scene.Writable {
			note = "read-only: the plan is saved now, and can be applied after :rw 10m REASON"
		}
		return p.save(note, p.apply)
	}
	if strings.ContainsAny(p.saved, " \t'\"") {
		return []pane.Effect{pane.Say{Text: "the palette can't take a file name with blanks or quotes: " + p.saved, Bad: true}}
	}
	line := "apply " + p.saved + " --execute --throttle "
	if bytes, known := p.outcome.traffic.Bytes(); known && bytes == 0 { // there is nothing to limit
		line += "none"
	}
	return []pane.Effect{pane.Palette{Line: line}}
}
