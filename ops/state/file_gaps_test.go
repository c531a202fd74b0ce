package state

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// As DESIGN §3 has it, word for word, but for topics that come in another order.
const byHand = `{"version":1,"cluster_id":"Xy","taken_at":"2026-11-21T10:00:00Z",
 "brokers":[{"id":2,"host":"b2","port":9092,"rack":"b","alive":true},{"id":1,"host":"b1","port":9092,"rack":"a","alive":true}],
 "topics":[{"name":"orders","internal":false,"configs":{"min.insync.replicas":"2"},
   "partitions":[{"id":1,"leader":2,"leader_epoch":5,"replicas":[2,1],"isr":[2],"offline":[],"adding":[1],"removing":[],"size_bytes":7},
                 {"id":0,"leader":1,"leader_epoch":5,"replicas":[1,2],"isr":[1,2],"offline":[],"adding":[],"removing":[],"size_bytes":123456}]},
  {"name":"audit","internal":false,"configs":{"min.insync.replicas":"1"},"partitions":[]},
  {"name":"b","internal":false,"configs":{"min.insync.replicas":"1"},
   "partitions":[{"id":0,"leader":-1,"leader_epoch":5,"replicas":[2],"isr":[],"offline":[2],"adding":[],"removing":[],"size_bytes":null}]}]}`

func TestASnapshotMadeByHandIsRead(t *testing.T) {
	s, err := Load(strings.NewReader(byHand))
	must(t, err)
	var names []string
	for i := range s.NumTopics() {
		names = append(names, s.Topic(i).Name())
	}
	if fmt.Sprint(names) != "[audit b orders]" || s.NumPartitions() != 3 || len(s.Unknown) > 0 {
		t.Errorf("%v, %d partitions, unknown %v", names, s.NumPartitions(), s.Unknown)
	}
	if !s.Moves.Known || s.Moves.Value != 1 {
		t.Errorf("moves %+v, want the 1 that adding gives", s.Moves)
	}
	p, _ := s.FindPartition("orders", 0)
	if size, known := p.Size(); size != 123456 || !known || p.Leader() != 1 || p.LeaderEpoch() != 5 || p.ISRSize() != 2 {
		t.Errorf("orders-0 is led by %d with %d bytes", p.Leader(), size)
	}
	if n, known := p.Topic().MinISR(); n != 2 || !known {
		t.Errorf("min ISR %d, %v", n, known)
	}
	var one, two bytes.Buffer
	must(t, s.Save(&one))
	again, err := Load(bytes.NewReader(one.Bytes()))
	must(t, err)
	if again.Save(&two); one.String() != two.String() {
		t.Errorf("saved again it differs:\n%s\n%s", &one, &two)
	}
}

func TestWhatASnapshotLeavesOutIsNamedByItsField(t *testing.T) {
	without := func(old string) string {
		if !strings.Contains(byHand, old) {
			t.Fatalf("%q isn't in the snapshot", old)
		}
		return strings.ReplaceAll(byHand, old, "")
	}
	for _, c := range []struct {
		name, file string
		what, why  string
	}{
		{"nothing", byHand, "", ""},
		{"adding", without(`"adding":[],`), WhatMoves, `"moves", and "adding" and "removing" not for each partition (2 lack them)`},
		{"removing", without(`"removing":[],`), WhatMoves, `"moves", and "adding" and "removing" not for each partition (3 lack them)`},
		{"the cluster's id", without(`"cluster_id":"Xy",`), WhatClusterID, `"cluster_id"`},
		{"the time", without(`"taken_at":"2026-11-21T10:00:00Z",`), WhatTime, `"taken_at"`},
		{"configs", without(`"configs":{"min.insync.replicas":"2"},`), WhatTopicConfigs, `"configs" of 1 of 3 topics`},
		{"sizes, which are unknown without a word", without(`,"size_bytes":7`), "", ""},
		{"epochs, which are unknown without a word", without(`"leader_epoch":5,`), "", ""},
		{"moves that are said to be unknown", strings.Replace(byHand, `"version":1,`, `"version":1,"moves":null,`, 1), WhatMoves, `"moves"`},
		{"moves that are said to be unknown at the end", strings.TrimSuffix(byHand, "}") + `,"moves":null}`, WhatMoves, `"moves"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := Load(strings.NewReader(c.file))
			must(t, err)
			switch {
			case c.what == "" && len(s.Unknown) > 0, c.what != "" && (len(s.Unknown) != 1 || s.Unknown[0].What != c.what || !strings.Contains(s.Unknown[0].Why, c.why)):
				t.Errorf("unknown is %+v, want %q with %q", s.Unknown, c.what, c.why)
			}
			if s.Moves.Known == (c.what == WhatMoves) {
				t.Errorf("moves %+v", s.Moves)
			}
		})
	}
	s, err := Load(strings.NewReader(byHand))
	must(t, err)
	if b := s.Broker(1); !strings.Contains(b.Fenced.Why, `"fenced"`) || !strings.Contains(b.LogDirs.Why, `"log_dirs"`) {
		t.Errorf("fenced: %q, log dirs: %q", b.Fenced.Why, b.LogDirs.Why)
	}
	if p := s.Partition(0); s.NumPartitions() == 3 && p.Leader() == 0 {
		t.Error("a partition that lacks a leader is led by broker 0")
	}
}
