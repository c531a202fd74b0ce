package state

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kdeck/ops/tenant"
)

func TestWhatAVerdictRestsOnIsSavedWithIt(t *testing.T) {
	known := func(v float64) Reading[float64] { return Reading[float64]{Value: v, Known: true} }
	st := &State{Now: noon, Snapshot: cluster(t, 3, 1, 2).Done(), Verdict: VerdictDegraded}
	st.Findings = []Finding{{
		Code: "request-handlers-busy", Severity: SeverityWarning, Subject: Subject{OfBroker, 1, "warning"}, Scope: "broker 1", Sentence: "Request handlers …",
		Since: Read(noon, noon, "kdeck"), Fault: "tenant", Evidence: []string{"a", "b"}, Next: "kdeck tenants", Pane: "tenants", Filter: "user:/^a$/",
	}}
	m := &BrokerMetrics{
		ID: 1, At: noon, From: "b1:9404", NetworkIdle: known(0.5), HandlerIdle: known(0.02), ReplicationIn: known(7), ExemptRequestTime: known(30),
		Processors: []Processor{{Listener: "SASL_SSL", Number: "3", Idle: known(0.4)}},
		Requests:   []RequestKind{{Name: "Produce", Rate: known(9), Phases: []Phase{{Name: "local", Mean: known(2)}}}},
		Usage:      []tenant.Usage{{Broker: 1, Type: tenant.RequestPercentage, User: "al\x1bice", Rate: 700, ThrottleMS: math.NaN()}},
		Coverage:   Coverage{Pillars: []Pillar{{Name: TenantsPillar, Have: Available}}},
	}
	st.Metrics = map[int32]Reading[*BrokerMetrics]{1: Read(m, noon, "b1:9404"), 2: Missing[*BrokerMetrics]("answers 503", noon, "")}
	st.Quotas = Read(tenant.New([]tenant.Quota{{Entity: tenant.Entity{User: tenant.Default}, Limits: map[tenant.Type]float64{tenant.RequestPercentage: 100, tenant.ProducerByteRate: math.Inf(1)}}}), noon, "c")
	var file bytes.Buffer
	must(t, st.Save(&file))
	got, err := LoadState(&file)
	must(t, err)
	if diff := cmp.Diff(st.Findings, got.Findings); diff != "" || got.Verdict != st.Verdict {
		t.Errorf("verdict %s, findings: %s", got.Verdict, diff)
	}
	if diff := cmp.Diff(st.Metrics[1], got.Metrics[1], cmp.Comparer(func(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) })); diff != "" {
		t.Errorf("metrics of broker 1: %s", diff)
	}
	if r := got.Metrics[2]; r.Known || r.Value != nil || r.Why != "answers 503" {
		t.Errorf("metrics of broker 2: %+v", r)
	}
	if limit, ok := got.Quotas.Value.Limit(tenant.Entity{User: tenant.Default}, tenant.RequestPercentage); !ok || limit != 100 {
		t.Errorf("quotas %+v", got.Quotas.Value.List())
	}
}

func TestADamagedVerdictOfAFileIsRefusedByName(t *testing.T) {
	var file bytes.Buffer
	must(t, (&State{Snapshot: cluster(t, 1, 1, 1).Done(), Verdict: VerdictHealthy, Findings: []Finding{{Code: "all-well", Severity: SeverityOK}}}).Save(&file))
	for from, to := range map[string]string{`"verdict":"healthy"`: `"verdict":"fine"`, `"severity":"ok"`: `"severity":"bad"`} {
		text := strings.Replace(file.String(), from, to, 1)
		if _, err := LoadState(strings.NewReader(text)); text == file.String() || err == nil || !strings.Contains(err.Error(), "verdict") {
			t.Errorf("%s: %v", to, err)
		}
	}
	if _, err := LoadState(strings.NewReader(strings.Replace(file.String(), `"topics":[`, `"metrics":[{"broker":1,"known":true}],"topics":[`, 1))); err != nil {
		t.Errorf("metrics that say nothing: %v", err)
	}
}
