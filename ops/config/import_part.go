package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A toolFile is the file of another tool while it is read.
type toolFile struct {
	tool   string
	path   string
	data   []byte
	root   *yaml.Node
	around surroundings
	// variables returns the names of the environment variables that the tool takes before what stands at a place; nil: there are none.
	variables func(at string) []string
	seen      map[*yaml.Node]use
	notes     []string // of the context that is read
}

// use tells what was read of a file.
type use int

const (
	visited use = iota + 1 // something in it may be left
	taken                  // all of it
)

// A part is a place in a tool's file. Nothing may stand there.
type part struct {
	file *toolFile
	node *yaml.Node // nil: nothing
	at   string     // the way to it, as a reference has it
}

func (f *toolFile) top() part { return part{f, f.root, ""} }

func (f *toolFile) note(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(f.notes, text) {
		f.notes = append(f.notes, text)
	}
}

// has tells whether something stands there: null counts as nothing.
func (p part) has() bool { return p.node != nil && p.node.Tag != "!!null" }

// child is what a key leads to. Keys are compared as they are, else without regard to case, as most of the tools do.
func (p part) child(key string) part {
	c := part{file: p.file, at: join(p.at, key)}
	if p.node == nil {
		return c
	}
	children(p.node, func(name string, value *yaml.Node) {
		if name == key || c.node == nil && strings.EqualFold(name, key) {
			c.node, c.at = value, join(p.at, name)
		}
	})
	if c.node != nil {
		p.file.seen[c.node] = max(p.file.seen[c.node], visited)
	}
	return c
}

func join(at, key string) string {
	if at == "" {
		return key
	}
	return at + "." + key
}

// names lists the keys of a mapping, in the file's order.
func (p part) names() []string {
	var names []string
	if p.node != nil {
		children(p.node, func(name string, _ *yaml.Node) { names = append(names, name) })
	}
	return names
}

// items lists the items of a list. One item may stand without a list.
func (p part) items() []part {
	if !p.has() {
		return nil
	}
	if p.node.Kind != yaml.SequenceNode {
		return []part{p}
	}
	var items []part
	for i, n := range p.node.Content {
		n = target(n)
		p.file.seen[n] = max(p.file.seen[n], visited)
		if n.Tag == "!!null" {
			continue
		}
		name := nameOf(n)
		if name == "" {
			name = strconv.Itoa(i)
		}
		items = append(items, part{p.file, n, join(p.at, name)})
	}
	return items
}

// variable returns the name and the value of the environment variable that counts before what stands there.
func (p part) variable() (name, value string) {
	if p.file.variables != nil {
		for _, name := range p.file.variables(p.at) {
			if value := p.file.around.get(name); value != "" {
				return name, value
			}
		}
	}
	return "", ""
}

// text returns the text that stands there, or nothing.
func (p part) text() string {
	text, _ := p.textFrom()
	return text
}

// textFrom returns also the reference by which the text is found again.
func (p part) textFrom() (text, reference string) {
	if p.node != nil {
		p.file.seen[p.node] = taken
	}
	if name, value := p.variable(); name != "" {
		p.file.note("%s in the environment counts before the file, as with %s", name, p.file.tool)
		return value, "${env:" + name + "}"
	}
	if p.node == nil {
		return "", ""
	}
	text, ok := scalarText(p.node)
	if !ok {
		if p.has() {
			p.file.note("%s: a text was expected", p.at)
		}
		return "", ""
	}
	return text, "${file:" + p.file.path + ":" + p.at + "}"
}

// texts returns the texts of a list, or those of one text that blanks or commas part.
func (p part) texts() []string {
	if p.node != nil {
		p.file.seen[p.node] = taken
	}
	if _, value := p.variable(); value != "" || !p.has() || p.node.Kind == yaml.ScalarNode {
		return strings.FieldsFunc(p.text(), func(r rune) bool { return r == ',' || r == ' ' || r == '\t' || r == '\n' })
	}
	var texts []string
	for _, item := range p.items() {
		if text := item.text(); text != "" {
			texts = append(texts, text)
		}
	}
	return texts
}

// yes tells whether a flag is set.
func (p part) yes() bool {
	text := p.text()
	b, err := strconv.ParseBool(text)
	if err != nil && text != "" && !slices.Contains([]string{"no", "off"}, strings.ToLower(text)) {
		if slices.Contains([]string{"yes", "on"}, strings.ToLower(text)) {
			return true
		}
		p.file.note("%s: true or false was expected", p.at)
	}
	return b
}

// skip takes keys that don't concern kdeck, with all that is in them.
func (p part) skip(keys ...string) {
	for _, key := range keys {
		if c := p.child(key); c.node != nil {
			p.file.seen[c.node] = taken
		}
	}
}

// left lists the places with something in them that wasn't read.
func (p part) left() []string {
	if p.node == nil {
		return nil
	}
	var left []string
	descend := func(at string, n *yaml.Node) {
		switch {
		case p.file.seen[n] == taken || saysNothing(n, map[*yaml.Node]bool{}):
		case p.file.seen[n] == visited:
			p.file.seen[n] = taken // by what is named now; a list may hold itself
			left = append(left, part{p.file, n, at}.left()...)
		default:
			left = append(left, at)
		}
	}
	switch p.node.Kind {
	case yaml.MappingNode:
		children(p.node, func(name string, n *yaml.Node) { descend(join(p.at, name), n) })
	case yaml.SequenceNode:
		for i, n := range p.node.Content {
			descend(join(p.at, strconv.Itoa(i)), target(n))
		}
	case yaml.ScalarNode:
		if p.has() {
			left = append(left, p.at)
		}
	}
	return left
}

// saysNothing tells whether a node has but empty values: tools write all their keys. known are nodes that were looked at already.
func saysNothing(n *yaml.Node, known map[*yaml.Node]bool) bool {
	if n = target(n); n.Kind == yaml.ScalarNode {
		return n.Tag == "!!null" || n.Value == "" || n.Value == "false" || n.Value == "0"
	}
	if known[n] {
		return true
	}
	known[n] = true
	for i, c := range n.Content {
		if (n.Kind == yaml.SequenceNode || i%2 == 1) && !saysNothing(c, known) {
			return false
		}
	}
	return true
}
