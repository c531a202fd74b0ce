package metrics

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
)

// maxText bounds what is kept of a text in a JSON answer, such as a bean's name.
const maxText = 64 << 10

// A jsonStream reads JSON as it comes, without holding more of it than one text. What encoding/json reads it holds whole: an answer
// with a map of 100,000 beans is a single value to it. The methods do nothing once there is an error.
type jsonStream struct {
	in      io.Reader
	buf     []byte
	at, end int
	err     error
	word    []byte // the last text or number
}

var errNoJSON = errors.New("it is no JSON")

func newJSONStream(in io.Reader) *jsonStream { return &jsonStream{in: in, buf: make([]byte, 64<<10)} }

// fail keeps the first error.
func (s *jsonStream) fail(err error) {
	if s.err == nil {
		s.err = err
	}
	s.at, s.end = 0, 0
}

// byte returns the next byte; 0 where there is none.
func (s *jsonStream) byte() byte {
	for s.at == s.end {
		if s.err != nil {
			return 0
		}
		n, err := s.in.Read(s.buf)
		s.at, s.end = 0, n
		if n == 0 && err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			s.fail(err)
			return 0
		}
	}
	c := s.buf[s.at]
	s.at++
	return c
}

// peek returns the next byte that is no blank, and leaves it there.
func (s *jsonStream) peek() byte {
	for {
		switch c := s.byte(); c {
		case ' ', '\t', '\r', '\n':
		case 0:
			if s.err == nil {
				s.fail(errNoJSON)
			}
			return 0
		default:
			s.at--
			return c
		}
	}
}

// take reads a character that has to come next.
func (s *jsonStream) take(want byte) bool {
	if s.peek() != want {
		s.fail(errNoJSON)
		return false
	}
	s.at++
	return true
}

// elements reads a list or an object up to its end, and calls each before every element.
func (s *jsonStream) elements(begin, end byte, each func()) {
	if !s.take(begin) {
		return
	}
	for first := true; s.err == nil; first = false {
		switch c := s.peek(); {
		case c == end:
			s.at++
			return
		case first:
		case !s.take(','):
			return
		}
		each()
	}
}

// fields reads an object, and calls each before every value. The name is valid until the next text is read.
func (s *jsonStream) fields(each func(name []byte)) {
	s.elements('{', '}', func() {
		if name := s.text(); s.take(':') {
			each(name)
		}
	})
}

// text reads a text. What is longer than maxText is left out.
func (s *jsonStream) text() []byte {
	s.word = s.word[:0]
	if !s.take('"') {
		return nil
	}
	escaped := false
	for s.err == nil {
		// Most texts have nothing to unescape, and lie in the buffer as a whole.
		rest := s.buf[s.at:s.end]
		n := bytes.IndexAny(rest, `"\`)
		if n < 0 {
			n = len(rest)
		}
		s.keep(rest[:n])
		s.at += n
		switch c := s.byte(); {
		case s.err != nil:
		case c == '"':
			if escaped {
				return s.unescaped()
			}
			return s.word
		case c == '\\':
			escaped = true
			s.keep([]byte{c, s.byte()})
		default:
			s.at-- // of the next buffer
		}
	}
	return nil
}

func (s *jsonStream) keep(part []byte) {
	if len(s.word)+len(part) <= maxText {
		s.word = append(s.word, part...)
	}
}

func (s *jsonStream) unescaped() []byte {
	var text string
	quoted := make([]byte, 0, len(s.word)+2)
	quoted = append(append(append(quoted, '"'), s.word...), '"')
	if json.Unmarshal(quoted, &text) != nil {
		s.fail(errNoJSON)
		return nil
	}
	s.word = append(s.word[:0], text...)
	return s.word
}

// scalar reads a number or one of true, false and null.
func (s *jsonStream) scalar() []byte {
	s.peek()
	s.word = s.word[:0]
	for s.err == nil {
		switch c := s.byte(); {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '-', c == '+', c == '.', c == 'E':
			s.keep([]byte{c})
		default:
			if s.err == nil {
				s.at--
			}
			if len(s.word) == 0 {
				s.fail(errNoJSON)
			}
			return s.word
		}
	}
	return s.word
}

// skip reads a value that isn't wanted.
func (s *jsonStream) skip() {
	for depth := 0; s.err == nil; {
		switch c := s.peek(); c {
		case '{', '[':
			depth++
			s.at++
		case '}', ']':
			depth--
			s.at++
		case ',', ':':
			s.at++
		case '"':
			s.text()
		default:
			s.scalar()
		}
		if depth <= 0 {
			return
		}
	}
}
