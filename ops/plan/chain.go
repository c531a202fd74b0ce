package plan

import (
	"errors"
	"fmt"
	"strings"
)

// Words returns the stages of a plan in the words that [Parse] reads, so that the plan can be made again with more stages.
func (p *Plan) Words() ([]string, error) {
	if p.Header == nil || len(p.Header.Stages) == 0 {
		return nil, errors.New("the plan doesn't say which stages it was made of: only a plan of kdeck plan … -o json can be extended")
	}
	words := strings.Fields(strings.Join(p.Header.Stages, " + "))
	if _, err := Parse(words); err != nil {
		return nil, fmt.Errorf("the plan's stages %q can't be read: %w", p.Header.Stages, err)
	}
	return words, nil
}

// Chain is the chain of a plan with more stages behind it, as [ParseMore] returns them. Of a limit that both set, the tighter
// one holds: what was asked for earlier is kept.
func (p *Plan) Chain(more []Stage) ([]Stage, error) {
	words, err := p.Words()
	if err != nil {
		return nil, err
	}
	stages, err := Parse(words)
	if err != nil {
		return nil, err
	}
	limits := cutLimits(&stages)
	tighter := cutLimits(&more)
	switch {
	case limits == nil:
		limits = tighter
	case tighter != nil:
		limits = limits.tightest(tighter)
	}
	stages = append(stages, more...)
	if limits != nil {
		stages = append(stages, limits)
	}
	return stages, nil
}

// cutLimits takes the limits off the end of a chain; nil where there are none.
func cutLimits(stages *[]Stage) *Limits {
	n := len(*stages) - 1
	if n < 0 {
		return nil
	}
	limits, ok := (*stages)[n].(*Limits)
	if ok {
		*stages = (*stages)[:n]
	}
	return limits
}
