package metrics

import (
	"strings"
	"testing"

	"kdeck/ops/state"
)

func TestTheLogCleanerIsFoundOnPagesOfRealBrokersUnderTheRulesThatShowIt(t *testing.T) {
	for _, version := range []string{"3.9.2", "4.3.1"} {
		for page, want := range map[string][3]bool{ // dead threads, uncleanable partitions, memory for requests
			"none.txt.gz": {true, true, true}, "strimzi.txt.gz": {true, true, false}, "example-2.txt.gz": {true, true, false},
			"confluent.txt.gz": {true, true, false}, "bitnami.txt.gz": {false, false, false}, "pasted.txt.gz": {false, false, false},
		} {
			b := Derive(1, nil, scanned(t, version+"-"+page))
			if got := [3]bool{b.DeadCleaners.Known, b.Uncleanable.Known, b.PoolEmpty.Known}; got != want {
				t.Errorf("%s of %s: known %v, want %v; %+v", page, version, got, want, b.Uncleanable)
			}
			for _, r := range []state.Reading[float64]{b.DeadCleaners, b.Uncleanable, b.PoolEmpty} {
				if r.Value != 0 || !r.Known && r.Why == "" {
					t.Errorf("%s of %s: %+v", page, version, r)
				}
			}
		}
	}
}

func TestThePartitionsThatTheCleanerSkipsAreThoseOfAllLogDirs(t *testing.T) {
	for _, page := range []string{
		`kafka_log_LogCleanerManager_Value{logDirectory="\"/a\"",name="uncleanable-partitions-count"} 2
kafka_log_LogCleanerManager_Value{logDirectory="\"/b\"",name="uncleanable-partitions-count"} 3
kafka_log_LogCleaner_Value{name="DeadThreadCount"} 1
kafka_server_ReplicaFetcherManager_Value{clientId="Replica",name="DeadThreadCount"} 7
`,
		`kafka_log_logcleanermanager_uncleanable_partitions_count{logDirectory="\"/a\""} 2
kafka_log_logcleanermanager_uncleanable_partitions_count{logDirectory="\"/b\""} 3
kafka_log_logcleaner_deadthreadcount 1
kafka_server_replicafetchermanager_deadthreadcount{clientId="Replica"} 7
`,
	} {
		p, err := newReader().text(strings.NewReader(page), false)
		if err != nil {
			t.Fatal(err)
		}
		b := Derive(1, nil, p)
		if b.Uncleanable.Value != 5 || b.DeadCleaners.Value != 1 || !b.Uncleanable.Known || !b.DeadCleaners.Known {
			t.Errorf("%+v skipped, %+v dead, of\n%s", b.Uncleanable, b.DeadCleaners, page)
		}
	}
}
