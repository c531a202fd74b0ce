package protocol

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/twmb/franz-go/pkg/kmsg"

	defs "kdeck/protocol/message"
)

// readAhead is the most that is allocated for an answer on the word of its length alone.
const readAhead = 4 << 20

// appendRequest appends a request's frame: length, header, body. kmsg's own formatter leaves the length and the
// body out of ControlledShutdown v0, whose header has no client id.
func appendRequest(b []byte, req Request, correlation int32, clientID string) []byte {
	start := len(b)
	b = binary.BigEndian.AppendUint16(append(b, 0, 0, 0, 0), uint16(req.Key()))
	b = binary.BigEndian.AppendUint16(b, uint16(req.GetVersion()))
	b = binary.BigEndian.AppendUint32(b, uint32(correlation))
	if req.Key() != keyControlledShutdown || req.GetVersion() > 0 {
		b = append(binary.BigEndian.AppendUint16(b, uint16(len(clientID))), clientID...)
	}
	if req.IsFlexible() {
		b = append(b, 0) // no tagged fields
	}
	b = req.AppendTo(b)
	binary.BigEndian.PutUint32(b[start:], uint32(len(b)-start-4))
	return b
}

// readFrame reads one frame, without its length, and charges it to memory. It allocates in step with what arrives: a
// length is only a claim.
func readFrame(r *bufio.Reader, limit int, memory *defs.Memory) (_ []byte, err error) {
	var head [4]byte
	if n, err := io.ReadFull(r, head[:]); err != nil {
		if n > 0 && isClosed(err) {
			return nil, malformed("the connection was closed after %d of the answer's first 4 bytes (% x)", n, head[:n])
		}
		return nil, err
	}
	if head[0] == 0x15 && head[1] == 0x03 {
		return nil, &Error{Cause: TLSExpected, Detail: "the listener answered with a TLS alert",
			Next: "use security.protocol SSL or SASL_SSL there, or another port"}
	}
	size := int64(int32(binary.BigEndian.Uint32(head[:])))
	if what := otherProtocol(head[:]); what != "" && (size < 4 || size > int64(limit)) {
		return nil, &Error{Cause: NotKafka, Detail: what, Next: "check the port: it isn't a Kafka listener"}
	}
	switch {
	case size < 4:
		return nil, malformed("the answer claims a length of %d bytes", size)
	case size > int64(limit):
		return nil, &Error{Cause: TooLarge, Detail: fmt.Sprintf("the answer claims a length of %d bytes, the limit is %d", size, limit),
			Next: "ask for less at a time, or see whether the port is a Kafka listener"}
	}
	var body []byte
	defer func() {
		if err != nil {
			memory.Free(int64(cap(body)))
		}
	}()
	for have := 0; int64(have) < size; have = len(body) {
		if have == cap(body) {
			more := min(size, max(2*int64(have), readAhead))
			if !memory.Take(more) {
				return nil, overMemory(memory)
			}
			grown := make([]byte, have, more)
			copy(grown, body)
			memory.Free(int64(cap(body)))
			body = grown
		}
		n, err := io.ReadFull(r, body[have:cap(body)])
		body = body[:have+n]
		if err != nil {
			if isClosed(err) {
				return nil, malformed("the connection was closed after %d of the answer's %d bytes", len(body), size)
			}
			return nil, err
		}
	}
	return body, nil
}

// otherProtocol says which other protocol the first bytes of an answer look like, or "" where they may be Kafka's.
func otherProtocol(first []byte) string {
	if string(first) == "HTTP" {
		return "an HTTP server answered"
	}
	if string(first) == "SSH-" {
		return "an SSH server answered"
	}
	for _, b := range first {
		if (b < ' ' || b > '~') && b != '\r' && b != '\n' {
			return ""
		}
	}
	return fmt.Sprintf("the answer begins with the text %q", first)
}

// overMemory is the error of an answer that doesn't fit into what is left of memory.
func overMemory(memory *defs.Memory) *Error {
	return &Error{Cause: OverMemory, Detail: fmt.Sprintf("its answer doesn't fit: all answers together may take %d MiB of memory here", memory.Limit()>>20),
		Next: "ask fewer nodes at a time, or for less: fewer topics, fewer partitions"}
}

func malformed(format string, args ...any) *Error {
	return &Error{Cause: Malformed, Detail: fmt.Sprintf(format, args...),
		Next: "the node, or something between, doesn't speak Kafka's protocol as it should"}
}

// open reads the header of the answer's frame, sees whether the body is well formed, and decodes it where the client
// library does.
func (a *Answer) open(req Request) error {
	h, body, err := readResponseHeader(a.API, a.Version, a.ResponseBytes, false)
	if err != nil {
		return malformed("%v", err)
	}
	if h.CorrelationID != a.CorrelationID {
		return malformed("the answer is for request %d (correlation id), this was %d", h.CorrelationID, a.CorrelationID)
	}
	a.HeaderTags = h.Tags
	version := a.responseVersion(body)
	err = defs.Check(a.API.API, true, version, body)
	// The library trusts counts: it allocates an element for every byte that is left (an element takes hundreds), and
	// reads as many tagged fields as are claimed, bytes or no bytes, up to four thousand million of them.
	if typed, ok := req.(kmsg.Request); ok && err == nil {
		resp := typed.ResponseKind()
		resp.SetVersion(version)
		if err = resp.ReadFrom(body); err == nil {
			a.Response = resp
		}
	}
	if err != nil {
		return malformed("the answer's %d bytes don't decode: %v", len(body), err)
	}
	return nil
}

var errBroken = errors.New("the connection is no longer usable after an earlier failure")
