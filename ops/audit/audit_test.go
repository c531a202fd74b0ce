package audit

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kdeck/ops/change"
	"kdeck/ops/state"
)

// journal writes the journal of a cluster and returns its state directory.
func journal(t *testing.T, cluster string, lines ...string) string {
	t.Helper()
	dir := t.TempDir()
	add(t, dir, cluster, lines...)
	return dir
}

func add(t *testing.T, dir, cluster string, lines ...string) {
	t.Helper()
	path := filepath.Join(dir, "journal", change.FileName(cluster)+".jsonl")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(strings.Join(lines, "\n") + "\n"); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, r *Reader) *state.Audit {
	t.Helper()
	a, err := r.Read()
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// table is the actions as lines: "result what | why | undo", the latest first.
func table(a *state.Audit) string {
	var s strings.Builder
	for _, x := range a.Actions {
		fmt.Fprintf(&s, "%s %s %s", x.Began.UTC().Format("15:04:05"), x.Result, x.What)
		if x.By != "" {
			s.WriteString(" by " + x.By)
		}
		if x.Why != "" {
			s.WriteString(" | " + x.Why)
		}
		if x.Undo != "" {
			s.WriteString(" | undo: " + x.Undo)
		}
		s.WriteByte('\n')
	}
	return s.String()
}

// at is a line's time.
func at(clock string) string { return `"time":"2026-11-30T` + clock + `Z"` }

// request is an entry without an action; rest is the API, the request and what else there is.
func request(id, clock, rest string) string {
	return fmt.Sprintf(`{"id":"%s",%s,"cluster_id":"c","context":"prod",%s}`, id, at(clock), rest)
}

func result(id, clock, of string) string {
	return fmt.Sprintf(`{"id":"%s",%s,"result":%s}`, id, at(clock), of)
}

func event(id, clock, of string) string {
	return fmt.Sprintf(`{"id":"%s",%s,"event":%s}`, id, at(clock), of)
}

// confirmed begins the rest of an entry of a typed phrase.
func confirmed(action, phrase string) string {
	return fmt.Sprintf(`"by":"alice","action":"%s","phrase":"%s",`, action, phrase)
}

const (
	setQuota = `"api":"AlterClientQuotas","to":"b:1","request":{"entries":[{"entity":[{"entityType":"user","entityName":"shop"}],` +
		`"ops":[{"key":"producer_byte_rate","value":1000000,"remove":false}]}],"validateOnly":false},"undo":"kdeck quota remove --user shop producer_byte_rate --execute"`
	askQuota = `"api":"AlterClientQuotas","to":"b:1","request":{"entries":[{"entity":[{"entityType":"user","entityName":"shop"}],` +
		`"ops":[{"key":"producer_byte_rate","value":1000000,"remove":false}]}],"validateOnly":true},"undo":"none: it only asks"`
	moveOrders = `"api":"AlterPartitionReassignments","to":"b:1","request":{"topics":[{"name":"orders","partitions":[` +
		`{"partitionIndex":0,"replicas":[1,2]},{"partitionIndex":1,"replicas":[3,2]}]}]},"undo":"kdeck apply /u.json"`
	setRate = `"api":"IncrementalAlterConfigs","to":"b:1","request":{"resources":[{"resourceType":4,"resourceName":"1","configs":[` +
		`{"name":"leader.replication.throttled.rate","configOperation":0,"value":"20000000"}]}]},"undo":"kafka-configs --alter"`
)

func TestActionsAreWhatTheJournalTells(t *testing.T) {
	for _, c := range []struct {
		name  string
		lines []string
		want  string
	}{
		{"no line", []string{""}, ""},
		{"a quota that was asked for first, and then set", []string{
			request("1-a", "10:00:00", confirmed("7", "quota set users/shop producer_byte_rate=1000000 prod")+askQuota), result("1-a", "10:00:00", `{}`),
			request("2-a", "10:00:01", confirmed("7", "quota set users/shop producer_byte_rate=1000000 prod")+setQuota), result("2-a", "10:00:01", `{}`),
		}, "10:00:00 done quota set users/shop producer_byte_rate=1000000 by alice | undo: kdeck quota remove --user shop producer_byte_rate --execute\n"},
		{"a quota that the controller would not take", []string{
			request("1-a", "10:00:00", confirmed("7", "quota set users/shop producer_byte_rate=1000000 prod")+askQuota),
			result("1-a", "10:00:00", `{"refused":["users/shop: POLICY_VIOLATION"]}`),
		}, "10:00:00 refused quota set users/shop producer_byte_rate=1000000 by alice | users/shop: POLICY_VIOLATION\n"},
		{"the same in a journal without phrases", []string{
			request("2-a", "10:00:01", setQuota), result("2-a", "10:00:01", `{}`),
		}, "10:00:01 done quota set user=shop producer_byte_rate=1.00MB/s | undo: kdeck quota remove --user shop producer_byte_rate --execute\n"},
		{"a request without an outcome", []string{request("2-a", "10:00:01", setQuota)},
			"10:00:01 unknown quota set user=shop producer_byte_rate=1.00MB/s | no outcome is written: its process ended while it was sent" +
				" | undo: kdeck quota remove --user shop producer_byte_rate --execute\n"},
		{"a request whose answer was lost and that was then taken by another broker", []string{
			request("1-a", "10:00:00", confirmed("7", "quota set x prod")+setQuota), result("1-a", "10:00:05", `{"error":"b:1: timed out","unanswered":true}`),
			request("2-a", "10:00:06", confirmed("7", "quota set x prod")+setQuota), result("2-a", "10:00:06", `{}`),
		}, "10:00:00 done quota set x by alice | undo: kdeck quota remove --user shop producer_byte_rate --execute\n"},
		{"a request whose answer was lost for good", []string{
			request("1-a", "10:00:00", confirmed("7", "quota set x prod")+setQuota), result("1-a", "10:00:05", `{"error":"b:1: timed out","unanswered":true}`),
		}, "10:00:00 unknown quota set x by alice | no answer: b:1: timed out | undo: kdeck quota remove --user shop producer_byte_rate --execute\n"},
		{"a run by the phrase that was typed for it", []string{
			request("1-a", "10:00:00", confirmed("7", "drain 7 prod")+setRate), result("1-a", "10:00:00", `{}`),
			request("2-a", "10:00:01", confirmed("7", "drain 7 prod")+moveOrders), result("2-a", "10:00:01", `{}`),
			request("3-a", "10:00:02", confirmed("7", "drain 7 prod")+`"event":{"event":"submitted","topic":"orders","partition":0}`),
			request("5-a", "10:10:01", confirmed("7", "drain 7 prod")+`"event":{"event":"end","result":"partial","moved":1,"left":1,"why":["1 partition not moved"],"undo":"/u file.json"}`),
		}, "10:00:00 partial drain 7: 1 of 2 partitions moved by alice | 1 partition not moved | undo: kdeck apply '/u file.json'\n"},
		{"a run by its id", []string{
			`{"id":"1-a",` + at("10:00:00") + `,"run":"r1","context":"prod",` + confirmed("7", "drain 7 #a91f3c prod") + moveOrders + `}`, result("1-a", "10:00:00", `{}`),
			`{"id":"2-a",` + at("10:00:01") + `,"run":"r1",` + confirmed("7", "drain 7 #a91f3c prod") + `"event":{"event":"submitted","topic":"orders","partition":0}}`,
			`{"id":"3-a",` + at("10:00:02") + `,"run":"r1",` + confirmed("7", "drain 7 #a91f3c prod") + `"event":{"event":"end","result":"done","moved":2}}`,
		}, "10:00:00 done drain 7: 2 partitions moved by alice | undo: kdeck moves undo r1\n"},
		{"a run of an old journal, by its process, that was killed", []string{
			request("1-a", "10:00:00", setRate), result("1-a", "10:00:00", `{}`),
			request("9-b", "10:00:00", setQuota), result("9-b", "10:00:00", `{}`),
			request("2-a", "10:00:01", moveOrders), result("2-a", "10:00:01", `{}`),
			event("3-a", "10:00:02", `{"event":"submitted","topic":"orders","partition":0,"from":[7,2],"to":[1,2]}`),
		}, "10:00:00 done quota set user=shop producer_byte_rate=1.00MB/s | undo: kdeck quota remove --user shop producer_byte_rate --execute\n" +
			"10:00:00 open a run of reassignments: 1 partition, 0 moved so far | no end of it is written: it goes on, or its process is gone | undo: kdeck apply /u.json\n"},
		{"two runs of one process", []string{
			event("3-a", "10:00:02", `{"event":"moved","topic":"a","partition":0}`), event("4-a", "10:00:03", `{"event":"end","result":"done","moved":1}`),
			event("5-a", "10:00:04", `{"event":"moved","topic":"b","partition":0}`), event("6-a", "10:00:05", `{"event":"end","result":"failed","error":"no","moved":0,"left":1}`),
		}, "10:00:04 failed a run of reassignments: 0 of 1 partition moved | no\n10:00:02 done a run of reassignments: 1 partition moved\n"},
		{"a run whose process was killed, and one that went on with it", []string{
			request("1-a", "10:00:00", confirmed("7", "drain 7 prod")+`"event":{"event":"submitted","topic":"orders","partition":0}`),
			request("1-b", "10:05:00", confirmed("8", "resume drain-7 prod")+`"event":{"event":"moved","topic":"orders","partition":0}`),
		}, "10:05:00 open resume drain-7: 0 partitions, 1 moved so far by alice | no end of it is written: it goes on, or its process is gone\n" +
			"10:00:00 partial drain 7: 1 partition, 0 moved by alice | its process was gone before its end; after it came resume drain-7\n"},
		{"changes of configs that are no run", []string{
			request("1-a", "10:00:00", setRate), result("1-a", "10:00:00", `{}`), request("2-a", "10:00:01", setRate), result("2-a", "10:00:01", `{"error":"broken"}`),
		}, "10:00:01 failed configs of broker 1: leader.replication.throttled.rate=20.0MB/s | broken | undo: kafka-configs --alter\n" +
			"10:00:00 done configs of broker 1: leader.replication.throttled.rate=20.0MB/s | undo: kafka-configs --alter\n"},
		{"a raw request that a node refused", []string{
			request("1-a", "10:00:00", confirmed("7", "request CreateTopics prod")+`"api":"CreateTopics","api_version":7,"to":"b:1","request":{}`),
			result("1-a", "10:00:00", `{"refused":["topics[0]: INVALID_PARTITIONS"],"answer":{}}`),
		}, "10:00:00 refused request CreateTopics by alice | topics[0]: INVALID_PARTITIONS\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := table(read(t, NewReader(journal(t, "c", c.lines...), "c"))); got != c.want {
				t.Errorf("got\n%swant\n%s", got, c.want)
			}
		})
	}
}

