package subcmd_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"kdeck/ops/change"
	"kdeck/ops/sim"
	"kdeck/ops/tenant"
)

// hold writes into the journal what a kdeck leaves that is gone before it could take a change back.
func (d *deck) hold(h change.Held) {
	d.t.Helper()
	var doc struct {
		ClusterID string `json:"cluster_id"`
	}
	must(d.t, json.Unmarshal([]byte(d.ok(0, "quota", "list", "-o", "json")), &doc))
	j, err := change.OpenJournal(d.stateDir(), doc.ClusterID)
	must(d.t, err)
	j.Hold(h)
	must(d.t, j.Close())
}

func TestAnOverdueLimitIsAFindingUntilItIsRemoved(t *testing.T) {
	d, _ := onSim(t, sim.Options{Brokers: 3, Racks: 3, Topics: 2})
	d.set("set", "--user", "alice", "producer_byte_rate=1000")
	d.ok(0, "status")
	alice := "alice"
	held := change.Held{What: "users/alice", Until: time.Now().Add(-time.Minute), Undo: "kdeck quota remove --user alice producer_byte_rate --execute",
		Quota: []tenant.EntityPart{{Type: "user", Name: &alice}}, Limits: map[tenant.Type]float64{"producer_byte_rate": 1000}}
	d.hold(held)
	var doc struct {
		Verdict  string
		Findings []struct{ Code, Severity, Scope, Next string }
	}
	must(t, json.Unmarshal([]byte(d.ok(1, "status", "-o", "json")), &doc))
	if doc.Verdict != "degraded" || len(doc.Findings) != 1 || doc.Findings[0].Code != "change-overdue" || doc.Findings[0].Severity != "warning" || doc.Findings[0].Next != string(held.Undo) {
		t.Errorf("status: %+v", doc)
	}
	if r := d.run("doctor"); !strings.Contains(r.out, "change of users/alice is still in force") || !strings.Contains(r.out, string(held.Undo)) {
		t.Errorf("doctor:\n%s", r.out)
	}
	// Whoever takes it back, by whatever means, ends it.
	d.set("remove", "--user", "alice", "producer_byte_rate")
	d.ok(0, "status")
	if r := d.run("doctor"); strings.Contains(r.out, "alice") {
		t.Errorf("doctor, when it was taken back:\n%s", r.out)
	}
}

func TestALimitWhoseTimeIsNotOverIsNoFinding(t *testing.T) {
	d, _ := onSim(t, sim.Options{Brokers: 3, Racks: 3, Topics: 2})
	d.hold(change.Held{What: "users/alice", Until: time.Now().Add(time.Hour), Undo: "kdeck quota remove --user alice"})
	d.ok(0, "status")
	if r := d.run("doctor"); !strings.Contains(r.out, "holds until") {
		t.Errorf("doctor:\n%s", r.out)
	}
}

func TestALoggerThatWasToBeLoweredIsAFindingWhileItsBrokerCannotBeAsked(t *testing.T) {
	d, _ := onSim(t, sim.Options{Brokers: 3, Racks: 3, Topics: 2})
	broker := int32(2)
	d.hold(change.Held{What: "request log of broker 2", Until: time.Now().Add(-time.Minute), Undo: "kdeck quota observe --request-log 2 --off --execute", Broker: &broker, Level: "WARN"})
	if out := d.ok(1, "status"); !strings.Contains(out, "request log of broker 2") || !strings.Contains(out, "--request-log 2 --off") {
		t.Errorf("status:\n%s", out)
	}
}
