package message

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Document is a body as a person or a program wrote it: a tree of JSON or YAML that isn't typed yet.
type Document struct {
	kind   docKind
	text   string // of a scalar
	quoted bool   // a scalar that is text, whatever it looks like
	list   []Document
	names  []string // of an object, parallel to list
}

type docKind uint8

const (
	docNull docKind = iota
	docScalar
	docList
	docObject
)

// maxDepth bounds how deep a document may nest: Kafka's messages have 7 levels.
const maxDepth = 64

// ParseDocument reads JSON or YAML. A name that stands twice in one object is refused, and so are YAML's aliases.
func ParseDocument(text []byte) (*Document, error) {
	trimmed := bytes.TrimSpace(text)
	if len(trimmed) == 0 {
		return &Document{kind: docObject}, nil
	}
	if json.Valid(trimmed) {
		return parseJSON(trimmed)
	}
	var node yaml.Node
	if err := yaml.Unmarshal(text, &node); err != nil {
		return nil, fmt.Errorf("neither JSON nor YAML: %s", strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if node.Kind == 0 { // comments alone
		return &Document{kind: docObject}, nil
	}
	d, err := fromYAML(&node, 0)
	if err != nil {
		return nil, err
	}
	return &d, nil
}

func parseJSON(text []byte) (*Document, error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	d, err := fromJSON(dec, 0)
	if err != nil {
		return nil, err
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, errors.New("more than one JSON value")
	}
	return &d, nil
}

func fromJSON(dec *json.Decoder, depth int) (d Document, err error) {
	if depth > maxDepth {
		return d, errors.New("nested too deep")
	}
	token, err := dec.Token()
	if err != nil {
		return d, err
	}
	switch token := token.(type) {
	case nil:
		return Document{kind: docNull}, nil
	case string:
		return Document{kind: docScalar, text: token, quoted: true}, nil
	case json.Delim:
		if token == '[' {
			d.kind = docList
			for dec.More() {
				element, err := fromJSON(dec, depth+1)
				if err != nil {
					return d, err
				}
				d.list = append(d.list, element)
			}
			_, err = dec.Token()
			return d, err
		}
		d.kind = docObject
		for dec.More() {
			name, err := dec.Token()
			if err != nil {
				return d, err
			}
			value, err := fromJSON(dec, depth+1)
			if err != nil {
				return d, err
			}
			if err := d.add(name.(string), value); err != nil {
				return d, err
			}
		}
		_, err = dec.Token()
		return d, err
	}
	return Document{kind: docScalar, text: fmt.Sprint(token)}, nil
}

func fromYAML(n *yaml.Node, depth int) (d Document, err error) {
	if depth > maxDepth {
		return d, errors.New("nested too deep")
	}
	switch n.Kind {
	case yaml.DocumentNode:
		return fromYAML(n.Content[0], depth)
	case yaml.SequenceNode:
		d.kind = docList
		for _, c := range n.Content {
			element, err := fromYAML(c, depth+1)
			if err != nil {
				return d, err
			}
			d.list = append(d.list, element)
		}
		return d, nil
	case yaml.MappingNode:
		d.kind = docObject
		for i := 0; i+1 < len(n.Content); i += 2 {
			value, err := fromYAML(n.Content[i+1], depth+1)
			if err != nil {
				return d, err
			}
			if err := d.add(n.Content[i].Value, value); err != nil {
				return d, fmt.Errorf("line %d: %w", n.Content[i].Line, err)
			}
		}
		return d, nil
	case yaml.ScalarNode:
		quoted := n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0
		if n.Tag == "!!null" && !quoted {
			return Document{kind: docNull}, nil
		}
		return Document{kind: docScalar, text: n.Value, quoted: quoted}, nil
	}
	return d, fmt.Errorf("line %d: aliases aren't taken", n.Line)
}

// add puts a field into an object; names differ in more than case.
func (d *Document) add(name string, value Document) error {
	for _, n := range d.names {
		if strings.EqualFold(n, name) {
			return fmt.Errorf("%q stands twice in one object", name)
		}
	}
	d.names, d.list = append(d.names, name), append(d.list, value)
	return nil
}