func TestDamagedLinesAreNamedAndTheOthersUsed(t *testing.T) {
	dir := journal(t, "c", request("1-a", "10:00:00", setQuota), `{"id":"2-a","ti`, "\x00\x00", result("1-a", "10:00:01", `{}`))
	a := read(t, NewReader(dir, "c"))
	if len(a.Actions) != 1 || a.Actions[0].Result != state.ActionDone {
		t.Errorf("the good part is\n%s", table(a))
	}
	if a.Bad != 2 || len(a.Damaged) != 2 || !strings.HasPrefix(a.Damaged[0], "the line at byte ") {
		t.Errorf("%d damaged lines: %q", a.Bad, a.Damaged)
	}
}

func TestWhatWasReadBeforeNeverChanges(t *testing.T) {
	dir := journal(t, "c", request("1-a", "10:00:00", setQuota))
	r := NewReader(dir, "c")
	before := read(t, r)
	was := table(before)
	if read(t, r) != before {
		t.Error("read anew though nothing was added")
	}
	add(t, dir, "c", result("1-a", "10:00:01", `{}`), request("2-a", "10:00:02", setQuota))
	after := read(t, r)
	if table(before) != was || before.Actions[0].Steps[0].Result != state.ActionUnknown {
		t.Error("what was read before has changed")
	}
	if len(after.Actions) != 2 || after.Actions[1].Result != state.ActionDone {
		t.Errorf("after:\n%s", table(after))
	}
}

