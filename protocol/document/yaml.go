// Package document writes YAML, which people read more easily than JSON: documents that exist as JSON, and what is kept in
// files. What isn't printable by package printable is escaped, in double quotes, and is read back as it was. Start reading at
// YAML.
package document

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"

	"kdeck/protocol/printable"
)

// YAML writes a document with the names, the values and their order that it has as JSON.
func YAML(w io.Writer, document any) error {
	text, err := json.Marshal(document)
	if err != nil {
		return err
	}
	return YAMLOf(w, text)
}

// YAMLOf writes a JSON document as YAML in block style.
func YAMLOf(w io.Writer, text []byte) error {
	node, err := Node(text)
	if err != nil {
		return err
	}
	return Encode(w, node)
}

// Node is a JSON document as a tree of YAML, in which the names keep their order.
func Node(text []byte) (*yaml.Node, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	node, err := value(d)
	if err == nil {
		if _, err = d.Token(); err == nil {
			err = errors.New("something follows the document")
		} else if errors.Is(err, io.EOF) {
			err = nil
		}
	}
	if err != nil {
		return nil, err
	}
	quote(node)
	return node, nil
}

func value(d *json.Decoder) (*yaml.Node, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	scalar := func(tag, text string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: text} }
	switch v := token.(type) {
	case json.Delim:
		n := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
		if v == '[' {
			n.Kind, n.Tag = yaml.SequenceNode, "!!seq"
		}
		for d.More() { // of an object the names are values too
			element, err := value(d)
			if err != nil {
				return nil, err
			}
			n.Content = append(n.Content, element)
		}
		_, err := d.Token()
		return n, err
	case string:
		return scalar("!!str", v), nil
	case json.Number:
		tag := "!!int"
		if strings.ContainsAny(v.String(), ".eE") {
			tag = "!!float"
		}
		return scalar(tag, v.String()), nil
	case bool:
		return scalar("!!bool", fmt.Sprint(v)), nil
	}
	return scalar("!!null", "null"), nil
}

// Encode writes a value, or a tree of nodes with its comments, as YAML.
func Encode(w io.Writer, v any) error {
	node, is := v.(*yaml.Node)
	if !is {
		node = &yaml.Node{}
		if err := node.Encode(v); err != nil {
			return err
		}
	}
	quote(node)
	var b bytes.Buffer
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	if err := errors.Join(enc.Encode(node), enc.Close()); err != nil {
		return err
	}
	_, err := w.Write(escape(b.Bytes()))
	return err
}

// Text is a text of a struct that Encode writes, such as a name or an error that a broker sent. The library's own way of writing a
// field breaks the file where its text begins with a line break.
type Text string

// MarshalYAML implements yaml.Marshaler. What isn't UTF-8 is written as bytes.
func (t Text) MarshalYAML() (any, error) {
	n := &yaml.Node{}
	n.SetString(string(t))
	n.Style = 0
	quote(n)
	return n, nil
}

// quote puts every text in double quotes that another style would write as it is, and isn't printable, or that has several lines
// of which the first begins with a blank: that the library can't read again.
func quote(n *yaml.Node) {
	blank := n.Value != "" && strings.Contains(" \n", n.Value[:1]) && strings.Contains(n.Value, "\n")
	if n.Kind == yaml.ScalarNode && n.Tag != "!!binary" && (blank || !printable.Text(strings.ReplaceAll(n.Value, "\n", ""))) {
		n.Style = yaml.DoubleQuotedStyle
		n.Value = strings.ToValidUTF8(n.Value, "\ufffd")
	}
	for _, c := range n.Content {
		quote(c)
	}
}

// escape escapes what isn't printable and what the library yet writes as it is: in double quotes, and in comments.
func escape(text []byte) []byte {
	plain := func(r rune) bool { return r == '\n' || printable.Rune(r) }
	if bytes.IndexFunc(text, func(r rune) bool { return !plain(r) }) < 0 {
		return text
	}
	out := make([]byte, 0, len(text)+64)
	for _, r := range string(text) {
		switch {
		case plain(r):
			out = append(out, string(r)...)
		case r <= 0xff:
			out = fmt.Appendf(out, `\x%02X`, r)
		case r <= 0xffff:
			out = fmt.Appendf(out, `\u%04X`, r)
		default:
			out = fmt.Appendf(out, `\U%08X`, r)
		}
	}
	return out
}
