package config

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/google/renameio/v2"
	"go.yaml.in/yaml/v3"

	"kdeck/ops/state"
	documents "kdeck/protocol/document"
	"kdeck/protocol/printable"
)

// checkName refuses names that couldn't be told from other words in the phrase that confirms a change.
func checkName(name string) error {
	if name == "" || name[0] == '-' || strings.ContainsFunc(name, func(r rune) bool { return r == ' ' || !printable.Rune(r) }) {
		return fmt.Errorf("%q can't be a context's name: no blanks, and no dash in front", name)
	}
	return nil
}

// Use makes a context the current one. [File.Save] writes it down.
func (f *File) Use(name string) error {
	if _, err := f.Context(name); err != nil {
		return err
	}
	f.Current = name
	setKey(f.root(), "current", scalar(name))
	return nil
}

// Add puts a new context into the file; the first one becomes the current one. [File.Save] writes it down.
func (f *File) Add(c *Context) error {
	if _, ok := f.contexts[c.Name]; ok {
		return fmt.Errorf("context %q is already in %s", c.Name, f.Path)
	}
	return f.put(c)
}

// Replace puts a context in the place of the one of that name, if there is one, whose way to the cluster it replaces: addresses,
// properties and settings. What else stands there, production and the highest class among it, stays.
func (f *File) Replace(c *Context) error {
	if before, ok := f.contexts[c.Name]; ok {
		kept := *before
		kept.Bootstrap, kept.Properties, kept.Settings = c.Bootstrap, c.Properties, c.Settings
		c = &kept
	}
	return f.put(c)
}

func (f *File) put(c *Context) error {
	if err := checkName(c.Name); err != nil {
		return err
	}
	if err := checkColor(c.Color); err != nil {
		return err
	}
	if len(c.Bootstrap) == 0 && len(c.Controllers) == 0 && c.Properties == "" {
		return errors.New("a context needs an address, or a properties file that has one")
	}
	added := *c
	added.settings = nil
	for _, key := range slices.Sorted(maps.Keys(c.Settings)) {
		added.settings = append(added.settings, pair{key: key, value: c.Settings[key], where: "context " + c.Name})
	}
	if err := checkKeys(added.settings); err != nil {
		return err
	}
	root := f.root()
	contexts := valueOf(root, "contexts")
	if contexts == nil || contexts.Kind != yaml.MappingNode {
		contexts = &yaml.Node{Kind: yaml.MappingNode}
		setKey(root, "contexts", contexts)
	}
	contexts.Style = 0
	setKey(contexts, c.Name, added.node(false))
	if _, ok := f.contexts[c.Name]; !ok {
		f.order = append(f.order, c.Name)
	}
	f.contexts[c.Name] = &added
	if f.Current == "" {
		return f.Use(c.Name)
	}
	return nil
}

// Save writes the file whole, by renaming it into its place, readable by its owner alone. Comments stay.
func (f *File) Save() error {
	var out bytes.Buffer
	if err := documents.Encode(&out, f.tree); err != nil {
		return err
	}
	path := f.Path
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real // a link stays a link
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return renameio.WriteFile(path, out.Bytes(), 0o600, renameio.WithStaticPermissions(0o600))
}

// Show writes a context as the file has it, with every secret hidden. What only refers to a secret
// (${env:NAME}) is shown.
func (f *File) Show(name string) ([]byte, error) {
	c, err := f.Context(name)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	root := &yaml.Node{Kind: yaml.MappingNode}
	setKey(root, name, c.node(true))
	err = documents.Encode(&out, root)
	return out.Bytes(), err
}

// Shown returns what may be shown of a setting's value.
func Shown(key, value string) string {
	name, _ := canonical(key)
	switch {
	case isReference(value):
		return value
	case Sensitive(key) && value != "" || isPrivateKey(value):
		return hidden
	case name == keyTokenEndpoint || strings.Contains(value, "://") && URL(value).HasCredentials(): // also of keys that others read
		return URL(value).String()
	}
	return value
}