func TestTheJournalTellsWhichRunMadeAMove(t *testing.T) {
	reassign := func(id, run string, partition int, replicas string) string {
		return fmt.Sprintf(`{"id":"%s",%s,"run":"%s","api":"AlterPartitionReassignments","request":{"topics":[{"name":"orders","partitions":[{"partitionIndex":%d,"replicas":%s}]}]}}`,
			id, at("10:00:00"), run, partition, replicas)
	}
	dir := journal(t, "c", reassign("1-1", "a", 0, "[1,2]"), result("1-1", "10:00:01", "{}"), reassign("2-1", "b", 1, "[3]"), reassign("3-1", "", 2, "[4]"))
	r := NewReader(dir, "c")
	before := read(t, r)
	add(t, dir, "c", reassign("4-1", "d", 0, "[5]"), result("4-1", "10:00:02", "{}"), reassign("5-1", "d", 1, "null"), result("5-1", "10:00:02", "{}"))
	after := read(t, r)
	for name, c := range map[string]struct {
		in        *state.Audit
		partition int32
		replicas  []int32
		want      state.Origin
	}{
		"taken":                   {before, 0, []int32{1, 2}, state.Origin{Ours: true, Run: "a"}},
		"without an answer":       {before, 1, []int32{3}, state.Origin{Ours: true, Run: "b"}},
		"without a run":           {before, 2, []int32{4}, state.Origin{Ours: true}},
		"to other replicas":       {before, 0, []int32{1, 3}, state.Origin{}},
		"another since":           {after, 0, []int32{1, 2}, state.Origin{}},
		"by a later run":          {after, 0, []int32{5}, state.Origin{Ours: true, Run: "d"}},
		"cancelled since":         {after, 1, []int32{3}, state.Origin{}},
		"as it was read at first": {before, 0, []int32{5}, state.Origin{}},
	} {
		if got, known := c.in.Began("orders", c.partition, c.replicas); got != c.want || !known {
			t.Errorf("%s: %+v, known %v", name, got, known)
		}
	}
	part := *after
	part.Skipped = 1
	if _, known := part.Began("orders", 7, []int32{1}); known {
		t.Error("what may stand in the part that wasn't read is said not to be kdeck's")
	}
}

