package sim

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// topicConfig is the value that holds for the topic: its own, the broker's that it falls back to, or Kafka's.
func (m *model) topicConfig(t *topic, name string) string {
	if v, ok := t.configs[name]; ok {
		return v
	}
	d := configNamed(topicConfigs, name)
	if d == nil {
		return ""
	}
	if v, ok := m.defaults[d.broker]; ok && d.broker != "" {
		return v
	}
	return d.value
}

// configTarget is the set of dynamic configs that a resource names.
type configTarget struct {
	configs map[string]string
	defs    []configDef
	topic   *topic  // of a topic
	broker  *broker // of one broker
	group   string  // of a group
}

// configTarget finds the resource. Only the broker itself answers for and changes its own configs; other brokers refuse. A
// controller changes those of any broker (ControllerConfigurationValidator; seen on Kafka: a broker that is dead misses it).
func (m *model) configTarget(a askedNode, kind kmsg.ConfigResourceType, name string) (configTarget, apiError) {
	switch kind {
	case kmsg.ConfigResourceTypeTopic:
		t := m.byName[name]
		if t == nil {
			return configTarget{}, failure(kerr.UnknownTopicOrPartition, kerr.UnknownTopicOrPartition.Description)
		}
		return configTarget{configs: t.configs, defs: topicConfigs, topic: t}, apiError{}
	case kmsg.ConfigResourceTypeBroker:
		if name == "" {
			return configTarget{configs: m.defaults, defs: brokerConfigs}, apiError{}
		}
		id, err := strconv.ParseInt(name, 10, 32)
		if err != nil {
			return configTarget{}, failure(kerr.InvalidRequest, "Broker id must be an integer, but it is: "+name)
		}
		b := m.broker(int32(id))
		if a.broker != nil && b != a.broker || b == nil {
			return configTarget{}, failure(kerr.InvalidRequest, fmt.Sprintf("Unexpected broker id, expected %d or empty string, but received %s", a.id, name))
		}
		return configTarget{configs: b.configs, defs: brokerConfigs, broker: b}, apiError{}
	case kmsg.ConfigResourceTypeGroupConfig:
		if name == "" {
			return configTarget{}, failure(kerr.InvalidRequest, "Group name can't be empty")
		}
		return configTarget{configs: m.groupConfigs[name], defs: groupConfigs, group: name}, apiError{}
	default:
		return configTarget{}, failure(kerr.InvalidRequest, fmt.Sprintf("Unsupported resource type: %v", kind))
	}
}

// clusterWide tells of the configs of all brokers.
func (t configTarget) clusterWide() bool { return t.topic == nil && t.broker == nil && t.group == "" }

func handleDescribeConfigs(m *model, a askedNode, kreq kmsg.Request) (kmsg.Response, error) {
	req := kreq.(*kmsg.DescribeConfigsRequest)
	resp := req.ResponseKind().(*kmsg.DescribeConfigsResponse)
	for _, r := range req.Resources {
		rr := kmsg.NewDescribeConfigsResponseResource()
		rr.ResourceType, rr.ResourceName = r.ResourceType, r.ResourceName
		target, e := m.configTarget(a, r.ResourceType, r.ResourceName)
		rr.ErrorCode, rr.ErrorMessage = e.code, e.message
		if e.code == 0 {
			for _, c := range m.describeConfigs(target) {
				if r.ConfigNames != nil && !slices.Contains(r.ConfigNames, c.Name) {
					continue
				}
				if !req.IncludeSynonyms {
					c.ConfigSynonyms = nil
				}
				rr.Configs = append(rr.Configs, c)
			}
		}
		resp.Resources = append(resp.Resources, rr)
	}
	return resp, nil
}

