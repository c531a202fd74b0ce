package assigner

import (
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func only(topic string) Topics { return Topics{Only: regexp.MustCompile("^" + topic + "$")} }

func TestEveryChangeSaysWhatItServes(t *testing.T) {
	in := cluster(t, "1a 2b 3c 4a 5b 6c",
		"forced-0 1,2,3", "spread-0 2,5,3", "led-0 2,4,6", "led-1 2,4,6", "moved-0 2,6", "moved-1 2,6", "moved-2 2,6", "moved-3 2,6")
	plan, err := solve(in, []Demand{
		Drain{Brokers: []int32{1}}, Racks{Topics: only("spread")}, BalanceCount{Topics: only("moved")}, Leaders{Topics: only("led")},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{"forced": {"drain 1"}, "spread": {"racks"}, "moved": {"balance count"}, "led": {"leaders"}}
	seen := map[string]bool{}
	for _, c := range plan.Changes {
		seen[c.Topic] = true
		if diff := cmp.Diff(want[c.Topic], c.Because); diff != "" {
			t.Errorf("%v: %s", c, diff)
		}
	}
	if len(seen) != len(want) {
		t.Errorf("changed: %v", changed(plan))
	}
}

func TestNoChangeIsWithoutReason(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawCluster(t, 6, 8)
		demands := append(drawChain(t, in), drawStable(t, in)...)
		plan, err := solve(in, demands)
		if err != nil {
			return
		}
		for _, c := range plan.Changes {
			if len(c.Because) == 0 {
				t.Fatalf("%v: no reason for %v", demands, c)
			}
		}
	})
}
