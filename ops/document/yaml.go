// Package document writes the documents of package format in another form: YAML, which people read more easily than JSON. Start
// reading at YAML.
package document

import (
	"bytes"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"

	"kdeck/ops/format"
)

// YAML writes a document with the names, the values and their order that it has as JSON.
func YAML(w io.Writer, document any) error {
	var b bytes.Buffer
	if err := format.WriteJSON(&b, document); err != nil {
		return err
	}
	return YAMLOf(w, b.Bytes())
}

// YAMLOf writes a JSON document as YAML. JSON is YAML in flow style, so it is read as a tree of nodes, which keeps the order
// of the names, and written in block style.
func YAMLOf(w io.Writer, json []byte) error {
	var node yaml.Node
	if err := yaml.Unmarshal(json, &node); err != nil {
		return err
	}
	blockStyle(&node)
	enc := yaml.NewEncoder(w)
	enc.SetIndent(2)
	if err := enc.Encode(&node); err != nil {
		return err
	}
	return enc.Close()
}

func blockStyle(n *yaml.Node) {
	n.Style = 0
	if strings.Contains(n.Value, "\t") { // block style would write it as it is
		n.Style = yaml.DoubleQuotedStyle
	}
	for _, c := range n.Content {
		blockStyle(c)
	}
}
