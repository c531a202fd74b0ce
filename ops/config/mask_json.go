package config

import (
	"bytes"
	"encoding/json"

	"kdeck/protocol/printable"
)

// JSON is a JSON value with every secret in it replaced. A number that holds one becomes a text, so that what is left is JSON too.
// A value without a secret stays as it is written; in one with a secret, the fields of objects are in alphabetical order.
func (m *Mask) JSON(value json.RawMessage) json.RawMessage {
	if m.Text(string(value)) == string(value) {
		return value
	}
	dec := json.NewDecoder(bytes.NewReader(value))
	dec.UseNumber()
	var doc any
	if dec.Decode(&doc) == nil {
		if masked, err := printable.Marshal(m.value(doc)); err == nil {
			return masked
		}
	}
	masked, _ := printable.Marshal(m.Text(string(value))) // it was no JSON
	return masked
}

func (m *Mask) value(v any) any {
	switch v := v.(type) {
	case string:
		return m.Text(v)
	case json.Number:
		if text := m.Text(v.String()); text != v.String() {
			return text
		}
	case []any:
		for i := range v {
			v[i] = m.value(v[i])
		}
	case map[string]any:
		masked := make(map[string]any, len(v))
		for key, value := range v {
			masked[m.Text(key)] = m.value(value)
		}
		return masked
	}
	return v
}
