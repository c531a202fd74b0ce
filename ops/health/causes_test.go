package health

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"kdeck/ops/state"
)

// told writes causes with what they explain: "broker-down(leaderless, under-replicated) config".
func toldCauses(causes []Cause) string {
	var words []string
	for _, c := range causes {
		word := c.Code
		if len(c.Explains) > 0 {
			var of []string
			for _, f := range c.Explains {
				of = append(of, f.Code)
			}
			word += "(" + strings.Join(of, ", ") + ")"
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

func TestFindingsStandUnderWhatExplainsThem(t *testing.T) {
	misses := func(topic string, leader int32, isr ...int32) partition {
		return partition{topic: topic, leader: leader, replicas: []int32{1, 2, 3}, isr: isr}
	}
	dies := func(s *state.Snapshot) { s.Broker(3).Alive = false }
	for _, c := range []struct {
		name   string
		parts  []partition
		change func(*state.Snapshot)
		want   string
	}{
		{"a dead broker explains what misses it", []partition{misses("a", 1, 1, 2), misses("b", 2, 1, 2)}, dies, "broker-down(under-replicated)"},
		{"and what has no leader, which is worse", []partition{misses("a", 1, 1, 2), {topic: "c", leader: -1, replicas: []int32{3}, isr: []int32{3}}}, dies,
			"broker-down(leaderless-partitions, under-replicated)"},
		{"replicas that lag on live brokers aren't its", []partition{misses("a", 1, 1), misses("b", 1, 1), misses("c", 1, 1, 3), misses("d", 1, 1, 3)}, func(s *state.Snapshot) {},
			"under-replicated"},
		{"a few that miss it don't explain the others", []partition{misses("a", 1, 1, 2), misses("b", 1, 1, 2), misses("c", 1, 1, 3), {topic: "d", leader: 1, replicas: []int32{1, 2}, isr: []int32{1}}, {topic: "e", leader: 1, replicas: []int32{1, 2}, isr: []int32{1}}, {topic: "f", leader: 1, replicas: []int32{1, 2}, isr: []int32{1}}}, dies,
			"broker-down under-replicated"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := cluster(t, c.parts...)
			c.change(s)
			_, findings := Judge(Input{State: &state.State{Snapshot: s, Now: noon}})
			findings = slices.DeleteFunc(findings, func(f state.Finding) bool {
				return f.Code == AtMinISR || f.Code == UnderMinISR || f.Code == StrictMinISR || f.Severity.Rank() > state.SeverityWarning.Rank()
			})
			if got := toldCauses(Causes(findings)); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

// Whatever was found and whatever explains it: nothing is lost, nothing stands there twice, and nothing critical stands below what is not.
func TestCausesLoseNothing(t *testing.T) {
	severities := []state.Severity{state.SeverityCritical, state.SeverityWarning, state.SeverityInfo}
	codes := []string{BrokerDown, Leaderless, UnderReplicated, NotRead, GroupStuck}
	rapid.Check(t, func(t *rapid.T) {
		var findings []state.Finding
		for i := range rapid.IntRange(0, 12).Draw(t, "n") {
			f := state.Finding{Code: rapid.SampledFrom(codes).Draw(t, "code"), Severity: rapid.SampledFrom(severities).Draw(t, "severity"),
				Scope: fmt.Sprintf("broker %d", rapid.IntRange(1, 4).Draw(t, "broker")), Sentence: fmt.Sprint(i)}
			if rapid.Bool().Draw(t, "explained") {
				f.ExplainedBy = fmt.Sprintf("%s: broker %d", rapid.SampledFrom(codes).Draw(t, "by"), rapid.IntRange(1, 4).Draw(t, "of"))
			}
			findings = append(findings, f)
		}
		seen := map[string]int{}
		last := -1
		for _, c := range Causes(findings) {
			for _, f := range append([]state.Finding{c.Finding}, c.Explains...) {
				seen[f.Sentence]++
			}
			if rank := c.worst(); rank < last {
				t.Fatalf("%s stands below what is less bad", c.Sentence)
			} else {
				last = rank
			}
		}
		for _, f := range findings {
			if seen[f.Sentence] != 1 {
				t.Fatalf("finding %s stands there %d times", f.Sentence, seen[f.Sentence])
			}
		}
	})
}
