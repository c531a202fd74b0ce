package health

import (
	"slices"
	"strings"
	"testing"

	"kdeck/ops/state"
)

func TestWhoIsWhyReplicasLag(t *testing.T) {
	of := func(leader, follower, other int32, isr ...int32) partition {
		return partition{leader: leader, replicas: []int32{leader, follower, other}, isr: append([]int32{leader}, isr...)}
	}
	healthy := []partition{of(1, 2, 3, 2, 3), of(2, 3, 4, 3, 4), of(3, 4, 5, 4, 5), of(4, 5, 1, 5, 1), of(5, 1, 2, 1, 2), of(5, 4, 3, 4, 3)}
	with := func(p ...partition) []partition { return slices.Concat(healthy, p) }
	for _, c := range []struct {
		name     string
		cluster  []partition
		change   func(*state.Snapshot)
		sentence string // its end
		evidence string
	}{
		{"one follower lags behind several leaders", with(of(1, 2, 4, 2), of(2, 3, 4, 3), of(3, 5, 4, 5)), nil,
			"all miss broker 4: broker 4 is slow to copy, or catches up", "broker 4 lags behind 3 leaders"},
		{"one follower is most of what lags", with(of(1, 2, 4, 2), of(2, 3, 4, 3), of(3, 5, 4, 5), of(3, 2, 5, 2)), nil,
			": broker 4 is slow to copy, or catches up", "broker 4 lags behind 3 leaders"},
		{"all followers of one leader lag", with(of(1, 2, 4, 2), of(1, 3, 5, 3), of(1, 4, 2, 4)), nil,
			": followers of broker 1 can't keep up with it", "broker 1 leads 3 of the 3, and 4 of all 9 partitions"},
		{"one follower lags behind one leader, and keeps up with others", with(of(1, 2, 4, 2), of(1, 3, 4, 3)), nil,
			"all miss broker 4", "look at the path between the two, and at the fetcher of 4 for 1"},
		{"one partition lags", with(of(1, 2, 4, 2)), nil,
			"it misses broker 4", "no other partition lags: this one is hot"},
		{"all is led by the leader whose followers lag", []partition{of(1, 2, 4, 2), of(1, 3, 5, 3), of(1, 4, 2, 4)}, nil,
			"they miss brokers 2, 4 and 5", ""},
		{"it is spread", with(of(1, 2, 3, 2), of(2, 3, 4, 3), of(3, 4, 5, 4), of(4, 5, 1, 5)), nil,
			"they miss brokers 1, 3, 4 and 5", ""},
		{"a broker is down, and leaders have moved", with(of(1, 2, 4, 2), of(2, 3, 4, 3), of(3, 5, 4, 5)), func(s *state.Snapshot) { kill(s, 4) },
			"all miss broker 4", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := cluster(t, c.cluster...)
			if c.change != nil {
				c.change(s)
			}
			_, findings := look(s, nil, noon)
			f := found(findings, UnderReplicated)
			if f == nil || !strings.HasSuffix(f.Sentence, c.sentence) {
				t.Fatalf("found%s, want a sentence that ends with %q", sentences(findings), c.sentence)
			}
			all := strings.Join(f.Evidence, "\n")
			if !strings.Contains(all, c.evidence) {
				t.Errorf("evidence:\n%s\nwant %q", all, c.evidence)
			}
			if c.evidence == "" {
				for _, guess := range []string{"lags behind", "of all", "the path between", "no other partition"} {
					if strings.Contains(all, guess) {
						t.Errorf("it guesses:\n%s", all)
					}
				}
			}
		})
	}
}