func TestRecentActionsAreThoseOfTheLastWhile(t *testing.T) {
	quota := `"api":"AlterClientQuotas","request":{"entries":[{"entity":[{"entityType":"user","entityName":"a"}],"ops":[{"key":"producer_byte_rate","value":1}]}]}`
	dir := journal(t, "c", request("1-1", "09:00:00", quota), result("1-1", "09:00:01", "{}"), request("2-2", "10:00:00", quota), result("2-2", "10:00:01", "{}"))
	a, err := Recent(dir, "c", time.Date(2026, 11, 30, 9, 50, 0, 0, time.UTC))
	if err != nil || len(a.Actions) != 1 || a.Actions[0].Result != state.ActionDone || !strings.Contains(a.Actions[0].What, "quota set user=a") {
		t.Errorf("%+v, %v", a, err)
	}
}

func TestTheJournalsOfAllClustersAreOneList(t *testing.T) {
	dir := journal(t, "one", request("1-a", "10:00:00", setQuota), result("1-a", "10:00:00", `{}`))
	add(t, dir, "two", request("1-b", "11:00:00", setRate), result("1-b", "11:00:00", `{}`), "torn")
	a, err := Everything(dir)
	if err != nil || len(a.Actions) != 2 || a.Actions[0].Began.Hour() != 11 || a.Bad != 1 || !strings.HasPrefix(a.Damaged[0], "cluster-two.jsonl: ") {
		t.Errorf("%v, %+v", err, a)
	}
	if a, err := Everything(t.TempDir()); err != nil || len(a.Actions) != 0 {
		t.Errorf("without a journal: %v, %+v", err, a)
	}
}

func TestTheStepsOfALongRunAreBounded(t *testing.T) {
	lines := []string{event("0-a", "10:00:00", `{"event":"throttled","rate":5,"brokers":[1]}`)}
	for i := range 3 * maxSteps {
		lines = append(lines, event(fmt.Sprintf("%d-a", i+1), "10:00:01", fmt.Sprintf(`{"event":"moved","topic":"t","partition":%d}`, i)))
	}
	a := read(t, NewReader(journal(t, "c", lines...), "c"))
	run := a.Actions[0]
	if n := len(run.Steps); n > 2*maxSteps+1 || n+run.LeftOut != len(lines) || !strings.HasPrefix(run.Steps[0].Text, "replication limited") {
		t.Errorf("%d steps, %d left out, the first is %q", n, run.LeftOut, run.Steps[0].Text)
	}
	if want := fmt.Sprintf("moved t-%d", 3*maxSteps-1); !strings.HasPrefix(run.Steps[len(run.Steps)-1].Text, want) {
		t.Errorf("the last step is %q", run.Steps[len(run.Steps)-1].Text)
	}
	if !strings.Contains(run.What, "6,000 moved so far") {
		t.Errorf("it is called %q", run.What)
	}
}
