package view

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"kdeck/ops/format"
	"kdeck/ops/state"
)

// SortConfigs orders configs so that what somebody set comes first: on the resource itself, for all brokers, in a properties file.
// Kafka's own defaults come last.
func SortConfigs(configs []state.Config) {
	rank := func(c state.Config) int {
		switch {
		case c.Source.Overridden():
			return 0
		case c.Source == state.SourceClusterDefault:
			return 1
		case c.Source == state.SourceDefault:
			return 3
		}
		return 2
	}
	slices.SortStableFunc(configs, func(a, b state.Config) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.Name, b.Name))
	})
}

// ConfigColumns are the columns of the configs of one resource.
func ConfigColumns() []Column[state.Config] {
	return []Column[state.Config]{
		Text("CONFIG", "config", "name of the config, as Kafka spells it", func(c state.Config) string { return c.Name }),
		Text("VALUE", "value", "value that holds now, as the broker tells it; - for none", ConfigValue),
		Text("MEANS", "means", "the value as a time or a size, where the name says that it is one", func(c state.Config) string { return ConfigMeans(c.Name, deref(c.Value)) }),
		Text("SOURCE", "source", "where the value comes from: dynamic (set on the topic, broker or group itself), cluster default (set for all brokers), static (a broker's properties file), or Kafka's default",
			func(c state.Config) string { return c.Source.String() }),
		Text("BELOW", "below", "value that holds where the resource's own is taken away, and where that comes from", configBelow),
		Wide(Text("TYPE", "type", "type of the value, as the broker tells it", func(c state.Config) string { return c.Type.String() })),
		Wide(Text("CHANGED", "changed", "how it can be changed: live, or only in the properties file and by a restart", func(c state.Config) string {
			if c.ReadOnly {
				return "restart"
			}
			return "live"
		})),
	}
}

// SecretConfig stands in the place of a value that brokers don't tell.
const SecretConfig = "(secret)"

// ConfigValue is the value that holds, [SecretConfig] for one that brokers don't tell.
func ConfigValue(c state.Config) string {
	if c.Sensitive {
		return SecretConfig
	}
	return deref(c.Value)
}

func configBelow(c state.Config) string {
	below := c.Below()
	if below == nil || !c.Source.Overridden() {
		return ""
	}
	return cmp.Or(deref(below.Value), `""`) + " (" + below.Source.String() + ")"
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// ConfigMeans writes a value as a time or a size, where the config's name says that it is one: "7d0h", "1.07GB". It is "" for other
// values, and for those that a reader sees through without help.
func ConfigMeans(name, value string) string {
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		return ""
	}
	unit := name[strings.LastIndexByte(name, '.')+1:]
	switch {
	case n == math.MaxInt64 && (unit == "ms" || unit == "bytes" || unit == "messages"):
		return "never"
	case n == -1 && strings.Contains(name, "retention"):
		return "no limit"
	case unit == "ms" && n >= 1000 && n < math.MaxInt64/int64(time.Millisecond):
		return format.Duration(time.Duration(n) * time.Millisecond)
	case (unit == "bytes" || strings.HasSuffix(name, ".bytes.per.second") || strings.HasSuffix(name, "throttled.rate")) && n >= 1000:
		return format.Bytes(n)
	}
	return ""
}

// ConfigNames are what a config is called.
func ConfigNames(c state.Config) []string { return []string{c.Name} }

// ConfigsJSON is the answer of `kdeck configs topic|broker|group NAME`.
type ConfigsJSON struct {
	Envelope
	Resource   ConfigResourceJSON `json:"resource"`
	AnsweredBy *int32             `json:"answered_by"` // the broker that told it
	Configs    []ConfigJSON       `json:"configs"`
}

// ConfigResourceJSON is what configs belong to. Name is null for all brokers.
type ConfigResourceJSON struct {
	Type string  `json:"type"`
	Name *string `json:"name"`
}

// ConfigJSON is one config of an answer. Value is null where there is none, and of secrets.
type ConfigJSON struct {
	Name      string            `json:"name"`
	Value     *string           `json:"value"`
	Source    string            `json:"source"`
	Type      *string           `json:"type"`
	ReadOnly  bool              `json:"read_only"`
	Sensitive bool              `json:"sensitive"`
	Layers    []ConfigLayerJSON `json:"layers"`
}

// ConfigLayerJSON is a value that a config was given in one place; the first of them holds.
type ConfigLayerJSON struct {
	Name   string  `json:"name"`
	Value  *string `json:"value"`
	Source string  `json:"source"`
}

// ConfigsAnswer makes the answer with the configs of one resource.
func ConfigsAnswer(s *state.Snapshot, kind, name string, by int32, configs []state.Config) ConfigsJSON {
	doc := ConfigsJSON{EnvelopeOf(s), ConfigResourceJSON{kind, named(name)}, &by, []ConfigJSON{}}
	for _, c := range configs {
		j := ConfigJSON{c.Name, c.Value, c.Source.String(), named(c.Type.String()), c.ReadOnly, c.Sensitive, []ConfigLayerJSON{}}
		for _, l := range c.Layers {
			j.Layers = append(j.Layers, ConfigLayerJSON{l.Name, l.Value, l.Source.String()})
		}
		doc.Configs = append(doc.Configs, j)
	}
	return doc
}
