package plan

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"kdeck/assigner"
)

// ClashError says which stages of a chain can't be met together. Where the demands alone show it, the list is minimal: without
// any one of its stages the others can be met.
type ClashError struct {
	Stages []string // in their words
	Err    error    // of the planner
}

func (e *ClashError) Error() string {
	return fmt.Sprintf("%q can't all be met: %v", e.Stages, e.Err)
}

func (e *ClashError) Unwrap() error { return e.Err }

// findClash narrows a chain that can't be met down to the stages that clash: it leaves out one stage after the other and asks
// [assigner.Check], which checks the demands as the planner does and solves nothing.
func findClash(ctx context.Context, in *assigner.Input, stages []Stage, err error) error {
	kind := fmt.Sprintf("%T", err)
	same := func(stages []Stage) error {
		_, err := assigner.Check(in, demandsOf(stages), nil, nil)
		if err == nil || fmt.Sprintf("%T", err) != kind {
			return nil
		}
		return err
	}
	left := slices.Clone(stages)
	var limit *assigner.LimitError
	var demotion *assigner.DemotionError
	switch {
	case ctx.Err() != nil:
		return err
	case errors.As(err, &limit): // the error names the clash: the limit against all other stages
		return err
	case errors.As(err, &demotion): // only the search finds it, and the error names the stages
		if len(demotion.Stages) < 2 {
			return err
		}
		return &ClashError{demotion.Stages, err}
	case same(stages) == nil: // only the search found it, and to search again would take too long
		return newClashError(stages, err)
	}
	for i := 0; i < len(left); {
		without := slices.Delete(slices.Clone(left), i, i+1)
		if e := same(without); e != nil {
			left, err = without, e
		} else {
			i++
		}
	}
	return newClashError(left, err)
}

func newClashError(stages []Stage, err error) error {
	if len(stages) < 2 {
		return err
	}
	words := make([]string, len(stages))
	for i, s := range stages {
		words[i] = s.String()
	}
	return &ClashError{words, err}
}
