package config

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"kdeck/ops/state"
	"kdeck/ops/tenant"
	"kdeck/protocol"
)

// Context is one named context of the file.
type Context struct {
	Name        string
	Bootstrap   []string
	Controllers []string
	Properties  string            // path of a Java client.properties
	Settings    map[string]string // Java's keys, librdkafka's as aliases; as written, secrets unresolved
	Metrics     Metrics
	Production  bool
	MaxClass    protocol.Class // 0: not capped
	Color       string
	AddressMap  map[string]string
	Tenants     tenant.Rules // by user and client id, and by topic
	Calm        state.Calm
	Host        HostLook // where brokers' own machines are asked

	settings []pair // Settings with their places
}

// String returns the name: the settings may hold secrets.
func (c Context) String() string { return c.Name }

// document reads the YAML nodes of one file, with their positions for errors.
type document struct{ path string }

func (d document) at(n *yaml.Node) string { return fmt.Sprintf("%s:%d", d.path, n.Line) }

func (d document) errorf(n *yaml.Node, format string, args ...any) error {
	return fmt.Errorf("%s: %s", d.at(n), fmt.Sprintf(format, args...))
}

// mapping calls set for each key of a mapping, each once.
func (d document) mapping(n *yaml.Node, what string, set func(key string, k, v *yaml.Node) error) error {
	n = target(n)
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		return nil
	}
	if n.Kind != yaml.MappingNode {
		return d.errorf(n, "%s: keys and values were expected", what)
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], target(n.Content[i+1])
		if k.Kind != yaml.ScalarNode {
			return d.errorf(k, "%s: a key must be a word", what)
		}
		if seen[k.Value] {
			return d.errorf(k, "%s: key %q is there twice", what, k.Value)
		}
		seen[k.Value] = true
		if err := set(k.Value, k, v); err != nil {
			return err
		}
	}
	return nil
}

// target returns the node that an alias stands for. An alias of an alias needs an anchor on it, which the library refuses.
func target(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode && n.Alias != nil {
		return n.Alias
	}
	return n
}

func (d document) unknown(k *yaml.Node, known ...string) error {
	return &UnknownKeyError{Key: k.Value, Where: d.at(k), Known: known}
}

func (d document) text(n *yaml.Node, key string) (string, error) {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		return "", d.errorf(n, "%s: a text was expected", key)
	}
	return n.Value, nil
}

func (d document) flag(n *yaml.Node, key string) (bool, error) {
	var b bool
	if n.Kind != yaml.ScalarNode || n.Tag != "!!bool" || n.Decode(&b) != nil {
		return false, d.errorf(n, "%s: true or false was expected", key)
	}
	return b, nil
}

// addresses reads a list of addresses, or one text with commas.
func (d document) addresses(n *yaml.Node, key string) (list []string, err error) {
	err = d.list(n, key, func(item *yaml.Node, text string) error {
		addrs, err := Addresses(text)
		if err != nil {
			return d.errorf(item, "%s: %v", key, err)
		}
		list = append(list, addrs...)
		return nil
	})
	return list, err
}

