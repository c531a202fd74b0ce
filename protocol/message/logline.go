package message

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
)

// LogLine is what one line of a broker's request log holds.
type LogLine struct {
	API      *API
	Version  int16
	ClientID string
	Request  *Document
	Response *Document // nil where the line has none

	// The same as the broker wrote it.
	RequestJSON, ResponseJSON json.RawMessage
}

// ParseLogLine reads a line of the request log (kafka.request.logger), whatever stands before its JSON. It returns nil
// where the text isn't such a line.
func ParseLogLine(text []byte) (*LogLine, error) {
	start := bytes.IndexByte(text, '{')
	if start < 0 {
		return nil, nil
	}
	var line struct {
		Header *struct {
			Key      int16   `json:"requestApiKey"`
			Version  int16   `json:"requestApiVersion"`
			ClientID *string `json:"clientId"`
		} `json:"requestHeader"`
		Request  json.RawMessage `json:"request"`
		Response json.RawMessage `json:"response"`
	}
	dec := json.NewDecoder(bytes.NewReader(text[start:]))
	if err := dec.Decode(&line); err != nil || line.Header == nil || line.Request == nil {
		return nil, nil
	}
	if rest := bytes.TrimSpace(text[start+int(dec.InputOffset()):]); bytes.Contains(rest, []byte(`"requestHeader"`)) {
		return nil, fmt.Errorf("the text holds more than one line of a request log: give one of them")
	}
	api := Lookup(line.Header.Key)
	if api == nil {
		return nil, fmt.Errorf("the line is about API %d, which isn't known here", line.Header.Key)
	}
	l := &LogLine{API: api, Version: line.Header.Version, RequestJSON: line.Request, ResponseJSON: line.Response}
	if line.Header.ClientID != nil {
		l.ClientID = *line.Header.ClientID
	}
	var err error
	if l.Request, err = parseJSON(line.Request); err != nil {
		return nil, err
	}
	if line.Response != nil {
		l.Response, err = parseJSON(line.Response)
	}
	return l, err
}

// Message makes the request of the line, to be sent again. What the log doesn't hold is a [*FieldError].
func (l *LogLine) Message() (*Message, error) {
	m := New(l.API, l.Version)
	return m, m.Merge(l.Request)
}

// tagsOf reads tagged fields that have no definition, as [Message.MarshalJSON] writes them.
func tagsOf(d *Document) ([]Tag, error) {
	var tags []Tag
	for i, name := range d.names {
		number, err := strconv.ParseUint(name, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("%q is no number of a tagged field", name)
		}
		data, err := parseBytes(d.list[i].text)
		if err != nil {
			return nil, err
		}
		tags = append(tags, Tag{uint32(number), data})
	}
	return tags, nil
}