// describeConfigs lists what holds for the target, by name, each with where it comes from.
func (m *model) describeConfigs(target configTarget) []kmsg.DescribeConfigsResponseResourceConfig {
	defs := target.defs
	if target.broker != nil {
		defs = slices.Concat(defs, target.broker.identity())
	}
	var all []kmsg.DescribeConfigsResponseResourceConfig
	for _, d := range defs {
		c := kmsg.NewDescribeConfigsResponseResourceConfig()
		c.Name, c.ConfigType = d.name, d.kind
		synonym := func(name, value string, source kmsg.ConfigSource) {
			s := kmsg.NewDescribeConfigsResponseResourceConfigConfigSynonym()
			s.Name, s.Value, s.Source = name, kmsg.StringPtr(value), source
			c.ConfigSynonyms = append(c.ConfigSynonyms, s)
		}
		own := kmsg.ConfigSourceDynamicTopicConfig
		fallback := d.broker
		if target.group != "" {
			own = kmsg.ConfigSourceGroupConfig
		} else if target.topic == nil {
			own, fallback = kmsg.ConfigSourceDynamicBrokerConfig, d.name
			c.ReadOnly = !d.dynamic
		}
		if v, ok := target.configs[d.name]; ok && !target.clusterWide() {
			synonym(d.name, v, own)
		}
		if v, ok := m.defaults[fallback]; ok && fallback != "" {
			synonym(fallback, v, kmsg.ConfigSourceDynamicDefaultBrokerConfig)
		}
		if !d.unset && !target.clusterWide() { // of which only what was set is described
			source := kmsg.ConfigSourceDefaultConfig
			if target.broker != nil && configNamed(brokerConfigs, d.name) == nil {
				source = kmsg.ConfigSourceStaticBrokerConfig
			}
			synonym(cmp.Or(fallback, d.name), d.value, source)
		}
		if len(c.ConfigSynonyms) == 0 {
			continue
		}
		c.Value, c.Source = c.ConfigSynonyms[0].Value, c.ConfigSynonyms[0].Source
		c.IsDefault = c.Source == kmsg.ConfigSourceDefaultConfig
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b kmsg.DescribeConfigsResponseResourceConfig) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// identity lists the configs that are set in the broker's properties file.
func (b *broker) identity() []configDef {
	paths := make([]string, len(b.dirs))
	for i, d := range b.dirs {
		paths[i] = d.path
	}
	address := "PLAINTEXT://" + b.host + ":" + itoa(b.port)
	return []configDef{
		{name: "advertised.listeners", value: address, kind: kmsg.ConfigTypeString},
		{name: "broker.id", value: itoa(b.id), kind: kmsg.ConfigTypeInt},
		{name: "broker.rack", value: b.rack, kind: kmsg.ConfigTypeString},
		{name: "listeners", value: address, kind: kmsg.ConfigTypeString},
		{name: "log.dirs", value: strings.Join(paths, ","), kind: kmsg.ConfigTypeString},
		{name: "node.id", value: itoa(b.id), kind: kmsg.ConfigTypeInt},
		{name: "process.roles", value: "broker", kind: kmsg.ConfigTypeList},
	}
}

func handleIncrementalAlterConfigs(m *model, a askedNode, kreq kmsg.Request) (kmsg.Response, error) {
	req := kreq.(*kmsg.IncrementalAlterConfigsRequest)
	resp := req.ResponseKind().(*kmsg.IncrementalAlterConfigsResponse)
	for _, r := range req.Resources {
		rr := kmsg.NewIncrementalAlterConfigsResponseResource()
		rr.ResourceType, rr.ResourceName = r.ResourceType, r.ResourceName
		e := m.alterConfigs(a, r, false, req.ValidateOnly)
		rr.ErrorCode, rr.ErrorMessage = e.code, e.message
		resp.Resources = append(resp.Resources, rr)
	}
	return resp, nil
}

// handleAlterConfigs replaces all dynamic configs of a resource, as the request that Kafka deprecated does.
func handleAlterConfigs(m *model, a askedNode, kreq kmsg.Request) (kmsg.Response, error) {
	req := kreq.(*kmsg.AlterConfigsRequest)
	resp := req.ResponseKind().(*kmsg.AlterConfigsResponse)
	for _, r := range req.Resources {
		set := kmsg.IncrementalAlterConfigsRequestResource{ResourceType: r.ResourceType, ResourceName: r.ResourceName}
		for _, c := range r.Configs {
			set.Configs = append(set.Configs, kmsg.IncrementalAlterConfigsRequestResourceConfig{
				Name: c.Name, Value: c.Value, Op: kmsg.IncrementalAlterConfigOpSet,
			})
		}
		rr := kmsg.NewAlterConfigsResponseResource()
		rr.ResourceType, rr.ResourceName = r.ResourceType, r.ResourceName
		e := m.alterConfigs(a, set, true, req.ValidateOnly)
		rr.ErrorCode, rr.ErrorMessage = e.code, e.message
		resp.Resources = append(resp.Resources, rr)
	}
	return resp, nil
}

// alterConfigs changes the configs of one resource. With replace, configs that r doesn't name are deleted.
func (m *model) alterConfigs(a askedNode, r kmsg.IncrementalAlterConfigsRequestResource, replace, validateOnly bool) apiError {
	target, e := m.configTarget(a, r.ResourceType, r.ResourceName)
	if e.code != 0 {
		return e
	}
	if m.notController(a) {
		return failure(kerr.NotController, kerr.NotController.Description)
	}
	before := target
	if replace {
		before.configs = map[string]string{}
	}
	next, e := altered(before, r.Configs)
	if e.code == 0 && !validateOnly {
		m.setConfigs(a.c, target, next)
	}
	return e
}

// altered returns the target's configs after the operations, or the error of the first operation that is wrong.
func altered(target configTarget, ops []kmsg.IncrementalAlterConfigsRequestResourceConfig) (map[string]string, apiError) {
	next := maps.Clone(target.configs)
	if next == nil {
		next = map[string]string{}
	}
	for _, op := range ops {
		d := configNamed(target.defs, op.Name)
		if d == nil {
			switch {
			case target.topic != nil:
				return nil, failure(kerr.InvalidConfig, "Unknown topic config name: "+op.Name)
			case target.group != "":
				return nil, failure(kerr.InvalidConfig, "Unknown group config name: "+op.Name)
			}
			d = &configDef{name: op.Name, kind: kmsg.ConfigTypeString, dynamic: true} // brokers take what they don't know
		}
		if target.topic == nil && target.group == "" && !d.dynamic {
			return nil, failure(kerr.InvalidRequest, "Cannot update these configs dynamically: Set("+op.Name+")")
		}
		if op.Op == kmsg.IncrementalAlterConfigOpDelete {
			delete(next, op.Name)
			continue
		}
		if op.Value == nil {
			return nil, failure(kerr.InvalidRequest, "Null value not supported for: "+op.Name)
		}
		list := []string{}
		if current := next[op.Name]; current != "" {
			list = strings.Split(current, ",")
		} else if _, set := next[op.Name]; !set && d.value != "" {
			list = strings.Split(d.value, ",")
		}
		words := strings.Split(*op.Value, ",")
		switch op.Op {
		case kmsg.IncrementalAlterConfigOpSet:
			next[op.Name] = *op.Value
		case kmsg.IncrementalAlterConfigOpAppend:
			for _, w := range words {
				if !slices.Contains(list, w) {
					list = append(list, w)
				}
			}
			next[op.Name] = strings.Join(list, ",")
		case kmsg.IncrementalAlterConfigOpSubtract:
			list = slices.DeleteFunc(list, func(w string) bool { return slices.Contains(words, w) })
			next[op.Name] = strings.Join(list, ",")
		default:
			return nil, failure(kerr.InvalidRequest, fmt.Sprintf("Unknown operation %d", op.Op))
		}
		if op.Op != kmsg.IncrementalAlterConfigOpSet && d.kind != kmsg.ConfigTypeList {
			return nil, failure(kerr.InvalidConfig, "Can't append or subtract: "+op.Name+" is not a list")
		}
		if e := validConfig(d, next[op.Name]); e.code != 0 {
			if target.topic == nil {
				e.code = kerr.InvalidRequest.Code // seen: a broker's own values are refused in other words than a topic's
			}
			return nil, e
		}
	}
	return next, apiError{}
}

func validConfig(d *configDef, value string) apiError {
	wrong := func(must string) apiError {
		return failure(kerr.InvalidConfig, fmt.Sprintf("Invalid value %s for configuration %s: %s", value, d.name, must))
	}
	switch d.kind {
	case kmsg.ConfigTypeInt, kmsg.ConfigTypeLong:
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil {
			return wrong("Not a number of type LONG")
		}
		if strings.HasSuffix(d.name, "throttled.rate") && n < 0 {
			return wrong("Value must be at least 0")
		}
		if d.name == "min.insync.replicas" && n < 1 {
			return wrong("Value must be at least 1")
		}
	case kmsg.ConfigTypeBoolean:
		if value != "true" && value != "false" {
			return wrong("Expected value to be either true or false")
		}
	case kmsg.ConfigTypeList:
		if strings.HasSuffix(d.name, "throttled.replicas") && !validThrottledReplicas(value) {
			return wrong("Must be the literal '*' or a list of partitionId:brokerId")
		}
	}
	return apiError{}
}

// validThrottledReplicas is org.apache.kafka.server.config.ReplicationQuotaManagerConfig's ThrottledReplicaListValidator.
func validThrottledReplicas(value string) bool {
	if value == "" || value == "*" || value == "none" {
		return true
	}
	for _, entry := range strings.Split(value, ",") {
		p, b, ok := strings.Cut(entry, ":")
		if _, err := strconv.Atoi(p); !ok || err != nil {
			return false
		}
		if _, err := strconv.Atoi(b); err != nil {
			return false
		}
	}
	return true
}

// setConfigs makes next the target's dynamic configs.
func (m *model) setConfigs(c *Cluster, target configTarget, next map[string]string) {
	what := "cluster default"
	switch {
	case target.topic != nil:
		what = "topic " + target.topic.name
	case target.broker != nil:
		what = "broker " + itoa(target.broker.id)
	case target.group != "":
		what = "group " + target.group
	}
	names := slices.Concat(slices.Collect(maps.Keys(target.configs)), slices.Collect(maps.Keys(next)))
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		was, had := target.configs[name]
		is, has := next[name]
		switch {
		case !has:
			m.eventf("config %s %s deleted", what, name)
		case !had || was != is:
			m.eventf("config %s %s=%s", what, name, is)
		}
	}
	m.copying.stale = true
	m.records++
	switch {
	case target.topic != nil:
		target.topic.configs = next
		c.backend.setTopicConfigs(target.topic.name, next)
	case target.broker != nil:
		target.broker.configs = next
		target.broker.cordonByConfig()
	case target.group != "":
		m.groupConfigs[target.group] = next
	default:
		m.defaults = next
	}
}

// cordonByConfig applies cordoned.log.dirs (KIP-1066).
func (b *broker) cordonByConfig() {
	value := b.configs["cordoned.log.dirs"]
	for i := range b.dirs {
		b.dirs[i].cordoned = value == "*" || slices.Contains(strings.Split(value, ","), b.dirs[i].path)
	}
}
