package plan

import (
	"slices"
	"strings"

	"kdeck/ops/plan"
	"kdeck/ui/pane"
	"kdeck/ui/table"
)

// draft is what is asked for: the stages, and the changes that were taken out by hand. It is never changed once it is
// made, so that an older one can be returned to.
type draft struct {
	stages  []plan.Stage
	dropped map[table.ID]bool
}

// words are the stages as the command line takes them.
func (d draft) words() string {
	all := make([]string, len(d.stages))
	for i, s := range d.stages {
		all[i] = s.String()
	}
	return strings.Join(all, " + ")
}

// with is the draft with a stage's words in place of those from stage i to before j; no words take them away. The
// whole is read again, so that what binds the plan as a whole finds its place at the end.
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

// without is the draft with more changes taken out.
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

// change takes a new draft, keeps the old one to be returned to, and plans.
func (p *Pane) change(d draft) []pane.Effect {
	const most = 50
	p.before = append(p.before, p.draft)
	if len(p.before) > most {
		p.before = p.before[1:]
	}
	return p.take(d)
}

// take makes a draft the one in force.
func (p *Pane) take(d draft) []pane.Effect {
	p.draft = d
	p.chosen = max(min(p.chosen, len(d.stages)-1), 0)
	return p.work(false)
}

// askStage has the words of a stage typed, which take the place of those from stage i to before j.
func (p *Pane) askStage(text, refused string, i, j int) []pane.Effect {
	return []pane.Effect{pane.Field{Label: "stage", Text: text, Refused: refused, Offers: p.complete, Done: func(line string) []pane.Effect {
		if line == "" {
			return p.askStage("", "a stage is a word such as drain, and what it is about: drain 7", i, j)
		}
		d, err := p.draft.with(i, j, line)
		if err != nil {
			return p.askStage(line, err.Error(), i, j)
		}
		p.chosen = i
		return p.change(d)
	}}}
}

// remove takes the chosen stage out.
func (p *Pane) remove() []pane.Effect {
	d, err := p.draft.with(p.chosen, p.chosen+1)
	if err != nil {
		return pane.Fail(err)
	}
	return p.change(d)
}

// shift moves the chosen stage by one place.
func (p *Pane) shift(by int) []pane.Effect {
	to := p.chosen + by
	if to < 0 || to >= len(p.draft.stages) {
		return []pane.Effect{pane.Say{Text: "the stage is at the end of the chain"}}
	}
	low := min(p.chosen, to)
	first, second := p.draft.stages[low].String(), p.draft.stages[low+1].String()
	d, err := p.draft.with(low, low+2, second, first)
	if err != nil {
		return pane.Fail(err)
	}
	if d.words() == p.draft.words() {
		return []pane.Effect{pane.Say{Text: "limits bind the whole plan: they stay at its end"}}
	}
	p.chosen = to
	return p.change(d)
}

// undo goes back to the draft before.
func (p *Pane) undo() []pane.Effect {
	last := len(p.before) - 1
	d := p.before[last]
	p.before = p.before[:last]
	return p.take(d)
}

// Command implements [pane.Screen].
func (p *Pane) Command() []string {
	if len(p.draft.stages) == 0 {
		return nil
	}
	return append([]string{"plan"}, strings.Fields(p.draft.words())...)
}

// Take implements [pane.Screen]: words that are a chain of stages become the plan's.
func (p *Pane) Take(words []string) ([]pane.Effect, pane.Taken) {
	stages, err := plan.Parse(words)
	if err != nil {
		return nil, pane.AsCommand
	}
	return p.change(draft{stages: stages}), pane.AsOwn
}
