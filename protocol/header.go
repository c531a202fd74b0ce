package protocol

import (
	"encoding/binary"
	"errors"
	"fmt"

	defs "kdeck/protocol/message"
)

// A Header is what stands before the body of a request or an answer.
type Header struct {
	API           *API
	Version       int16
	CorrelationID int32
	ClientID      *string
	Tags          []defs.Tag
	spans         []defs.Span
}

// ReadRequestHeader reads a request's header off a frame that comes without its length, and returns the body. A request
// says itself what it is.
func ReadRequestHeader(frame []byte) (*Header, []byte, error) {
	r := headerReader{rest: frame}
	h := &Header{}
	key := r.int16("requestApiKey")
	h.Version = r.int16("requestApiVersion")
	h.CorrelationID = r.int32("correlationId")
	if r.short {
		return nil, nil, fmt.Errorf("%d bytes are no request: its header alone has more", len(frame))
	}
	var known bool
	if h.API, known = APIByKey(key); !known {
		return nil, nil, fmt.Errorf("the bytes are no request that is known: its API key would be %d", key)
	}
	r.spans[0].Value += " (" + h.API.Name + ")"
	if key != keyControlledShutdown || h.Version > 0 {
		h.ClientID = r.text("clientId")
	}
	if h.API.Request.Flexible.Holds(h.Version) {
		h.Tags = r.tags()
	}
	if r.short {
		return nil, nil, errors.New("the request ends within its header")
	}
	h.spans = r.spans
	return h, r.rest, nil
}

// readResponseHeader reads an answer's header off a frame that comes without its length, and returns the body. The
// frame doesn't say what it answers. The header of ApiVersions is never flexible, so that a client that doesn't know the
// node's version can read it (KIP-511).
func readResponseHeader(api *API, version int16, frame []byte, spans bool) (*Header, []byte, error) {
	r := headerReader{rest: frame, noSpans: !spans}
	h := &Header{API: api, Version: version, CorrelationID: r.int32("correlationId")}
	if api.Key != keyApiVersions && api.Response.Flexible.Holds(version) {
		h.Tags = r.tags()
	}
	if r.short {
		return nil, nil, fmt.Errorf("%d bytes are no answer: they end within its header", len(frame))
	}
	h.spans = r.spans
	return h, r.rest, nil
}

// headerReader takes fields off the front of a frame and notes where they stood.
type headerReader struct {
	rest    []byte
	at      int
	short   bool // there weren't as many bytes
	noSpans bool // nobody asks where the fields stood
	spans   []defs.Span
}

func (r *headerReader) take(path string, n int) []byte {
	if r.short || n > len(r.rest) {
		r.short = true
		return make([]byte, min(n, 8))
	}
	b := r.rest[:n:n]
	r.rest = r.rest[n:]
	if !r.noSpans {
		r.spans = append(r.spans, defs.Span{From: r.at, To: r.at + n, Path: path})
	}
	r.at += n
	return b
}

// tell notes the value of the field that was read last.
func (r *headerReader) tell(value any) {
	if len(r.spans) > 0 {
		r.spans[len(r.spans)-1].Value = fmt.Sprint(value)
	}
}

func (r *headerReader) int16(path string) int16 {
	v := int16(binary.BigEndian.Uint16(r.take(path, 2)))
	r.tell(v)
	return v
}

func (r *headerReader) int32(path string) int32 {
	v := int32(binary.BigEndian.Uint32(r.take(path, 4)))
	r.tell(v)
	return v
}

// text reads the client id, which has its old form in every version of the header.
func (r *headerReader) text(path string) *string {
	n := r.int16(path + " (length)")
	if r.short || n < 0 {
		return nil
	}
	s := string(r.take(path, int(n)))
	r.tell(fmt.Sprintf("%q", s))
	return &s
}

func (r *headerReader) tags() []defs.Tag {
	var tags []defs.Tag
	count := r.uvarint("(header tags)")
	for range count {
		tag, size := r.uvarint("(header tag)"), r.uvarint("(size)")
		if r.short || size > uint64(len(r.rest)) {
			r.short = true
			return nil
		}
		tags = append(tags, defs.Tag{Tag: uint32(tag), Data: r.take("(header tag "+fmt.Sprint(tag)+")", int(size))})
	}
	return tags
}

