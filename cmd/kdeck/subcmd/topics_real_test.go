package subcmd_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kdeck/ops/kafkatest"
)

// topicHead is the line with which TopicCommand describes a topic as a whole.
var topicHead = regexp.MustCompile(`(?m)^Topic: (\S+)\s+TopicId: \S+\s+PartitionCount: (\d+)\s+ReplicationFactor: (\d+)\s+Configs: ?(\S*)`)

type topicDoc struct {
	Topic      string
	Partitions int
	RF         int    `json:"replication_factor"`
	State      string `json:"worst_state"`
	Configs    []struct {
		Name  string
		Value *string
	}
}

func (d *deck) topics(args ...string) map[string]topicDoc {
	d.t.Helper()
	var doc struct{ Topics []topicDoc }
	must(d.t, json.Unmarshal([]byte(d.ok(0, append([]string{"topics", "--once", "--internal", "-o", "json"}, args...)...)), &doc))
	all := map[string]topicDoc{}
	for _, t := range doc.Topics {
		all[t.Topic] = t
	}
	return all
}

// sameTopics compares all topics with what Kafka's tool describes: partitions, replication factor, and the configs that aren't Kafka's defaults.
func (g *realGroups) sameTopics(t *testing.T) {
	g = g.on(t)
	ours := g.deck.topics()
	theirs := topicHead.FindAllStringSubmatch(g.tool(kafkatest.TopicCommand, "--describe"), -1)
	if len(theirs) != len(ours) || len(theirs) < 5 {
		t.Errorf("kdeck has %d topics, Kafka's tool %d", len(ours), len(theirs))
	}
	for _, m := range theirs {
		o := ours[m[1]]
		if got := fmt.Sprint(o.Partitions, o.RF); got != m[2]+" "+m[3] {
			t.Errorf("%s: kdeck has %s partitions and replicas, Kafka's tool %s %s", m[1], got, m[2], m[3])
		}
		set := map[string]string{}
		for _, c := range o.Configs {
			set[c.Name] = *c.Value
		}
		for name := range set {
			if !strings.Contains(","+m[4]+",", ","+name+"="+set[name]+",") {
				t.Errorf("%s: kdeck says that %s=%s is set on it; Kafka's tool lists %s", m[1], name, set[name], m[4])
			}
		}
		if m[1] == "strict" && !maps.Equal(set, map[string]string{"min.insync.replicas": "2", "retention.ms": "3600000"}) {
			t.Errorf("%s: kdeck says that these are set on it: %v", m[1], set)
		}
	}
}

// worstStates kills a broker, and compares the worst state of each topic with what Kafka's tool lists by its filters.
func (g *realGroups) worstStates(t *testing.T) {
	g = g.on(t)
	must(t, g.c.Node(3).Kill())
	eventually(t, "the worst states of topics are those of Kafka's tool", func() (bool, string) {
		want := map[string]string{}
		under := kafkasOwn(t, g.c, "--under-replicated-partitions")
		for _, f := range []struct{ filter, state string }{ // the worst last
			{"--under-replicated-partitions", "URP"}, {"--at-min-isr-partitions", "AT-MIN"}, {"--under-min-isr-partitions", "<MIN-ISR"}, {"--unavailable-partitions", "OFFLINE"},
		} {
			for _, p := range kafkasOwn(t, g.c, f.filter) {
				if f.state != "AT-MIN" || slices.Contains(under, p) { // one of a single replica is at its minimum when all is well
					want[p[:strings.LastIndexByte(p, '-')]] = f.state
				}
			}
		}
		got := map[string]string{}
		for name, o := range g.deck.topics() {
			if o.State != "ok" {
				got[name] = o.State
			}
		}
		seen := slices.Sorted(maps.Values(want))
		return len(slices.Compact(seen)) == 4 && maps.Equal(got, want), cmp.Diff(want, got)
	})
}

// configLine is a line of ConfigCommand --describe --all.
var configLine = regexp.MustCompile(`^  (\S+?)=(.*) sensitive=(true|false) synonyms=\{(\w*)`)

var sourcesOfKafka = map[string]string{
	"DYNAMIC_TOPIC_CONFIG": "dynamic", "DYNAMIC_BROKER_CONFIG": "dynamic", "DYNAMIC_GROUP_CONFIG": "dynamic", "DYNAMIC_DEFAULT_BROKER_CONFIG": "cluster default",
	"STATIC_BROKER_CONFIG": "static", "DEFAULT_CONFIG": "default", "": "default",
}

// sameConfigs sets configs of a topic, a broker, all brokers and a group; compares everything that Kafka's tool then describes; and takes all of it
// back, the last first.
func (g *realGroups) sameConfigs(t *testing.T) {
	g = g.on(t)
	resources := [][]string{{"topic", "orders"}, {"broker", "1"}, {"broker", "default"}, {"group", "healthy"}}
	if g.c.Options.Version == kafkatest.V39 { // which has no configs of groups yet, nor does its tool
		resources = resources[:3]
	}
	told := func(r []string) map[string]string {
		var doc struct {
			Configs []struct {
				Name, Source string
				Value        *string
				Sensitive    bool
			}
		}
		must(t, json.Unmarshal([]byte(g.deck.ok(0, "configs", r[0], r[1], "-o", "json")), &doc))
		all := map[string]string{}
		for _, c := range doc.Configs {
			all[c.Name] = fmt.Sprintf("%s (%s) sensitive=%v", word(c.Value), c.Source, c.Sensitive)
		}
		return all
	}
	before := []map[string]string{}
	for _, r := range resources {
		before = append(before, told(r))
	}
	sets := [][]string{{"retention.ms=1d", "cleanup.policy=compact,delete"}, {"num.io.threads=4"}, {"message.max.bytes=2000000"}, {"consumer.session.timeout.ms=50s"}}
	var undos []string
	for i, r := range resources {
		undos = append(undos, g.deck.edit(append([]string{r[0], r[1], "set"}, sets[i]...)...))
	}
	for i, r := range resources {
		words := []string{"--describe", "--all", "--entity-type", r[0] + "s", "--entity-name", r[1]}
		if r[1] == "default" {
			words = []string{"--describe", "--all", "--entity-type", r[0] + "s", "--entity-default"}
		}
		eventually(t, fmt.Sprintf("kdeck and Kafka's tool agree on configs of %v", r), func() (bool, string) { // brokers hear of it one after the other
			theirs := map[string]string{}
			for line := range strings.Lines(g.tool(kafkatest.ConfigCommand, words...)) {
				if m := configLine.FindStringSubmatch(line); m != nil {
					value := m[2]
					if value == "null" {
						value = "-"
					}
					theirs[m[1]] = fmt.Sprintf("%s (%s) sensitive=%s", value, sourcesOfKafka[m[4]], m[3])
				}
			}
			ours := told(r)
			for _, set := range sets[i] {
				name, value, _ := strings.Cut(set, "=")
				if ours[name] == before[i][name] {
					return false, name + " is not " + value + " yet"
				}
			}
			if secret, there := ours["ssl.key.password"]; r[1] == "1" && (!there || secret != "- (static) sensitive=true") {
				t.Errorf("a secret is shown as %q", secret)
			}
			return maps.Equal(theirs, ours), "Kafka's tool - and kdeck +:\n" + cmp.Diff(theirs, ours)
		})
	}
	for i, undo := range slices.Backward(undos) {
		g.deck.carryOut(undo)
		eventually(t, "what "+undo+" takes back", func() (bool, string) { // a broker hears of it a moment later
			diff := cmp.Diff(before[i], told(resources[i]))
			return diff == "", diff
		})
	}
}