// list calls each with the texts of a list, or with one text.
func (d document) list(n *yaml.Node, key string, each func(item *yaml.Node, text string) error) error {
	items := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		items = n.Content
	}
	for _, item := range items {
		text, err := d.text(target(item), key)
		if err == nil {
			err = each(item, text)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (d document) texts(n *yaml.Node, what string) (map[string]string, []pair, error) {
	texts := map[string]string{}
	var pairs []pair
	err := d.mapping(n, what, func(key string, k, v *yaml.Node) error {
		text, err := d.text(v, key)
		texts[key] = text
		pairs = append(pairs, pair{key: key, value: text, where: d.at(k)})
		return err
	})
	return texts, pairs, err
}

var contextKeys = []string{"bootstrap", "controllers", "properties", "settings", "metrics", "production", "max_class", "color", "address_map", "tenants", "calm", "host"}

func (d document) context(name string, n *yaml.Node) (*Context, error) {
	c := &Context{Name: name}
	err := d.mapping(n, "context "+name, func(key string, k, v *yaml.Node) (err error) {
		switch key {
		case "bootstrap":
			c.Bootstrap, err = d.addresses(v, key)
		case "controllers":
			c.Controllers, err = d.addresses(v, key)
		case "properties":
			c.Properties, err = d.text(v, key)
		case "settings":
			if c.Settings, c.settings, err = d.texts(v, key); err == nil {
				err = checkKeys(c.settings)
			}
		case "metrics":
			c.Metrics, err = d.metrics(v)
		case "production":
			c.Production, err = d.flag(v, key)
		case "max_class":
			var text string
			if text, err = d.text(v, key); err == nil {
				if c.MaxClass, err = protocol.ParseClass(text); err != nil {
					err = d.errorf(v, "max_class: %v", err)
				}
			}
		case "color":
			if c.Color, err = d.text(v, key); err == nil {
				if err = checkColor(c.Color); err != nil {
					err = d.errorf(v, "%v", err)
				}
			}
		case "address_map":
			c.AddressMap, err = d.addressMap(v)
		case "tenants":
			c.Tenants, err = d.tenants(v)
		case "calm":
			c.Calm, err = d.calm(v)
		case "host":
			var text string
			if text, err = d.text(v, key); err == nil {
				c.Host = HostLook(text)
				if _, err = c.Host.template(); err != nil {
					err = d.errorf(v, "host: %v", err)
				}
			}
		default:
			err = d.unknown(k, contextKeys...)
		}
		return err
	})
	return c, err
}

// Colors are the colours that the console can give a context's name.
var Colors = []string{"red", "green", "yellow", "blue", "magenta", "cyan", "white"}

func checkColor(name string) error {
	if name != "" && !slices.Contains(Colors, name) {
		return fmt.Errorf("no color %q: one of %s", name, strings.Join(Colors, ", "))
	}
	return nil
}

// checkKeys refuses unknown settings.
func checkKeys(pairs []pair) error {
	for _, p := range pairs {
		if _, known := canonical(p.key); !known {
			return &UnknownKeyError{Key: shownKey(p.key), Where: p.where, Known: knownSettings()}
		}
	}
	return nil
}

func (d document) addressMap(n *yaml.Node) (map[string]string, error) {
	texts, pairs, err := d.texts(n, "address_map")
	for _, p := range pairs {
		for _, addr := range []string{p.key, p.value} {
			if a, aerr := Addresses(addr); err == nil && (aerr != nil || len(a) != 1 || a[0] != addr) {
				err = fmt.Errorf("%s: address_map: %q: host:port was expected", p.where, withoutUser(addr))
			}
		}
	}
	return texts, err
}

func (d document) metrics(n *yaml.Node) (Metrics, error) {
	var m Metrics
	var given []string
	err := d.mapping(n, "metrics", func(key string, k, v *yaml.Node) (err error) {
		if _, access := m.access()[key]; access {
			var text string
			text, err = d.text(v, key)
			m.setAccess(key, text)
			return err
		}
		if key == "hosts" {
			return d.list(v, key, func(item *yaml.Node, text string) error {
				if m.Hosts = append(m.Hosts, text); !ValidHost(strings.TrimPrefix(text, ".")) {
					return d.errorf(item, "hosts: %q: a host, or a domain with a dot in front, was expected", withoutUser(text))
				}
				return nil
			})
		}
		given = append(given, key)
		switch key {
		case "prometheus":
			m.Prometheus, err = d.exporter(v, key)
		case "jolokia":
			m.Jolokia, err = d.exporter(v, key)
		case "prometheus-server":
			err = d.mapping(v, key, func(inner string, k, v *yaml.Node) (err error) {
				switch inner {
				case "url":
					m.PrometheusServer.URL, err = d.url(v, inner)
				case "match":
					m.PrometheusServer.Match, err = d.text(v, inner)
				default:
					err = d.unknown(k, "url", "match")
				}
				return err
			})
			if err == nil && m.PrometheusServer.URL == "" {
				err = d.errorf(v, "prometheus-server: url is missing")
			}
		default:
			err = d.unknown(k, append([]string{"prometheus", "jolokia", "prometheus-server", "hosts"}, slices.Sorted(maps.Keys(m.access()))...)...)
		}
		return err
	})
	if err == nil && len(given) > 1 {
		err = d.errorf(n, "metrics: one source was expected, not %s", strings.Join(given, " and "))
	}
	switch {
	case err != nil:
	case !m.Token.IsZero() && m.Username != "":
		err = d.errorf(n, "metrics: token or username was expected, not both")
	case m.Username == "" && !m.Password.IsZero():
		err = d.errorf(n, "metrics: a password without username")
	case m.Certificate == "" && m.Key != "":
		err = d.errorf(n, "metrics: a key without certificate")
	}
	return m, err
}

func (d document) url(n *yaml.Node, key string) (URL, error) {
	text, err := d.text(n, key)
	return URL(text), err
}

func (d document) exporter(n *yaml.Node, key string) (Exporter, error) {
	if n.Kind == yaml.ScalarNode {
		u, err := d.url(n, key)
		return Exporter{URL: u}, err
	}
	e := Exporter{ByBroker: map[int32]URL{}}
	texts, _, err := d.texts(n, key)
	for _, id := range slices.Sorted(maps.Keys(texts)) {
		number, perr := strconv.ParseInt(id, 10, 32)
		if err == nil && (perr != nil || number < 0) {
			err = d.errorf(n, "%s: %q is no broker id", key, id)
		}
		e.ByBroker[int32(number)] = URL(texts[id])
	}
	return e, err
}