func (r *headerReader) uvarint(path string) uint64 {
	v, n := binary.Uvarint(r.rest)
	if r.short || n <= 0 || v > 1<<32-1 {
		r.short = true
		return 0
	}
	r.take(path, n)
	r.tell(v)
	return v
}

// responseVersion is the version of the answer's body: the request's, but where a node doesn't know that version of
// ApiVersions and says so in v0 (KIP-511).
func (a *Answer) responseVersion(body []byte) int16 {
	if a.API.Key == keyApiVersions && len(body) >= 2 && int16(binary.BigEndian.Uint16(body)) == errUnsupportedVersion {
		return 0
	}
	return a.Version
}

// RequestSpans says what each byte of the request's frame is, its length included.
func (a *Answer) RequestSpans() []defs.Span {
	spans := lengthSpan(len(a.RequestBytes) - 4)
	h, body, err := ReadRequestHeader(a.RequestBytes[4:])
	if err != nil {
		return append(spans, defs.Span{From: 4, To: len(a.RequestBytes), Path: "(" + err.Error() + ")"})
	}
	spans = append(spans, shifted(h.spans, 4)...)
	return append(spans, defs.Annotate(h.API.API, false, h.Version, body, len(a.RequestBytes)-len(body))...)
}

// ResponseSpans says what each byte of the answer's frame is, without its length.
func (a *Answer) ResponseSpans() []defs.Span {
	if a.ResponseBytes == nil {
		return nil
	}
	h, body, err := readResponseHeader(a.API, a.Version, a.ResponseBytes, true)
	if err != nil {
		return []defs.Span{{From: 0, To: len(a.ResponseBytes), Path: "(" + err.Error() + ")"}}
	}
	return append(h.spans, defs.Annotate(a.API.API, true, a.responseVersion(body), body, len(a.ResponseBytes)-len(body))...)
}

// Decode reads the answer's frame by Kafka's definitions, and says how much of it was understood. The message is charged
// to memory, unless there is an error, which is an [*Error] without an address; nil is the bound of [defs.Decode]. The
// message is nil where there is no frame.
func (a *Answer) Decode(memory *defs.Memory) (*defs.Message, Identity, error) {
	if a.ResponseBytes == nil {
		return nil, Identity{}, nil
	}
	_, body, err := readResponseHeader(a.API, a.Version, a.ResponseBytes, false)
	if err != nil {
		return nil, Identity{}, malformed("%v", err)
	}
	m, err := defs.DecodeWithin(memory, a.API.API, true, a.responseVersion(body), body)
	switch {
	case errors.Is(err, defs.ErrOverMemory) && memory != nil:
		return nil, Identity{}, overMemory(memory)
	case err != nil:
		return nil, Identity{}, malformed("%v", err)
	}
	return m, Identify(m, body), nil
}

func lengthSpan(size int) []defs.Span {
	return []defs.Span{{From: 0, To: 4, Path: "(length)", Value: fmt.Sprint(size)}}
}

func shifted(spans []defs.Span, by int) []defs.Span {
	moved := make([]defs.Span, len(spans))
	for i, s := range spans {
		s.From += by
		s.To += by
		moved[i] = s
	}
	return moved
}

// Identity says how much of an answer was understood.
type Identity struct {
	Decoded, Total int // bytes of the body
	Differs        int // where encoding it again first differs from what came; -1 where it doesn't
}

// Whole reports whether every byte was understood: the answer is written again as it came.
func (i Identity) Whole() bool { return i.Decoded == i.Total && i.Differs < 0 }

func (i Identity) String() string {
	text := fmt.Sprintf("decoded %d of %d bytes", i.Decoded, i.Total)
	switch {
	case i.Differs >= 0:
		return text + fmt.Sprintf(", encoded again it differs from byte %d on", i.Differs)
	case i.Decoded < i.Total:
		return text + ", the rest belongs to no field that is known here"
	}
	return text + ", re-encodes identically"
}

// Identify compares a message with the body that it was decoded from.
func Identify(m *defs.Message, body []byte) Identity {
	again := m.AppendTo(make([]byte, 0, len(body)))
	id := Identity{Decoded: len(body) - len(m.Trailing), Total: len(body), Differs: -1}
	for i := range min(len(again), id.Decoded) {
		if again[i] != body[i] {
			id.Differs = i
			return id
		}
	}
	if len(again) != id.Decoded {
		id.Differs = min(len(again), id.Decoded)
	}
	return id
}
