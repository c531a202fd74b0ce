package reassign

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kdeck/ops/change"
)

func TestEventsAsLinesOfJSON(t *testing.T) {
	at := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	tp := change.TopicPartition{Topic: "orders", Partition: 0}
	n := 0
	for _, c := range []struct {
		event Event
		want  string
	}{
		{Submitted{PartitionMove: PartitionMove{tp, []int32{1, 2}, []int32{3, 2}}},
			`{"event":"submitted","time":"2026-11-21T10:00:00Z","topic":"orders","partition":0,"from":[1,2],"to":[3,2],"bytes":null,"adopted":false}`},
		{Progress{Done: 1, InFlight: 2, Total: 9},
			`{"event":"progress","time":"2026-11-21T10:00:00Z","done":1,"in_flight":2,"total":9,"bytes_done":null,"bytes_total":null,"rate":null,"left_seconds":null}`},
		{Paused{Why: "broker 3 is dead"}, `{"event":"paused","time":"2026-11-21T10:00:00Z","partition":null,"why":"broker 3 is dead"}`},
		{Skipped{tp, "it is gone"}, `{"event":"skipped","time":"2026-11-21T10:00:00Z","topic":"orders","partition":0,"why":"it is gone"}`},
		{End{Result: Partial, Left: 2, Proofs: []Proof{{Broker: 7, Alive: true, LogDirs: &n}}},
			`{"event":"end","time":"2026-11-21T10:00:00Z","result":"partial","moved":0,"skipped":0,"stuck":0,"left":2,"proofs":[{"broker":7,"alive":true,"replicas":0,"log_dirs_replicas":0}]}`},
	} {
		if diff := cmp.Diff(c.want, string(Line(at, c.event))); diff != "" {
			t.Error(diff)
		}
	}
}

func TestEveryEventIsOneLineAndNamesItself(t *testing.T) {
	for _, e := range []Event{
		Submitted{}, Progress{}, Paused{}, Resumed{}, Moved{}, Skipped{}, Foreign{}, Throttled{}, Elected{}, Restored{}, Left{}, Cancelled{}, End{},
	} {
		line := Line(time.Time{}, e)
		var got struct{ Event, Time string }
		if err := json.Unmarshal(line, &got); err != nil || got.Event != e.Kind() || got.Time == "" || strings.Contains(string(line), "\n") {
			t.Errorf("%T: %s: %v", e, line, err)
		}
	}
}
