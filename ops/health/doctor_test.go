package health

import (
	"errors"
	"strings"
	"testing"
	"time"

	"kdeck/ops/state"
	"kdeck/ops/tenant"
)

func TestDoctorFindsEachKindOfLeftoverAndRisk(t *testing.T) {
	left := Overdue{What: "users/alice", Until: noon.Add(-time.Minute), Undo: "kdeck quota remove --user alice"}
	observing := tenant.New([]tenant.Quota{{Entity: tenant.Entity{User: tenant.Named("__kdeck_observe__")}, Limits: map[tenant.Type]float64{tenant.RequestPercentage: 100000}}})
	configs := func(name string, values ...string) func(*DoctorInput) {
		return func(in *DoctorInput) {
			in.Configs = map[int32]map[string]string{}
			for i, v := range values {
				in.Configs[int32(i+1)] = map[string]string{}
				if v != "" {
					in.Configs[int32(i+1)][name] = v
				}
			}
		}
	}
	for _, c := range []struct {
		name     string
		parts    []partition
		change   func(*DoctorInput)
		code     string // "" nothing
		severity state.Severity
		says     string
	}{
		{"nothing is wrong", []partition{well}, nil, "", "", ""},
		{"a throttle that nothing needs", []partition{well}, configs("leader.replication.throttled.rate", "1000", "9223372036854775807"), ThrottleLeft, state.SeverityWarning,
			"Replication is throttled and nothing is being moved: broker 1 leader.replication.throttled.rate=1000"},
		{"a throttle of moves in progress", []partition{{leader: 1, replicas: []int32{4, 1, 2, 3}, isr: []int32{1, 2, 3}, adding: []int32{4}}}, func(in *DoctorInput) {
			configs("leader.replication.throttled.rate", "1000")(in)
			in.State.Snapshot.Moves.Value = 1
		}, "", "", ""},
		{"a throttle where moves were not read", []partition{well}, func(in *DoctorInput) {
			configs("leader.replication.throttled.rate", "1000")(in)
			in.State.Snapshot.Moves = state.Missing[int]("no answer in time", noon, "")
		}, "", "", ""},
		{"replicas between log dirs", []partition{well}, func(in *DoctorInput) { in.State.Snapshot.Broker(2).LogDirs.Value[0].Future = 3 }, FutureReplicas, state.SeverityWarning,
			"Broker 2 is still moving 3 replicas into /data/a"},
		{"a move that can't finish", []partition{{leader: 1, replicas: []int32{4, 1, 2}, isr: []int32{1, 2}, adding: []int32{4}}}, func(in *DoctorInput) {
			kill(in.State.Snapshot, 4)
		}, StuckMove, state.SeverityWarning, "1 move can't finish: broker 4 can't take replicas"},
		{"one replica", []partition{{topic: "logs", leader: 1, replicas: []int32{1}, isr: []int32{1}}}, nil, OneReplica, state.SeverityWarning,
			"1 topic has replication factor 1: without its broker a partition can be neither written nor read: logs"},
		{"no replica to spare", []partition{{topic: "logs", leader: 1, replicas: []int32{1, 2}, isr: []int32{1, 2}}}, nil, StrictMinISR, state.SeverityWarning,
			"1 topic has a min.insync.replicas that leaves no broker to spare: without any one, writes with acks=all are refused: logs (2 of 2)"},
		{"a config that was forgotten", []partition{well}, configs("min.insync.replicas", "2", "2", ""), ConfigsDiffer, state.SeverityWarning,
			"Brokers differ in min.insync.replicas: not set on broker 3; 2 on brokers 1 and 2"},
		{"a config that is each broker's own", []partition{well}, configs("broker.rack", "a", "b", "c"), "", "", ""},
		{"no reporter for JMX", []partition{well}, configs("metric.reporters", "com.corp.Reporter"), NoJMXReporter, state.SeverityWarning, "Broker 1 has metric.reporters=com.corp.Reporter"},
		{"a callback for quotas", []partition{well}, configs("client.quota.callback.class", "com.corp.Quotas"), QuotaCallback, state.SeverityInfo, "Broker 1 decides on quotas by com.corp.Quotas"},
		{"a request log", []partition{well}, func(in *DoctorInput) { in.LogLevels = map[int32]string{1: "WARN", 2: "DEBUG"} }, RequestLog, state.SeverityWarning,
			"Broker 2 logs every request: kafka.request.logger is at DEBUG"},
		{"a journal that can't be read", []partition{well}, func(in *DoctorInput) { in.JournalErr = errors.New("permission denied") }, JournalUnread, state.SeverityWarning,
			"What kdeck changed from here can't be read: permission denied"},
		{"machines that can be asked", []partition{well}, func(in *DoctorInput) { in.Unasked = map[int32]string{} }, "", "", ""},
		{"a machine that can't be asked", []partition{well}, func(in *DoctorInput) { in.Unasked = map[int32]string{2: "no such program"} }, HostUnasked, state.SeverityWarning,
			"The machine of broker 2 can't be asked what its threads wait for, as the context says under host: no such program"},
		{"machines that can't be asked", []partition{well}, func(in *DoctorInput) { in.Unasked = map[int32]string{2: "no such program", 1: "no such program"} }, HostUnasked, state.SeverityWarning,
			"The machines of brokers 1 and 2 can't be asked what"},
		{"a change that is overdue", []partition{well}, func(in *DoctorInput) { in.Overdue = []Overdue{left} }, ChangeOverdue, state.SeverityWarning, "users/alice"},
		{"a change that holds", []partition{well}, func(in *DoctorInput) { in.Held = []Overdue{left} }, ChangeHeld, state.SeverityInfo, "The temporary change of users/alice holds until 11:59:00"},
		{"clients that are counted", []partition{well}, func(in *DoctorInput) {
			in.State.Quotas, in.Unobserve = state.Read(observing, noon, "c"), "kdeck quota observe --off"
		}, Observed, state.SeverityInfo, "Every broker counts thread time by user"},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := DoctorInput{Input: Input{State: &state.State{Snapshot: cluster(t, c.parts...), Now: noon}}}
			if c.change != nil {
				c.change(&in)
			}
			findings := Found(Examine(in))
			if c.code == "" {
				if len(findings) > 0 {
					t.Errorf("found%s", sentences(findings))
				}
				return
			}
			f := found(findings, c.code)
			if f == nil || len(findings) != 1 || f.Severity != c.severity || !strings.Contains(f.Sentence, c.says) {
				t.Errorf("found%s\nwant %s %s", sentences(findings), c.code, c.says)
			}
		})
	}
}