// root returns the mapping at the top of the file's tree.
func (f *File) root() *yaml.Node {
	if f.tree == nil {
		f.tree = &yaml.Node{Kind: yaml.DocumentNode}
	}
	if len(f.tree.Content) == 0 || f.tree.Content[0].Kind != yaml.MappingNode {
		f.tree.Content = []*yaml.Node{{Kind: yaml.MappingNode}}
	}
	return f.tree.Content[0]
}

// node writes a context as YAML, with or without its secrets.
func (c *Context) node(hide bool) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode}
	list := func(key string, words []string) {
		if len(words) > 0 {
			seq := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
			for _, w := range words {
				seq.Content = append(seq.Content, scalar(w))
			}
			setKey(n, key, seq)
		}
	}
	text := func(key, value string) {
		if value != "" {
			setKey(n, key, scalar(value))
		}
	}
	list("bootstrap", c.Bootstrap)
	list("controllers", c.Controllers)
	text("properties", c.Properties)
	if len(c.Settings) > 0 {
		settings := maps.Clone(c.Settings)
		for key, value := range settings {
			if hide {
				settings[key] = Shown(key, value)
			}
		}
		setKey(n, "settings", mappingOf(settings))
	}
	if m := c.Metrics.node(hide); m != nil {
		setKey(n, "metrics", m)
	}
	if c.Production {
		setKey(n, "production", &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: "true"})
	}
	if c.MaxClass != 0 {
		text("max_class", c.MaxClass.String())
	}
	text("color", c.Color)
	if len(c.AddressMap) > 0 {
		setKey(n, "address_map", mappingOf(c.AddressMap))
	}
	if len(c.Tenants) > 0 {
		setKey(n, "tenants", tenantsNode(c.Tenants))
	}
	if c.Calm != (state.Calm{}) {
		setKey(n, "calm", calmNode(c.Calm))
	}
	text("host", string(c.Host))
	return n
}

func (m Metrics) node(hide bool) *yaml.Node {
	shown := func(u URL) string {
		if hide {
			return u.String()
		}
		return string(u)
	}
	n := &yaml.Node{Kind: yaml.MappingNode}
	for _, e := range []struct {
		key string
		Exporter
	}{{"prometheus", m.Prometheus}, {"jolokia", m.Jolokia}} {
		switch {
		case e.URL != "":
			setKey(n, e.key, scalar(shown(e.URL)))
		case len(e.ByBroker) > 0:
			urls := map[string]string{}
			for id, u := range e.ByBroker {
				urls[strconv.Itoa(int(id))] = shown(u)
			}
			setKey(n, e.key, mappingOf(urls))
		}
	}
	if p := m.PrometheusServer; p.URL != "" {
		server := map[string]string{"url": shown(p.URL)}
		if p.Match != "" {
			server["match"] = p.Match
		}
		setKey(n, "prometheus-server", mappingOf(server))
	}
	if len(m.Hosts) > 0 {
		hosts := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
		for _, h := range m.Hosts {
			hosts.Content = append(hosts.Content, scalar(h))
		}
		setKey(n, "hosts", hosts)
	}
	access := m.access()
	for _, key := range slices.Sorted(maps.Keys(access)) {
		switch text := access[key]; {
		case text == "":
		case hide && isSecret(key) && reference.ReplaceAllString(text, "") != "":
			setKey(n, key, scalar(hidden))
		default:
			setKey(n, key, scalar(text))
		}
	}
	if len(n.Content) == 0 {
		return nil
	}
	return n
}

func scalar(text string) *yaml.Node {
	n := new(yaml.Node)
	n.SetString(text)
	n.Tag = "!!str"
	return n
}

func mappingOf(m map[string]string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode}
	for _, key := range slices.Sorted(maps.Keys(m)) {
		setKey(n, key, scalar(m[key]))
	}
	return n
}

func valueOf(mapping *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			return target(mapping.Content[i+1])
		}
	}
	return nil
}

// setKey sets a key of a mapping, in its place where it is there already.
func setKey(mapping *yaml.Node, key string, value *yaml.Node) {
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			old := mapping.Content[i+1]
			value.LineComment, value.HeadComment, value.FootComment = old.LineComment, old.HeadComment, old.FootComment
			mapping.Content[i+1] = value
			return
		}
	}
	mapping.Content = append(mapping.Content, scalar(key), value)
}
