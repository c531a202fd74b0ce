package protocol

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// readAhead is the most that is allocated for an answer on the word of its length alone.
const readAhead = 4 << 20

// appendRequest appends a request's frame: length, header, body. kmsg's own formatter leaves the length and the
// body out of ControlledShutdown v0, whose header has no client id.
func appendRequest(b []byte, req kmsg.Request, correlation int32, clientID string) []byte {
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

// readFrame reads one frame, without its length. It allocates in step with what arrives: a length is only a
// claim.
func readFrame(r *bufio.Reader, limit int) ([]byte, error) {
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
	if what := foreign(head[:]); what != "" && (size < 4 || size > int64(limit)) {
		return nil, &Error{Cause: NotKafka, Detail: what, Next: "check the port: it isn't a Kafka listener"}
	}
	switch {
	case size < 4:
		return nil, malformed("the answer claims a length of %d bytes", size)
	case size > int64(limit):
		return nil, &Error{Cause: TooLarge, Detail: fmt.Sprintf("the answer claims a length of %d bytes, the limit is %d", size, limit),
			Next: "ask for less at a time, or see whether the port is a Kafka listener"}
	}
	body := make([]byte, 0, min(size, readAhead))
	for int64(len(body)) < size {
		have := len(body)
		if have == cap(body) {
			grown := make([]byte, have, min(size, 2*int64(have)))
			copy(grown, body)
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

// foreign says what speaks where the first bytes of an answer are text, or nothing.
func foreign(first []byte) string {
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

func malformed(format string, args ...any) *Error {
	return &Error{Cause: Malformed, Detail: fmt.Sprintf(format, args...),
		Next: "the node, or something between, doesn't speak Kafka's protocol as it should"}
}

// decode reads the answer's frame: header, tags of a flexible header, body.
func (a *Answer) decode() error {
	frame, req := a.ResponseBytes, a.Request
	if len(frame) < 4 {
		return malformed("the answer has %d bytes, its header alone has 4", len(frame))
	}
	if got := int32(binary.BigEndian.Uint32(frame)); got != a.CorrelationID {
		return malformed("the answer is for request %d (correlation id), this was %d", got, a.CorrelationID)
	}
	a.body = frame[4:]
	resp := req.ResponseKind()
	if req.Key() == keyApiVersions {
		// The answer's header is never flexible, so that a client that doesn't know the node's version can read
		// it; a version that the node doesn't know is answered in v0 (KIP-511).
		if len(a.body) >= 2 && int16(binary.BigEndian.Uint16(a.body)) == errUnsupportedVersion {
			resp.SetVersion(0)
		}
	} else if req.IsFlexible() {
		var err error
		if a.HeaderTags, a.body, err = headerTags(a.body); err != nil {
			return err
		}
	}
	layout, err := shapeOf(resp)
	if err != nil {
		return malformed("%v", err)
	}
	if err = layout.check(a.body, resp.IsFlexible()); err == nil {
		err = resp.ReadFrom(a.body)
	}
	if err != nil {
		return malformed("the answer's %d bytes don't decode as %s v%d: %v", len(a.body),
			nameOf(req.Key()), resp.GetVersion(), err)
	}
	a.Response = resp
	return nil
}

// headerTags reads the tagged fields of a flexible header and returns what follows them.
func headerTags(b []byte) (kmsg.Tags, []byte, error) {
	var tags kmsg.Tags
	r := reader{b}
	count, ok := r.uvarint()
	for i := uint64(0); ok && i < count; i++ {
		var key, size uint64
		if key, ok = r.uvarint(); !ok {
			break
		}
		if size, ok = r.uvarint(); !ok || size > uint64(len(r.rest)) {
			ok = false
			break
		}
		tags.Set(uint32(key), r.rest[:size:size])
		r.rest = r.rest[size:]
	}
	if !ok {
		return tags, nil, malformed("the tagged fields of the answer's header run over its end")
	}
	return tags, r.rest, nil
}

// reader takes bytes off the front of a message.
type reader struct{ rest []byte }

// uvarint takes a number of at most 32 bits, as Kafka's varints are.
func (r *reader) uvarint() (uint64, bool) {
	v, n := binary.Uvarint(r.rest)
	if n <= 0 || v > 1<<32-1 {
		return 0, false
	}
	r.rest = r.rest[n:]
	return v, true
}

// quoted shortens text that a node sent, to be shown in an error.
func quoted(s string) string {
	const most = 200
	if len(s) > most {
		s = s[:most] + "…"
	}
	return strings.ToValidUTF8(fmt.Sprintf("%q", s), "?")
}

var errBroken = errors.New("the connection is no longer usable after an earlier failure")
