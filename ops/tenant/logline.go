package tenant

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
)

// completed is what Kafka writes before the JSON of a request that it has answered (kafka.network.RequestChannel).
var completed = []byte("Completed request:")

// maxQuoted bounds how many times a line may be a string inside of another string: a layout of log4j2, docker, and what ships its logs.
const maxQuoted = 4

// readCompleted finds the request in a line, whatever stands before it, also where the line is a string inside of JSON or of CSV. A line
// without Kafka's words may begin with the JSON itself.
func readCompleted(line []byte) (l logged, ok bool) {
	if !bytes.Contains(line, completed) {
		start := max(bytes.IndexByte(line, '{'), 0)
		ok = decodeLogged(line[start:], &l)
		return l, ok
	}
	for rest := line; ; {
		var found bool
		if _, rest, found = bytes.Cut(rest, completed); !found {
			return logged{}, false
		}
		for text, n := bytes.TrimLeft(rest, " \t"), 0; n <= maxQuoted && len(text) > 0; n++ {
			l = logged{}
			if decodeLogged(text, &l) {
				return l, true
			}
			text = unquoteOnce(text)
		}
	}
}

func decodeLogged(text []byte, l *logged) bool {
	return json.NewDecoder(bytes.NewReader(text)).Decode(l) == nil && l.Principal != ""
}

// unquoteOnce undoes the escapes of the string that an object stands in; nil if it stands in none.
func unquoteOnce(text []byte) []byte {
	inside, isObject := bytes.CutPrefix(text, []byte("{"))
	inside = bytes.TrimLeft(inside, " ")
	switch {
	case !isObject:
	case bytes.HasPrefix(inside, []byte(`\`)):
		end := 0
		for end < len(text) && text[end] != '"' {
			if text[end] == '\\' {
				end++
			}
			end++
		}
		quoted := append(append([]byte{'"'}, text[:min(end, len(text))]...), '"')
		var plain string
		if json.Unmarshal(quoted, &plain) == nil {
			return []byte(plain)
		}
	case bytes.HasPrefix(inside, []byte(`""`)): // CSV
		return bytes.ReplaceAll(text, []byte(`""`), []byte(`"`))
	}
	return nil
}

// dockerPiece is the number of bytes from which docker's json-file driver splits a line.
const dockerPiece = 16 << 10

// maxJoined bounds the bytes of a line that is put together.
const maxJoined = 16 << 20

// Pieces puts lines together that a container runtime has split: docker marks a line's last piece by its line feed, others (the CRI's
// format, as of containerd and CRI-O) by an F. The zero value is ready. It is not safe for concurrent use.
type Pieces struct{ begun map[string][]byte } // by stream

// Join takes the next line of a file, and returns a whole one, or false if more of it is to come.
func (p *Pieces) Join(line []byte) ([]byte, bool) {
	text, stream, more, split := piece(line)
	switch {
	case !split:
		return line, true
	case !more && p.begun[stream] == nil:
		return line, true
	}
	whole := append(p.begun[stream], text...)
	if more && len(whole) < maxJoined {
		if p.begun == nil {
			p.begun = map[string][]byte{}
		}
		p.begun[stream] = whole
		return nil, false
	}
	delete(p.begun, stream)
	return whole, true
}

// piece reads a line as a container runtime writes it. more says that the text goes on in the next line of its stream.
func piece(line []byte) (text []byte, stream string, more, ok bool) {
	if bytes.HasPrefix(line, []byte(`{"log":`)) {
		var d struct{ Log, Stream string }
		if json.Unmarshal(line, &d) != nil {
			return nil, "", false, false
		}
		return []byte(d.Log), d.Stream, len(d.Log) >= dockerPiece && d.Log[len(d.Log)-1] != '\n', true
	}
	f := bytes.SplitN(line, []byte(" "), 4) // time, stream, tag, text
	if len(f) < 4 || string(f[1]) != "stdout" && string(f[1]) != "stderr" || string(f[2]) != "P" && string(f[2]) != "F" {
		return nil, "", false, false
	}
	return f[3], string(f[1]), f[2][0] == 'P', true
}

// Rest returns the lines of which the last piece hasn't come, at a file's end.
func (p *Pieces) Rest() [][]byte {
	rest := slices.Collect(maps.Values(p.begun))
	p.begun = nil
	return rest
}
