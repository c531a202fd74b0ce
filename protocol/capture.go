package protocol

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	defs "kdeck/protocol/message"
)

// Capture is a request or an answer whose bytes kdeck didn't send or receive: from a packet capture or a log.
type Capture struct {
	Message *defs.Message
	Header  *Header // nil where the bytes are a body alone
	Frame   []byte  // all bytes, a length in front included
	Spans   []defs.Span
	Body    []byte
}

// ParseHex reads bytes that are written as hexadecimal digits: in one piece, with blanks or colons between, with 0x, or
// as the lines of a dump with offsets in front and text behind. Bytes that aren't text are taken as they are.
func ParseHex(text []byte) ([]byte, error) {
	if !isText(text) {
		return text, nil
	}
	var out []byte
	for n, line := range bytes.Split(text, []byte("\n")) {
		digits := hexDigits(string(line))
		b, err := hex.DecodeString(digits)
		if err != nil {
			return nil, fmt.Errorf("line %d is no hex: %.60q", n+1, line)
		}
		out = append(out, b...)
	}
	if len(out) == 0 {
		return nil, errors.New("no bytes")
	}
	return out, nil
}

func isText(b []byte) bool {
	for _, c := range b {
		if c >= 0x7f || c < ' ' && c != '\n' && c != '\r' && c != '\t' {
			return false
		}
	}
	return true
}

// hexDigits takes the digits out of a line: what stands before a first colon that blanks follow is an offset, and so is
// a first word of 7 digits or more that single bytes follow; what stands behind two blanks or a bar is text.
func hexDigits(line string) string {
	line = strings.TrimSpace(line)
	if at := strings.Index(line, ": "); at >= 0 && at <= 10 {
		line = strings.TrimSpace(line[at+2:])
		if at := strings.Index(line, "  "); at >= 0 {
			line = line[:at]
		}
	} else if words := strings.Fields(line); len(words) > 1 && len(words[0]) >= 7 && len(words[1]) == 2 {
		line = strings.Join(words[1:], " ")
	}
	line, _, _ = strings.Cut(line, "|")
	line = strings.ReplaceAll(line, "0x", "")
	return strings.NewReplacer(" ", "", ":", "", ",", "", "\t", "").Replace(line)
}

// DecodeCapture reads bytes as a request, whose header says what it is. Where api is given, which an answer doesn't say, it
// reads them as an answer or a request of that API and version. A length and a header may stand in front or not: of the
// ways to read the bytes it takes the one that leaves none over.
func DecodeCapture(b []byte, api *API, version int16) (*Capture, error) {
	if api == nil {
		frame, offset := withoutLength(b)
		h, body, err := ReadRequestHeader(frame)
		if err != nil {
			return nil, err
		}
		return captureOf(b, offset, h, false, body)
	}
	var first *Capture
	var firstErr error
	frame, offset := withoutLength(b)
	for _, try := range []func() (*Capture, error){
		func() (*Capture, error) {
			h, body, err := readResponseHeader(api, version, frame, true)
			if err != nil {
				return nil, err
			}
			return captureOf(b, offset, h, true, body)
		},
		func() (*Capture, error) { return captureBody(b, api, true, version) },
		func() (*Capture, error) { return captureBody(b, api, false, version) },
	} {
		f, err := try()
		if err == nil && Identify(f.Message, f.Body).Whole() {
			return f, nil
		}
		if firstErr == nil && err != nil {
			firstErr = err
		}
		if first == nil && err == nil {
			first = f
		}
	}
	if first != nil {
		return first, nil
	}
	return nil, firstErr
}

// withoutLength takes a frame's length off, where there is one that fits.
func withoutLength(b []byte) (frame []byte, offset int) {
	if len(b) > 4 && int64(binary.BigEndian.Uint32(b)) == int64(len(b)-4) {
		return b[4:], 4
	}
	return b, 0
}

func captureOf(b []byte, offset int, h *Header, response bool, body []byte) (*Capture, error) {
	f := &Capture{Header: h, Frame: b, Body: body}
	if offset > 0 {
		f.Spans = lengthSpan(len(b) - offset)
	}
	f.Spans = append(f.Spans, shifted(h.spans, offset)...)
	f.Spans = append(f.Spans, defs.Annotate(h.API.API, response, h.Version, body, len(b)-len(body))...)
	var err error
	f.Message, err = defs.Decode(h.API.API, response, h.Version, body)
	return f, err
}

func captureBody(b []byte, api *API, response bool, version int16) (*Capture, error) {
	m, err := defs.Decode(api.API, response, version, b)
	return &Capture{Message: m, Frame: b, Body: b, Spans: defs.Annotate(api.API, response, version, b, 0)}, err
}
