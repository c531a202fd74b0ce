package change

import (
	"errors"
	"fmt"
	"slices"
)

// ErrNotTaken is the error of the parts of a change that were not taken because their request failed as a whole, or was not
// sent because an earlier one failed.
var ErrNotTaken = errors.New("not taken: its request failed")

var errLeftOut = errors.New("the broker's answer leaves it out")

// Uncertain tells whether a change that returned err may have taken effect all the same: it was sent, and no answer refuses
// it. Then the state of the cluster has to be read again.
func Uncertain(err error) bool {
	var failed *FailedError
	var unrecorded *UnrecordedError
	return errors.As(err, &failed) && failed.Unanswered || errors.As(err, &unrecorded) || errors.Is(err, errLeftOut)
}

// inChunks sends the parts of a change in requests of size parts at the most. It returns one error for each part, in order,
// also when a request fails: nil where the part was taken, [ErrNotTaken] after the request that failed. err is that request's.
func inChunks[P any](parts []P, size int, send func([]P) ([]error, error)) (errs []error, err error) {
	for chunk := range slices.Chunk(parts, size) {
		got := slices.Repeat([]error{ErrNotTaken}, len(chunk))
		if err == nil {
			got, err = send(chunk)
		}
		errs = append(errs, got...)
	}
	return errs, err
}

// answers is what a broker's answer says of each part of a change.
type answers[K comparable] struct {
	byPart  map[K]error
	refused []string // for the journal
}

func (a *answers[K]) reset() { a.byPart, a.refused = map[K]error{}, nil }

func (a *answers[K]) add(part K, err error) {
	a.byPart[part] = err
	if err != nil {
		a.refused = append(a.refused, fmt.Sprintf("%v: %v", part, err))
	}
}

// errors returns one error for each part, in order. err is that of the request.
func (a *answers[K]) errors(parts []K, err error) []error {
	if err == nil {
		err = errLeftOut
	} else if !Uncertain(err) {
		err = ErrNotTaken
	}
	errs := make([]error, len(parts))
	for i, part := range parts {
		said, ok := a.byPart[part]
		if errs[i] = said; !ok {
			errs[i] = err
		}
	}
	return errs
}
