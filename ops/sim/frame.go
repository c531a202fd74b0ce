package sim

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/twmb/franz-go/pkg/kbin"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// The sizes of frames, in bytes: a request has at least a key, a version and a correlation id, and no frame is larger than
// socket.request.max.bytes has it by default.
const (
	leastRequest = 8
	maxFrame     = 100 << 20
)

// request is one decoded request of a client.
type request struct {
	key         int16
	version     int16
	correlation int32
	clientID    string
	body        kmsg.Request
}

// readFrame reads one frame and leaves its size out. A size below least or above maxFrame is an error, as on a broker: the
// first four bytes of an HTTP request say 1.2 GB. Memory is only taken for bytes that have arrived.
func readFrame(r io.Reader, least int32) ([]byte, error) {
	var size [4]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		return nil, err
	}
	n := int32(binary.BigEndian.Uint32(size[:]))
	if n < least || n > maxFrame {
		return nil, fmt.Errorf("frame of %d bytes", n)
	}
	var frame bytes.Buffer
	frame.Grow(int(min(n, 64<<10)))
	if _, err := io.CopyN(&frame, r, int64(n)); err != nil {
		return nil, err
	}
	return frame.Bytes(), nil
}

// errUnsupportedApiVersions says that ApiVersions came in a version that isn't served. It is the only request of an unserved
// version that gets an answer.
var errUnsupportedApiVersions = errors.New("unsupported version of ApiVersions")

// parseRequest decodes a frame by the table of what the listener serves. Whatever it refuses, a broker refuses by closing
// the connection (SocketServer.parseRequestHeader), except an ApiVersions that is too new.
func parseRequest(frame []byte, served map[int16]versionRange) (request, error) {
	header := kbin.Reader{Src: frame}
	req := request{key: header.Int16(), version: header.Int16(), correlation: header.Int32()}
	if !header.Ok() {
		return req, errors.New("short header")
	}
	versions, ok := served[req.key]
	if !ok {
		return req, fmt.Errorf("api key %d is not enabled on this listener", req.key)
	}
	if req.version < versions.min || req.version > versions.max {
		if req.key == int16(kmsg.ApiVersions) {
			return req, errUnsupportedApiVersions
		}
		return req, fmt.Errorf("version %d of %s is not served", req.version, kmsg.NameForKey(req.key))
	}
	req.body = kmsg.RequestForKey(req.key)
	req.body.SetVersion(req.version)
	if id := header.NullableString(); id != nil {
		req.clientID = *id
	}
	if req.body.IsFlexible() {
		skipTags(&header)
	}
	if !header.Ok() {
		return req, errors.New("short header")
	}
	if err := req.body.ReadFrom(header.Src); err != nil {
		return req, fmt.Errorf("%s version %d: %w", kmsg.NameForKey(req.key), req.version, err)
	}
	return req, nil
}

// skipTags skips a header's tags. kmsg's own function counts on to the end even when the bytes have run out.
func skipTags(r *kbin.Reader) {
	for n := r.Uvarint(); n > 0 && r.Ok(); n-- {
		_, size := r.Uvarint(), r.Uvarint()
		r.Span(int(size))
	}
}

// appendFrame appends the whole frame of a response.
func appendFrame(dst []byte, correlation int32, resp kmsg.Response) []byte {
	start := len(dst)
	dst = append(dst, 0, 0, 0, 0)
	dst = binary.BigEndian.AppendUint32(dst, uint32(correlation))
	if resp.IsFlexible() && resp.Key() != int16(kmsg.ApiVersions) { // whose answers have the oldest header, for clients that know no other
		dst = append(dst, 0)
	}
	dst = resp.AppendTo(dst)
	binary.BigEndian.PutUint32(dst[start:], uint32(len(dst)-start-4))
	return dst
}
