package ui

import (
	"errors"
	"fmt"

	"kdeck/ops/view"
)

// didYouMean ends the quotation of an unknown word with the candidate that was probably meant.
func (a *app) didYouMean(word string, candidates []string) string {
	if a.opt.Commands == nil {
		return ""
	}
	if near := a.opt.Commands.Nearest(word, candidates); near != "" {
		return " (did you mean " + near + "?)"
	}
	return ""
}

// explain adds to an error about a word of a filter which one was probably meant.
func (a *app) explain(err error) error {
	var field *view.FieldError
	if errors.As(err, &field) {
		return fmt.Errorf("%w%s", err, a.didYouMean(field.Word, field.Known))
	}
	return err
}
