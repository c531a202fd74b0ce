package state

import "fmt"

// ConfigSource says where the value of a config comes from. The numbers are those of DescribeConfigs (KIP-226, KIP-1043).
type ConfigSource int8

// The sources.
const (
	SourceTopic          ConfigSource = 1
	SourceBroker         ConfigSource = 2
	SourceClusterDefault ConfigSource = 3
	SourceStatic         ConfigSource = 4
	SourceDefault        ConfigSource = 5
	SourceLogger         ConfigSource = 6
	SourceClientMetrics  ConfigSource = 7
	SourceGroup          ConfigSource = 8
)

var sourceWords = map[ConfigSource]string{
	SourceTopic: "dynamic", SourceBroker: "dynamic", SourceGroup: "dynamic", SourceLogger: "dynamic", SourceClientMetrics: "dynamic",
	SourceClusterDefault: "cluster default", SourceStatic: "static", SourceDefault: "default",
}

// String is dynamic for what was set on the resource itself while the cluster ran, cluster default for what was set so for all brokers,
// static for a broker's properties file, and default for Kafka's own.
func (s ConfigSource) String() string {
	if word := sourceWords[s]; word != "" {
		return word
	}
	return fmt.Sprintf("source %d", int8(s))
}

// Overridden tells whether somebody gave the resource itself a value while the cluster ran, which can be taken away again.
func (s ConfigSource) Overridden() bool {
	return s == SourceTopic || s == SourceBroker || s == SourceGroup
}

// ConfigType is the type of a config's value. The numbers are those of DescribeConfigs (KIP-569).
type ConfigType int8

// The types.
const (
	ConfigBool ConfigType = iota + 1
	ConfigString
	ConfigInt
	ConfigShort
	ConfigLong
	ConfigDouble
	ConfigList
	ConfigClass
	ConfigPassword
)

var configTypeWords = map[ConfigType]string{
	ConfigBool: "boolean", ConfigString: "string", ConfigInt: "int", ConfigShort: "short", ConfigLong: "long", ConfigDouble: "double",
	ConfigList: "list", ConfigClass: "class", ConfigPassword: "password",
}

// String is Kafka's name of the type, "" where the broker didn't tell it.
func (t ConfigType) String() string { return configTypeWords[t] }

// Config is one config of a resource, as a broker described it.
type Config struct {
	Name      string
	Value     *string // the value that holds; nil: it has none, or is a secret
	Source    ConfigSource
	Type      ConfigType
	ReadOnly  bool // only the broker's properties file and a restart change it
	Sensitive bool // a secret: brokers don't tell its value, and kdeck doesn't keep it
	// Layers are the values that were given, the one that holds first: what is below one holds where that is taken away.
	Layers []ConfigLayer
}

// ConfigLayer is a value that a config was given in one place.
type ConfigLayer struct {
	Name   string // a topic's retention.ms falls back to the brokers' log.retention.ms
	Value  *string
	Source ConfigSource
}

// Own is the value that was set on the resource itself while the cluster ran; nil: none was.
func (c *Config) Own() *string {
	for _, l := range c.Layers {
		if l.Source.Overridden() {
			return l.Value
		}
	}
	return nil
}

// Below is the layer that holds where the resource's own value is taken away; nil: none that is known.
func (c *Config) Below() *ConfigLayer {
	for i := range c.Layers {
		if !c.Layers[i].Source.Overridden() {
			return &c.Layers[i]
		}
	}
	return nil
}
