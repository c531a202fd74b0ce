package behaviour

import (
	"encoding/binary"
	"io"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

var wire = []Behaviour{
	{"an API key that nobody knows closes the connection", body(func(l *lab) {
		l.closes("unknown key", frame(binary.BigEndian.AppendUint16(nil, 9999), 0, 0, 0, 1, 0xff, 0xff))
	})},
	{"a version that is not served closes the connection", body(func(l *lab) {
		l.closes("Metadata version 99", frame([]byte{0, 3, 0, 99}, 0, 0, 0, 1, 0xff, 0xff))
	})},
	{"a body that can't be read closes the connection", body(func(l *lab) {
		l.closes("Metadata of three bytes", frame([]byte{0, 3, 0, 1}, 0, 0, 0, 1, 0xff, 0xff, 0x7f, 0xff, 0xff))
	})},
	{"a frame larger than socket.request.max.bytes closes the connection", body(func(l *lab) {
		l.closes("frame of 2 GB", []byte{0x7f, 0xff, 0xff, 0xff, 0, 3, 0, 1})
	})},
	{"a frame of negative size closes the connection", body(func(l *lab) {
		l.closes("negative size", []byte{0xff, 0xff, 0xff, 0xff, 0, 3, 0, 1})
	})},
	{"an HTTP request closes the connection", body(func(l *lab) {
		l.closes("HTTP", []byte("GET / HTTP/1.1\r\nHost: kafka\r\n\r\n"))
	})},
	{"an ApiVersions that is too new is answered in version 0", body(func(l *lab) {
		conn, err := l.DialContext(l.ctx, "tcp", l.Bootstrap()[0])
		l.must(err)
		defer conn.Close()
		l.must(conn.SetDeadline(time.Now().Add(time.Minute)))
		_, err = conn.Write(frame([]byte{0, 18, 0, 99}, 0, 0, 0, 7, 0xff, 0xff, 0, 1, 1, 0))
		l.must(err)
		answer := make([]byte, 4)
		_, err = io.ReadFull(conn, answer)
		l.must(err)
		answer = make([]byte, binary.BigEndian.Uint32(answer))
		_, err = io.ReadFull(conn, answer)
		l.must(err)
		if id := binary.BigEndian.Uint32(answer); id != 7 {
			l.Errorf("correlation id %d, want 7", id)
		}
		resp := kmsg.NewPtrApiVersionsResponse()
		l.must(resp.ReadFrom(answer[4:]))
		l.wantCode("ApiVersions version 99", resp.ErrorCode, kerr.UnsupportedVersion)
		if len(resp.ApiKeys) != 1 || resp.ApiKeys[0].ApiKey != 18 || resp.ApiKeys[0].MaxVersion < 3 {
			l.Errorf("keys %+v, want the range of ApiVersions alone", resp.ApiKeys)
		}
	})},
}

func frame(start []byte, rest ...byte) []byte {
	all := binary.BigEndian.AppendUint32(nil, uint32(len(start)+len(rest)))
	return append(append(all, start...), rest...)
}

// closes sends bytes to a broker and wants the connection closed without an answer and the broker none the worse for it.
func (l *lab) closes(what string, bytes []byte) {
	l.Helper()
	conn, err := l.DialContext(l.ctx, "tcp", l.Bootstrap()[0])
	l.must(err)
	defer conn.Close()
	l.must(conn.SetDeadline(time.Now().Add(time.Minute)))
	_, _ = conn.Write(bytes) // it may be closed before all is written
	got, err := io.ReadAll(conn)
	if len(got) > 0 {
		l.Errorf("%s was answered with %d bytes", what, len(got))
	}
	if e, ok := err.(interface{ Timeout() bool }); ok && e.Timeout() {
		l.Errorf("%s: the connection stays open", what)
	}
	if l.metadataAt(1) == nil {
		l.Errorf("%s: the broker no longer answers", what)
	}
}
