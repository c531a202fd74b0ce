package plan_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"kdeck/ops/plan"
	"kdeck/protocol/printable"
	"kdeck/protocol/printable/hostile"
)

func TestAPlanWithAnyTextIsPrintableAndReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := func(label string) string { return strings.ToValidUTF8(hostile.Text().Draw(t, label), "?") }
		confirm := text("confirm")
		p := &plan.Plan{
			Partitions: []plan.Assignment{{Topic: "orders", Partition: 0, Replicas: []int32{4, 2}}},
			Header: &plan.Header{
				ClusterID: "c" + text("cluster"), Stages: []string{text("stage")}, Violations: []string{text("violation")}, Confirm: &confirm,
				Relaxed: []string{}, Risks: []string{}, Drained: []int32{},
				Before: []plan.Assignment{{Topic: "orders", Partition: 0, Replicas: []int32{1, 2}}},
				Stuck:  []plan.Stuck{{Topic: text("stuck"), Replicas: []int32{1}, Why: text("why")}},
			},
		}
		var file bytes.Buffer
		if err := p.Write(&file); err != nil || !printable.Text(strings.ReplaceAll(file.String(), "\n", "")) {
			t.Fatalf("%v\n%q", err, file.String())
		}
		back, err := plan.Read(&file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(p, back); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestAPlanForATopicThatNoClusterCanHaveIsNotWritten(t *testing.T) {
	for _, name := range []string{"", "a b", "evil\x1b[2J", "\xff", "..", strings.Repeat("x", 250)} {
		p := &plan.Plan{Partitions: []plan.Assignment{{Topic: name, Replicas: []int32{1}}}}
		var file bytes.Buffer
		if err := p.Write(&file); err == nil || file.Len() > 0 {
			t.Errorf("%q is written: %s", name, file.String())
		}
	}
}
