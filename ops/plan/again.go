package plan

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"kdeck/ops/format"
	"kdeck/ops/state"
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
			limits = limits.tighter(tighter)
		}
	}
	if limits != nil {
		stages = append(stages, limits)
	}
	return stages, err
}

// Holds refuses a plan that was made for another cluster, or of which a partition isn't as it was when it was made. The plan
// must have a header.
func (p *Plan) Holds(s *state.Snapshot) error {
	if err := p.madeFor(s); err != nil {
		return err
	}
	changed, first := 0, ""
	for i := range p.Header.Before {
		was := &p.Header.Before[i]
		at, ok := s.FindPartition(was.Topic, was.Partition)
		var now []int32
		if ok {
			now = at.AppendLasting(nil)
		}
		if slices.Equal(now, was.Replicas) {
			continue
		}
		if changed++; changed == 1 {
			first = fmt.Sprintf("%v is gone", was)
			if ok {
				first = fmt.Sprintf("%v was on %s and is on %s", was, joinIDs(was.Replicas, " "), joinIDs(now, " "))
			}
		}
	}
	if changed > 0 {
		return fmt.Errorf("the cluster changed since the plan was made (%s in it, %s): make it again", format.Count(changed, "partition"), first)
	}
	return nil
}

func (p *Plan) madeFor(s *state.Snapshot) error {
	if p.Header != nil && p.Header.ClusterID != s.ClusterID {
		return fmt.Errorf("the plan was made for the cluster with the id %q, and this one has %q", p.Header.ClusterID, s.ClusterID)
	}
	return nil
}
