package ask

import (
	"errors"
	"fmt"
	"strings"

	"kdeck/protocol"
	"kdeck/protocol/message"
)

// ErrNoName says that the words don't name a request and the body isn't a line of a request log, which would.
var ErrNoName = errors.New("which request? NAME[@VERSION] comes first")

// BodyError says that the body of a request can't be read.
type BodyError struct{ Err error }

func (e *BodyError) Error() string { return e.Err.Error() }
func (e *BodyError) Unwrap() error { return e.Err }

// ParseRequest reads a request from NAME[@VERSION] and path=value words, which are set in its body. The body is YAML, JSON, or
// a line of a broker's request log, which names the request itself; nil is the request's defaults. Every version is tried,
// so that a request that no version can encode is an error, and so is a version that kdeck doesn't know, unless forced.
// Errors are [ErrNoName], [*BodyError], [*protocol.UnknownAPIError], [*message.FieldError] and others.
func ParseRequest(words []string, body []byte, force bool) (*Request, error) {
	line, err := message.ParseLogLine(body)
	if err != nil {
		return nil, &BodyError{err}
	}
	r := &Request{Pinned: -1, Force: force}
	switch {
	case len(words) > 0 && !strings.Contains(words[0], "="):
		if r.API, r.Pinned, err = protocol.FindAPI(words[0]); err != nil {
			return nil, err
		}
		words = words[1:]
		if line != nil && line.API.Key != r.API.Key {
			return nil, &BodyError{fmt.Errorf("it is a line about %s, and %s was asked for", line.API.Name, r.API.Name)}
		}
	case line != nil:
		r.API, _ = protocol.APIByKey(line.API.Key)
	default:
		return nil, ErrNoName
	}
	var document *message.Document
	switch {
	case line != nil:
		document = line.Request
		if r.Pinned < 0 {
			r.Pinned = line.Version
		}
	case body != nil:
		if document, err = message.ParseDocument(body); err != nil {
			return nil, &BodyError{err}
		}
	}
	r.Build = func(version int16) (*message.Message, error) {
		m := message.New(r.API.API, version)
		if document != nil {
			if err := m.Merge(document); err != nil {
				return nil, err
			}
		}
		return m, setWords(m, words)
	}
	return r, r.tryVersions()
}

// setWords sets path=value words; those without = go into the request's main list, before the others.
func setWords(m *message.Message, words []string) error {
	var loose []string
	for _, w := range words {
		if !strings.Contains(w, "=") {
			loose = append(loose, w)
		}
	}
	if len(loose) > 0 {
		list := m.MainList()
		if list == nil {
			return fmt.Errorf("%q: %s has no one list that it could go into: write path=value", loose[0], m.API.Name)
		}
		if err := m.Set(list.Name, strings.Join(loose, ",")); err != nil {
			return err
		}
	}
	for _, w := range words {
		if path, value, found := strings.Cut(w, "="); found {
			if err := m.Set(path, value); err != nil {
				return err
			}
		}
	}
	return nil
}

// tryVersions finds the versions that can encode the request.
func (r *Request) tryVersions() error {
	if r.Pinned >= 0 {
		if !r.API.Versions.Holds(r.Pinned) && !r.Force {
			return fmt.Errorf("%s@%d: kdeck knows versions %s; --force sends it all the same", r.API.Name, r.Pinned, r.API.Versions)
		}
		r.Versions = []int16{r.Pinned}
		_, err := r.Build(r.Pinned)
		return err
	}
	var newest error
	for v := r.API.Versions.To; v >= r.API.Versions.From; v-- {
		_, err := r.Build(v)
		if err == nil {
			r.Versions = append([]int16{v}, r.Versions...)
		} else if v == r.API.Versions.To {
			newest = err
		}
	}
	if len(r.Versions) == 0 {
		return newest
	}
	return nil
}
