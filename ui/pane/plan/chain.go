package plan

import (
	"slices"
	"strings"

	"kdeck/ops/plan"
	"kdeck/ui/pane"
	"kdeck/ui/table"
)

// draft is what the user wants planned: the stages, without the changes that were dropped by hand. A draft never changes.
type draft struct {
	stages  []plan.Stage
	dropped map[table.ID]bool
}

// words returns the stages as the command line takes them.
func (d draft) words() string {
	all := make([]string, len(d.stages))
	for i, s := range d.stages {
		all[i] = s.String()
	}
	return strings.Join(all, " + ")
}

// with returns a draft in which the given stages replace those from i up to but not j. All stages are parsed again, because
// limits of the whole plan move to the end.
func (d draft) with(i, j int, words ...string) (draft, error) {
	all := make([]string, 0, len(d.stages)+1)
	for _, s := range d.stages {
		all = append(all, s.String())
	}
	all = slices.Replace(all, i, j, words...)
	if len(all) == 0 {
		return draft{}, nil
	}
	stages, err := plan.Parse(strings.Fields(strings.Join(all, " + ")))
	return draft{stages: stages}, err
}

// without returns a draft with more changes dropped.
func (d draft) without(ids []table.ID) draft {
	dropped := make(map[table.ID]bool, len(d.dropped)+len(ids))
	for id := range d.dropped {
		dropped[id] = true
	}
	for _, id := range ids {
		dropped[id] = true
	}
	return draft{stages: d.stages, dropped: dropped}
}

// change plans another draft, which undo takes back.
func (p *Pane) change(d draft) []pane.Effect {
	const max = 50
	p.undo = append(p.undo, p.draft)
	if len(p.undo) > max {
		p.undo = p.undo[1:]
	}
	return p.setDraft(d)
}

func (p *Pane) setDraft(d draft) []pane.Effect {
	p.draft = d
	p.chosen = max(min(p.chosen, len(d.stages)-1), 0)
	return p.replan(false)
}

// askStage asks for a stage that replaces those from i up to but not j.
func (p *Pane) askStage(text string, wrong error, i, j int) []pane.Effect {
	return []pane.Effect{pane.Field{Label: "stage", Text: text, Err: wrong, Offers: p.complete, Done: func(line string) []pane.Effect {
		if line == "" {
			return p.askStage("", errNoStage, i, j)
		}
		d, err := p.draft.with(i, j, line)
		if err != nil {
			return p.askStage(line, err, i, j)
		}
		p.chosen = i
		return p.change(d)
	}}}
}

// removeStage removes the chosen stage.
func (p *Pane) removeStage() []pane.Effect {
	d, err := p.draft.with(p.chosen, p.chosen+1)
	if err != nil {
		return pane.Fail(err)
	}
	return p.change(d)
}

// moveStage moves the chosen stage by one place.
func (p *Pane) moveStage(by int) []pane.Effect {
	to := p.chosen + by
	if to < 0 || to >= len(p.draft.stages) {
		return []pane.Effect{pane.Say{Text: "the stage is at the end of the chain already"}}
	}
	low := min(p.chosen, to)
	first, second := p.draft.stages[low].String(), p.draft.stages[low+1].String()
	d, err := p.draft.with(low, low+2, second, first)
	if err != nil {
		return pane.Fail(err)
	}
	if d.words() == p.draft.words() {
		return []pane.Effect{pane.Say{Text: "limits apply to the whole plan: they stay at its end"}}
	}
	p.chosen = to
	return p.change(d)
}

// undoChange goes back to the draft before.
func (p *Pane) undoChange() []pane.Effect {
	last := len(p.undo) - 1
	d := p.undo[last]
	p.undo = p.undo[:last]
	return p.setDraft(d)
}

// Command implements [pane.Screen].
func (p *Pane) Command() []string {
	if len(p.draft.stages) == 0 {
		return nil
	}
	return append([]string{"plan"}, strings.Fields(p.draft.words())...)
}

// Take implements [pane.Screen]. Words that are a chain of stages replace the plan's.
func (p *Pane) Take(words []string) ([]pane.Effect, pane.Taken) {
	stages, err := plan.Parse(words)
	if err != nil {
		return nil, pane.AsCommand
	}
	return p.change(draft{stages: stages}), pane.AsOwn
}
