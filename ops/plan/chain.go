package plan

import (
	"errors"
	"fmt"
	"strings"
)

// Words are the words that a plan was asked for with, as [Parse] reads them, so that it can be planned again together with
// more.
func (p *Plan) Words() ([]string, error) {
	if p.Header == nil || len(p.Header.Stages) == 0 {
		return nil, errors.New("the plan doesn't say what it was asked for with: only plans of kdeck plan … -o json can be planned on")
	}
	words := strings.Fields(strings.Join(p.Header.Stages, " + "))
	if _, err := Parse(words); err != nil {
		return nil, fmt.Errorf("the plan's stages %q can't be planned again: %w", p.Header.Stages, err)
	}
	return words, nil
}

// Chain is the chain of a plan with more words behind it, which may be limits alone, or none. Of a limit that both set, the
// tighter one holds: what was asked for earlier is kept.
func (p *Plan) Chain(words []string) ([]Stage, error) {
	own, err := p.Words()
	if err != nil {
		return nil, err
	}
	stages, limits, err := parseChain(own)
	if err == nil && len(words) > 0 {
		more, tighter, moreErr := parseChain(words)
		switch stages, err = append(stages, more...), moreErr; {
		case limits == nil:
			limits = tighter
		case tighter != nil:
			limits = limits.tightest(tighter)
		}
	}
	if limits != nil {
		stages = append(stages, limits)
	}
	return stages, err
}
