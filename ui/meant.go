package ui

import (
	"errors"
	"fmt"
	"strings"

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

// explain adds to an error about a word of a filter which one was probably meant. It stands before the list of all of them, for
// which a narrow screen has no room.
func (a *app) explain(err error) error {
	var field *view.FieldError
	if !errors.As(err, &field) {
		return err
	}
	colon := ""
	if strings.HasSuffix(field.Word, ":") {
		colon = ":"
	}
	known := make([]string, len(field.Known))
	for i, w := range field.Known {
		known[i] = strings.TrimSuffix(w, ":") + colon
	}
	return fmt.Errorf("filter: unknown %q%s; there are %s", field.Word, a.didYouMean(field.Word, known), strings.Join(field.Known, ", "))
}
