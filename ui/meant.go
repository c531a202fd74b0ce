package ui

import (
	"errors"
	"fmt"
	"strings"

	"kdeck/ops/plan"
	"kdeck/ops/view"
	"kdeck/protocol/message"
	"kdeck/ui/pane"
)

// didYouMean ends the quotation of an unknown word with the candidate that was probably meant.
func (a *app) didYouMean(word string, candidates []string) string {
	if a.opt.Commands == nil || word == "" || len(candidates) == 0 {
		return ""
	}
	if near := a.opt.Commands.Nearest(word, candidates); near != "" {
		return " (did you mean " + near + "?)"
	}
	return ""
}

// explain adds to an error about an unknown word which one was probably meant. Of a line that isn't broken it stands before the
// list of all of them, for which a narrow screen has no room.
func (a *app) explain(err error) error {
	var field *view.FieldError
	var stage *plan.UnknownWordError
	var value *message.FieldError
	var word *pane.WordError
	switch {
	case strings.Contains(err.Error(), "did you mean"): // the command line has said it
		return err
	case errors.As(err, &word):
		return fmt.Errorf("no %s %q%s: there are %s", word.What, word.Word, a.didYouMean(word.Word, word.Known), strings.Join(word.Known, ", "))
	case errors.As(err, &stage):
		return fmt.Errorf("%w%s", err, a.didYouMean(stage.Word, stage.Known))
	case errors.As(err, &value):
		return fmt.Errorf("%w%s", err, a.didYouMean(value.Word, value.Known))
	case !errors.As(err, &field):
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
