package subcmd

import (
	"errors"
	"fmt"

	"kdeck/ops/change"
)

// The exit codes besides 0: the answer is no or something failed; or the command could not run at all.
const (
	exitNo      = 1
	exitRefused = 2
)

// An exit is an error with the code that the process ends with. Every other error ends it with exitRefused.
type exit struct {
	code int
	err  error // nil: nothing more to say
}

func (e *exit) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

func (e *exit) Unwrap() error { return e.err }

// answerNo ends the process with the answer "no", which has been written already.
func answerNo() error { return &exit{code: exitNo} }

// failed ends the process with 1 and says why; with 2 where the cap on the class kept everything from being sent.
func failed(err error) error {
	if _, capped := errors.AsType[*change.ClassError](err); capped {
		return &exit{exitRefused, err}
	}
	return &exit{exitNo, err}
}

// refused ends the process because of bad input: nothing was sent.
func refused(format string, args ...any) error {
	return &exit{exitRefused, fmt.Errorf(format, args...)}
}

func codeOf(err error) int {
	var e *exit
	switch {
	case err == nil:
		return 0
	case errors.As(err, &e):
		return e.code
	}
	return exitRefused
}
