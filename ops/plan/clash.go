package plan

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"kdeck/assigner"
)

// ClashError says which stages of a chain can't be met together. Where it can be told from the demands alone, without any of
// them the others could be.
type ClashError struct {
	Stages []string // in their words
	Err    error    // the planner's
}

func (e *ClashError) Error() string {
	return fmt.Sprintf("%q can't all be met: %v", e.Stages, e.Err)
}

func (e *ClashError) Unwrap() error { return e.Err }

// findClash narrows a chain that can't be met down to the stages which clash, by leaving out one after the other. It asks the
// evaluator, which reads the demands as the planner does and solves nothing.
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
	case errors.As(err, &limit): // it says what clashes: the limit, and all others together
		return err
	case errors.As(err, &demotion): // only the search finds out, and names them itself
		if len(demotion.Stages) < 2 {
			return err
		}
		return &ClashError{demotion.Stages, err}
	case same(stages) == nil: // only the search for a plan found out, and to search again would take too long
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
