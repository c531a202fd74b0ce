package change

import (
	"fmt"
	"strings"

	"github.com/twmb/franz-go/pkg/kerr"

	"kdeck/protocol"
)

// RefusedError is a change, or a part of one, that the cluster refused.
type RefusedError struct {
	Code    int16  // Kafka's error code
	Message string // the broker's words; may be empty
}

func (e *RefusedError) Error() string {
	name := fmt.Sprintf("error %d", e.Code)
	if k := kerr.TypedErrorForCode(e.Code); k != nil {
		name = k.Message
		if e.Message == "" {
			return name + " (" + k.Description + ")"
		}
	}
	if e.Message == "" {
		return name
	}
	return name + ": " + e.Message
}

// refused returns the error of a broker's answer; nil for code 0.
func refused(code int16, message *string) error {
	if code == 0 {
		return nil
	}
	e := &RefusedError{Code: code}
	if message != nil {
		e.Message = *message
	}
	return e
}

// ClassError is a change of a class above the cap that the context sets.
type ClassError struct {
	API     string
	Class   protocol.Class
	Max     protocol.Class
	Context string // that sets it
}

func (e *ClassError) Error() string {
	return fmt.Sprintf("%s has class %s, and the context %s allows %s at the most in this cluster (max_class): nothing was sent", e.API, e.Class, e.Context, e.Max)
}

// ClusterError is a connection to another cluster than the one that was meant.
type ClusterError struct {
	Addr      string
	Got, Want string // cluster ids
}

func (e *ClusterError) Error() string {
	return fmt.Sprintf("%s belongs to the cluster with the id %q, and the one that was meant has %q: nothing was sent", e.Addr, e.Got, e.Want)
}

// UnrecordedError is a change that was sent and answered, and the answer could not be written to the journal.
type UnrecordedError struct{ Err error }

func (e *UnrecordedError) Error() string {
	return fmt.Sprintf("the change was sent, and what came of it could not be written down: %v", e.Err)
}

// Unwrap returns the journal's error.
func (e *UnrecordedError) Unwrap() error { return e.Err }

// FailedError is a change that no broker took within the deadline.
type FailedError struct {
	API        string
	Tried      []Attempt
	Unanswered bool // a try was sent and not answered, so that the change may have taken effect: see [Uncertain]
}

// Attempt is one try: where, and what came of it.
type Attempt struct {
	Addr string
	Err  error
}

// add adds a failed try. It returns an error where trying on is of no use: err itself, or e where an earlier try may have
// taken effect.
func (e *FailedError) add(addr string, unanswered bool, err error) error {
	e.Tried = append(e.Tried, Attempt{addr, err})
	e.Unanswered = e.Unanswered || unanswered
	switch {
	case retryable(err):
		return nil
	case e.Unanswered:
		return e
	}
	return err
}

func (e *FailedError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s was not taken by any broker", e.API)
	if e.Unanswered {
		b.Reset()
		fmt.Fprintf(&b, "%s got no answer and may have taken effect: look at the cluster before it is sent again", e.API)
	}
	for _, t := range e.Tried {
		fmt.Fprintf(&b, "; %s: %v", t.Addr, t.Err)
	}
	if len(e.Tried) == 0 {
		b.WriteString(": there is no live broker to send it to")
	}
	return b.String()
}

// Unwrap returns the error of each attempt.
func (e *FailedError) Unwrap() []error {
	errs := make([]error, len(e.Tried))
	for i, t := range e.Tried {
		errs[i] = t.Err
	}
	return errs
}