// What could not be looked at is neither well nor amiss.
func TestDoctorSaysOfEachCheckWhetherItIsWell(t *testing.T) {
	for _, c := range []struct {
		name, check string
		change      func(*DoctorInput)
		unknown     string
	}{
		{"nothing is missing", "", nil, ""},
		{"moves weren't read", "moves in flight", func(in *DoctorInput) { in.State.Snapshot.Moves = state.Missing[int]("no answer in time", noon, "") }, "no answer in time"},
		{"throttles need the moves", "throttles of brokers", func(in *DoctorInput) { in.State.Snapshot.Moves = state.Missing[int]("no answer in time", noon, "") }, "no answer in time"},
		{"the configs of a broker", "configs that brokers share", func(in *DoctorInput) { delete(in.Configs, 2) }, "the configs of broker 2 are not known"},
		{"log dirs", "replicas between log dirs", func(in *DoctorInput) {
			for _, id := range []int32{1, 3} {
				in.State.Snapshot.Broker(id).LogDirs = state.Missing[[]state.LogDir]("refused", noon, "")
			}
		}, "the log dirs of brokers 1 and 3 are not known"},
		{"log levels", "request logs", func(in *DoctorInput) { in.LogLevels = nil }, "the log levels of brokers 1, 2, 3"},
		{"quotas", "quotas that only count", func(in *DoctorInput) { in.State.Quotas = state.Missing[*tenant.Quotas]("not authorized", noon, "") }, "not authorized"},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := DoctorInput{Input: Input{State: &state.State{Snapshot: cluster(t, well), Now: noon, Quotas: state.Read(tenant.New(nil), noon, "c")}},
				Configs: map[int32]map[string]string{}, LogLevels: map[int32]string{}}
			for i := range in.State.Snapshot.Brokers {
				id := in.State.Snapshot.Brokers[i].ID
				in.Configs[id], in.LogLevels[id] = map[string]string{}, "WARN"
			}
			if c.change != nil {
				c.change(&in)
			}
			for _, check := range Examine(in) {
				switch {
				case len(check.Findings) > 0:
					t.Errorf("%s found%s", check.Name, sentences(check.Findings))
				case check.Name == c.check && (check.Well() || !strings.Contains(check.Unknown, c.unknown)):
					t.Errorf("%s: well %v, unknown %q, want %q", check.Name, check.Well(), check.Unknown, c.unknown)
				case c.check == "" && !check.Well():
					t.Errorf("%s isn't well: %q", check.Name, check.Unknown)
				}
			}
		})
	}
}
