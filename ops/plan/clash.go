package plan

import (
	"fmt"
	"slices"

	"kdeck/assigner"
)

// ClashError says which stages of a chain can't be met together: each of them alone could be left out, and the others
// could be met, as far as this goes.
type ClashError struct {
	Stages []string // in their words
	Err    error    // the planner's
}

func (e *ClashError) Error() string {
	return fmt.Sprintf("%q can't all be met: %v", e.Stages, e.Err)
}

func (e *ClashError) Unwrap() error { return e.Err }

// clashOf narrows a chain that can't be met down to the stages which clash, by leaving out one after the other. It asks the
// evaluator, which reads the demands as the planner does and solves nothing.
func clashOf(in *assigner.Input, stages []Stage, err error) error {
	kind := fmt.Sprintf("%T", err)
	same := func(stages []Stage) error {
		_, err := assigner.Check(in, demandsOf(stages), nil, nil)
		if err == nil || fmt.Sprintf("%T", err) != kind {
			return nil
		}
		return err
	}
	if same(stages) == nil {
		return err // only the search found out, and the error names the demand
	}
	left := slices.Clone(stages)
	for i := 0; i < len(left); {
		without := slices.Delete(slices.Clone(left), i, i+1)
		if e := same(without); e != nil {
			left, err = without, e
		} else {
			i++
		}
	}
	if len(left) < 2 {
		return err
	}
	words := make([]string, len(left))
	for i, s := range left {
		words[i] = s.String()
	}
	return &ClashError{words, err}
}
