package main

import (
	"io"
	"strings"
	"testing"

	"kdeck/ops/kafkatest"
)

func TestLayOutGivesEveryTenantTopicsThatCanLoseAReplica(t *testing.T) {
	for _, brokers := range []int{1, 2, 5} {
		count, names := 0, make(map[string]bool)
		for tenant, topics := range topicsByTenant(40, brokers) {
			if len(topics) < 13 {
				t.Errorf("%d brokers: tenant %s has %d topics", brokers, tenant, len(topics))
			}
			for _, topic := range topics {
				count++
				names[topic.Name] = true
				if topic.Replicas > brokers || topic.Replicas < min(2, brokers) || topic.Partitions < 1 {
					t.Errorf("%d brokers: topic %+v", brokers, topic)
				}
				if topic.Replicas == 3 && topic.Configs["min.insync.replicas"] != "2" {
					t.Errorf("topic %+v", topic)
				}
			}
		}
		if count != 40 || len(names) != 40 {
			t.Errorf("%d brokers: %d topics with %d names", brokers, count, len(names))
		}
	}
}

func TestParseRefusesWhatCannotRun(t *testing.T) {
	for _, test := range []struct{ args, err string }{
		{"", ""},
		{"-version 3.9.2 -brokers 1 -racks 0 -exporter -sasl -acls", ""},
		{"-brokers 0", "at least 1 broker"},
		{"-topics 2", "3 topics"},
		{"-acls", "needs -sasl"},
		{"-brokers 3 5", `"5"`},
		{"-broker 3", "-broker"},
	} {
		_, err := parse(strings.Fields(test.args), io.Discard)
		if (err != nil) != (test.err != "") || err != nil && !strings.Contains(err.Error(), test.err) {
			t.Errorf("kafka %s: %v, want %q", test.args, err, test.err)
		}
	}
}

func TestCommandNamesAFaultAndANode(t *testing.T) {
	nodes := []*kafkatest.Node{{ID: 1}, {ID: 2}, {ID: 3001}}
	for _, test := range []struct {
		line, name string
		id         int32
		err        string
	}{
		{"kill 2", "kill", 2, ""},
		{"  restart   3001 ", "restart", 3001, ""},
		{"kill", "", 0, "not understood"},
		{"kill 1 2", "", 0, "not understood"},
		{"explode 1", "", 0, "not understood"},
		{"kill 3", "", 0, "no node 3"},
		{"kill x", "", 0, "no node x"},
	} {
		name, node, err := parseCommand(test.line, nodes)
		if test.err != "" {
			if err == nil || !strings.Contains(err.Error(), test.err) {
				t.Errorf("%q: error %v, want %q", test.line, err, test.err)
			}
			continue
		}
		if err != nil || name != test.name || node.ID != test.id {
			t.Errorf("%q: %s %v, %v", test.line, name, node, err)
		}
	}
}
