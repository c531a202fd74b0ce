package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"
	"go.yaml.in/yaml/v3"
)

// A YAML or TOML file is read as one tree of YAML nodes. JSON is YAML.

// parseYAML returns the tree of the first document of a YAML file, nil where it is empty. An error names the line and quotes nothing:
// what the library says may hold a part of a secret.
func parseYAML(path string, data []byte) (*yaml.Node, error) {
	var tree yaml.Node
	err := yaml.NewDecoder(bytes.NewReader(data)).Decode(&tree)
	switch {
	case errors.Is(err, io.EOF):
		return nil, nil
	case err != nil:
		return nil, notYAML(path, err)
	}
	return tree.Content[0], nil
}

// notYAML names the line of an error of the library, or says what it says where that quotes nothing.
func notYAML(path string, err error) error {
	if line := yamlLine.FindStringSubmatch(err.Error()); line != nil {
		return fmt.Errorf("%s:%s: not YAML: it can't be read near this line", path, line[1])
	}
	if text := err.Error(); !strings.ContainsAny(text, "'\"`") {
		return fmt.Errorf("%s: %s", path, text)
	}
	return fmt.Errorf("%s: not YAML: it can't be read", path)
}

var yamlLine = regexp.MustCompile(`^yaml: line ([0-9]+):`)

// severalDocuments tells whether something follows the first document of a YAML file.
func severalDocuments(data []byte) bool {
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var tree yaml.Node
	return decoder.Decode(&tree) == nil && !errors.Is(decoder.Decode(&tree), io.EOF)
}

// parseTOML returns the tree of a TOML file.
func parseTOML(path string, data []byte) (*yaml.Node, error) {
	var values map[string]any
	if err := toml.Unmarshal(data, &values); err != nil {
		var at toml.ParseError
		if errors.As(err, &at) {
			path = fmt.Sprintf("%s:%d", path, at.Position.Line)
		}
		return nil, fmt.Errorf("%s: not TOML: this line can't be read", path)
	}
	tree := new(yaml.Node)
	if err := tree.Encode(values); err != nil {
		return nil, fmt.Errorf("%s: not TOML that can be read", path)
	}
	return tree, nil
}

// children calls each with the keys and values of a mapping, those that it merges (<<) behind its own; a key that is there twice
// counts once.
func children(n *yaml.Node, each func(key string, value *yaml.Node)) {
	seen, walked := map[string]bool{}, map[*yaml.Node]bool{} // a merge may lead back to where it stands
	var walk func(n *yaml.Node)
	walk = func(n *yaml.Node) {
		if n = target(n); n.Kind != yaml.MappingNode || walked[n] {
			return
		}
		walked[n] = true
		var merged []*yaml.Node
		for i := 0; i+1 < len(n.Content); i += 2 {
			key, value := n.Content[i], target(n.Content[i+1])
			switch {
			case key.Tag == "!!merge" && value.Kind == yaml.SequenceNode:
				merged = append(merged, value.Content...)
			case key.Tag == "!!merge":
				merged = append(merged, value)
			case !seen[key.Value]:
				seen[key.Value] = true
				each(key.Value, value)
			}
		}
		for _, m := range merged {
			walk(m)
		}
	}
	walk(n)
}

// find returns the text that a path of keys leads to, and whether there is one. Dots stand between keys, and may stand in them too:
// the longest key that leads to a text counts. An item of a list is found by its name, where it has a key name, or by its number,
// from 0: tools change the order of their lists.
func find(n *yaml.Node, path string) (text string, ok bool) {
	type way struct {
		key   string
		value *yaml.Node
	}
	var ways []way
	add := func(key string, value *yaml.Node) {
		if key == path || strings.HasPrefix(path, key+".") {
			ways = append(ways, way{key, value})
		}
	}
	switch n = target(n); n.Kind {
	case yaml.MappingNode:
		children(n, add)
	case yaml.SequenceNode:
		for _, item := range n.Content {
			if name := nameOf(item); name != "" {
				add(name, target(item))
			}
		}
		for i, item := range n.Content {
			add(strconv.Itoa(i), target(item))
		}
	}
	slices.SortStableFunc(ways, func(a, b way) int { return len(b.key) - len(a.key) })
	for _, w := range ways {
		if w.key == path {
			text, ok = scalarText(w.value)
		} else {
			text, ok = find(w.value, path[len(w.key)+1:])
		}
		if ok {
			return text, true
		}
	}
	return "", false
}

// nameOf returns the name of an item of a list, or nothing.
func nameOf(item *yaml.Node) string {
	if n := valueOf(target(item), "name"); n != nil {
		name, _ := scalarText(n)
		return name
	}
	return ""
}

func scalarText(n *yaml.Node) (string, bool) {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		return "", false
	}
	return n.Value, true
}
