package assigner

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// cluster reads brokers as "1a 2b 3c!dead", an id, a rack and why it is no target, and partitions as "t-0 1,2,3", led by
// the first of the list that is live; "t-0 1,2 leaderless" has no leader.
func cluster(t *testing.T, brokers string, partitions ...string) *Input {
	t.Helper()
	in := &Input{}
	live := map[int32]bool{}
	for _, word := range strings.Fields(brokers) {
		word, why, _ := strings.Cut(word, "!")
		rack := strings.TrimLeft(word, "0123456789")
		b := Broker{ID: number(t, strings.TrimSuffix(word, rack)), Rack: rack, Target: why == "", Why: why}
		live[b.ID] = b.Target || why == Cordoned
		in.Brokers = append(in.Brokers, b)
	}
	for _, line := range partitions {
		words := strings.Fields(line)
		topic, id, _ := strings.Cut(words[0], "-")
		p := Partition{Topic: topic, ID: number(t, id), Leader: -1, Bytes: 10}
		for _, word := range strings.Split(words[1], ",") {
			p.Replicas = append(p.Replicas, number(t, word))
		}
		if at := slices.IndexFunc(p.Replicas, func(id int32) bool { return live[id] }); at >= 0 && len(words) == 2 {
			p.Leader = p.Replicas[at]
		}
		in.Partitions = append(in.Partitions, p)
	}
	return in
}

func number(t *testing.T, word string) int32 {
	t.Helper()
	n := int32(0)
	for _, c := range word {
		if c < '0' || c > '9' {
			t.Fatalf("%q is no number", word)
		}
		n = n*10 + c - '0'
	}
	return n
}

// changed are the changes of a plan as "t-0 1,2,3".
func changed(plan *Plan) []string {
	var all []string
	for _, c := range plan.Changes {
		all = append(all, c.Topic+"-"+list([]int32{c.ID})+" "+list(c.After))
	}
	return all
}

func TestDrain(t *testing.T) {
	for _, c := range []struct {
		name       string
		brokers    string
		partitions []string
		drain      Drain
		want       []string
		moves      int
		leaders    int
	}{
		{
			name:       "a new replica takes the position of the one that it replaces",
			brokers:    "1a 2b 3c 4a",
			partitions: []string{"t-0 1,2,3", "t-1 2,1,3", "t-2 3,2,1"},
			drain:      Drain{Brokers: []int32{1}},
			want:       []string{"t-0 4,2,3", "t-1 2,4,3", "t-2 3,2,4"},
			moves:      3,
			leaders:    1,
		},
		{
			name:       "a rack is left rather than doubled, whatever the counts",
			brokers:    "1a 2b 3c 4a 5b 6c",
			partitions: []string{"t-0 1,2,3", "u-0 4,5", "u-1 4,6"},
			drain:      Drain{Brokers: []int32{1}},
			want:       []string{"t-0 4,2,3"},
			moves:      1,
			leaders:    1,
		},
		{
			name:       "counts of the targets are level",
			brokers:    "1 2 3 4",
			partitions: []string{"t-0 1", "t-1 1", "t-2 1", "t-3 1", "t-4 2", "t-5 2"},
			drain:      Drain{Brokers: []int32{1}},
			want:       []string{"t-0 3", "t-1 4", "t-2 3", "t-3 4"},
			moves:      4,
			leaders:    4,
		},
		{
			name:       "only what is drained to receives",
			brokers:    "1a 2b 3c 4a 5b",
			partitions: []string{"t-0 1,2,3", "t-1 2,3,1"},
			drain:      Drain{Brokers: []int32{1}, To: []int32{5}},
			want:       []string{"t-0 5,2,3", "t-1 2,3,5"},
			moves:      2,
			leaders:    1,
		},
		{
			name:       "a touched partition that has two replicas in one rack gets its racks right as well",
			brokers:    "1a 2b 3b 4c 5a",
			partitions: []string{"t-0 2,3,1"},
			drain:      Drain{Brokers: []int32{1}},
			want:       []string{"t-0 2,4,5"},
			moves:      2,
		},
		{
			name:       "an untouched partition is left as it is, badly spread or not",
			brokers:    "1a 2b 3b 4c 5a",
			partitions: []string{"t-0 2,3"},
			drain:      Drain{Brokers: []int32{1}},
		},
		{
			name:       "of two in one rack the dead one goes",
			brokers:    "1a 2b!dead 3b 4c 5a",
			partitions: []string{"t-0 2,3,1"},
			drain:      Drain{Brokers: []int32{1}},
			want:       []string{"t-0 4,3,5"},
			moves:      2,
			leaders:    1,
		},
		{
			name:       "a dead broker that only replica lists name is drained like any other",
			brokers:    "2b 3c 4a",
			partitions: []string{"t-0 1,2,3"},
			drain:      Drain{Brokers: []int32{1}},
			want:       []string{"t-0 4,2,3"},
			moves:      1,
			leaders:    1,
		},
		{
			name:       "where several lead anew, preferred leaders are level",
			brokers:    "1 2 3 4",
			partitions: []string{"t-0 1,2", "t-1 1,2", "u-0 3,4", "u-1 3,4", "u-2 4,3"},
			drain:      Drain{Brokers: []int32{1, 2}},
			want:       []string{"t-0 4,3", "t-1 3,4"},
			moves:      4,
			leaders:    2,
		},
		{
			name:       "cordoned, fenced and dead brokers receive nothing",
			brokers:    "1 2!cordoned 3!fenced 4!dead 5",
			partitions: []string{"t-0 1", "t-1 1"},
			drain:      Drain{Brokers: []int32{1}},
			want:       []string{"t-0 5", "t-1 5"},
			moves:      2,
			leaders:    2,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			plan, err := solve(cluster(t, c.brokers, c.partitions...), []Demand{c.drain})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, changed(plan)); diff != "" {
				t.Error(diff)
			}
			if plan.Moves != c.moves || plan.MovesBound != c.moves || plan.LeaderChanges != c.leaders {
				t.Errorf("%d moves, bound %d, %d leader changes", plan.Moves, plan.MovesBound, plan.LeaderChanges)
			}
			if want := (Bytes{Known: int64(10 * c.moves)}); plan.Bytes != want || plan.BytesBound != want {
				t.Errorf("bytes %v, bound %v", plan.Bytes, plan.BytesBound)
			}
		})
	}
}

func TestWhatRacksMustHoldIsSaid(t *testing.T) {
	for _, c := range []struct {
		name       string
		brokers    string
		partitions []string
		drain      Drain
		want       []string
	}{
		{
			name: "nothing where every replica has a rack", brokers: "1a 2b 3c 4a", partitions: []string{"t-0 1,2,3"},
			drain: Drain{Brokers: []int32{1}},
		},
		{
			name: "nothing where no broker has a rack", brokers: "1 2 3 4", partitions: []string{"t-0 1,2,3"},
			drain: Drain{Brokers: []int32{1}},
		},
		{
			name: "a rack that is drained", brokers: "1a 2b 3c 4a 5b 6c", partitions: []string{"t-0 1,2,3", "t-1 2,6,1", "t-2 1,2"},
			drain: Drain{Brokers: []int32{3, 6}},
			want:  []string{"rack c is drained: racks a and b must each hold up to 2 of 3 replicas of 2 partitions"},
		},
		{
			name: "a rack that is dead", brokers: "1a 2b 3c!dead 4a 5b", partitions: []string{"t-0 1,2,3", "t-1 1,2"},
			drain: Drain{Brokers: []int32{3}},
			want:  []string{"rack c is drained: racks a and b must each hold up to 2 of 3 replicas of 1 partition"},
		},
		{
			name: "a rack that can't receive", brokers: "1a 2b 3c!cordoned 4a 5b", partitions: []string{"t-0 1,2,4"},
			drain: Drain{Brokers: []int32{1}},
			want:  []string{"rack c has no broker that may receive replicas: racks a and b must each hold up to 2 of 3 replicas of 1 partition"},
		},
		{
			name: "more replicas than racks", brokers: "1a 2b 3a 4b", partitions: []string{"t-0 1,2,3"},
			drain: Drain{Brokers: []int32{1}},
			want:  []string{"there are more replicas than racks (2): one rack holds up to 2 of 3 replicas of 1 partition"},
		},
		{
			name: "racks of unequal size", brokers: "1a 2b 3b 4b 5b", partitions: []string{"t-0 1,2,3,4"},
			drain: Drain{Brokers: []int32{2}},
			want:  []string{"the racks are too unequal in size: one rack must hold up to 3 of 4 replicas of 1 partition"},
		},
		{
			name: "brokers to drain to in a rack that is taken", brokers: "1a 2b 3b", partitions: []string{"t-0 1,2"},
			drain: Drain{Brokers: []int32{1}, To: []int32{3}},
			want: []string{
				"the allowed target brokers leave no better choice: one rack holds up to 2 of 2 replicas of 1 partition",
			},
		},
		{
			name: "brokers without a rack among others", brokers: "1a 2b 3 4", partitions: []string{"t-0 1,2"},
			drain: Drain{Brokers: []int32{1}},
			want:  []string{"brokers 3, 4 have no rack: brokers without a rack count as one rack"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			plan, err := solve(cluster(t, c.brokers, c.partitions...), []Demand{c.drain})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, plan.Relaxed); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAPartitionThatNobodyCanCopyIsLeftAndListed(t *testing.T) {
	plan, err := solve(cluster(t, "1!dead 2 3", "t-0 1,2", "t-1 1", "t-2 2,1 leaderless"), []Demand{Drain{Brokers: []int32{1}}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"t-0 3,2"}, changed(plan)); diff != "" {
		t.Error(diff)
	}
	why := "it has no leader, so no broker can copy it: a replica that may lead has to come back first (broker 1 is not live)"
	want := []Stuck{
		{Topic: "t", ID: 1, Replicas: []int32{1}, On: []int32{1}, Why: why},
		{Topic: "t", ID: 2, Replicas: []int32{2, 1}, On: []int32{1}, Why: why},
	}
	if diff := cmp.Diff(want, plan.Stuck); diff != "" {
		t.Error(diff)
	}
}

func TestWhatBrokersHoldIsCounted(t *testing.T) {
	in := cluster(t, "1a 2b 3a!cordoned 4a", "t-0 1,2", "t-1 2,1")
	in.Partitions[1].Bytes = -1
	plan, err := solve(in, []Demand{Drain{Brokers: []int32{1}}})
	if err != nil {
		t.Fatal(err)
	}
	both := Holding{Replicas: 2, Leaders: 1, Bytes: Bytes{Known: 10, Unknown: 1}}
	want := []Load{
		{Broker: 1, Rack: "a", Why: "being drained", Before: both},
		{Broker: 2, Rack: "b", Target: true, Before: both, After: both},
		{Broker: 3, Rack: "a", Why: "cordoned"},
		{Broker: 4, Rack: "a", Target: true, After: both},
	}
	if diff := cmp.Diff(want, plan.Brokers); diff != "" {
		t.Error(diff)
	}
	if want := (Bytes{Known: 10, Unknown: 1}); plan.Bytes != want || plan.BytesBound != want {
		t.Errorf("bytes %v, bound %v", plan.Bytes, plan.BytesBound)
	}
}

func TestADrainThatCannotBeIsRefused(t *testing.T) {
	in := cluster(t, "1a 2b 3c 4a!dead 5b!fenced 6c!cordoned", "t-0 1,2,3", "t-1 2,3,1", "u-0 1,2")
	for _, c := range []struct {
		name  string
		drain Drain
		want  error
		says  string
	}{
		{
			"no broker", Drain{}, &DemandError{Stage: "drain", Why: "no broker is given"}, "drain: no broker is given",
		},
		{
			"unknown broker", Drain{Brokers: []int32{1, 9}}, &UnknownBrokerError{ID: 9, Stage: "drain 1,9"},
			"drain 1,9: there is no broker 9",
		},
		{
			"broker given twice", Drain{Brokers: []int32{1, 1}}, &DuplicateBrokerError{ID: 1, Stage: "drain 1,1"},
			"drain 1,1: broker 1 is given twice",
		},
		{
			"unknown target", Drain{Brokers: []int32{1}, To: []int32{8}}, &UnknownBrokerError{ID: 8, Stage: "drain 1 --to 8"},
			"drain 1 --to 8: there is no broker 8",
		},
		{
			"target given twice", Drain{Brokers: []int32{1}, To: []int32{2, 2}},
			&DuplicateBrokerError{ID: 2, Stage: "drain 1 --to 2,2"}, "drain 1 --to 2,2: broker 2 is given twice",
		},
		{
			"target that is drained", Drain{Brokers: []int32{1}, To: []int32{2, 1}},
			&NotTargetError{ID: 1, Why: "being drained", Stage: "drain 1 --to 2,1"},
			"drain 1 --to 2,1: broker 1 can't receive replicas: it is being drained",
		},
		{
			"target that is dead", Drain{Brokers: []int32{1}, To: []int32{4}},
			&NotTargetError{ID: 4, Why: "dead", Stage: "drain 1 --to 4"},
			"drain 1 --to 4: broker 4 can't receive replicas: it is dead",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			plan, err := solve(in, []Demand{c.drain})
			if plan != nil {
				t.Errorf("half a plan: %+v", plan)
			}
			if diff := cmp.Diff(c.want, err); diff != "" {
				t.Error(diff)
			}
			if c.says != "" && err.Error() != c.says {
				t.Errorf("it says %q", err)
			}
		})
	}
}

func TestADrainOfAllLiveBrokersIsRefused(t *testing.T) {
	plan, err := solve(cluster(t, "1a 2b 3c!dead", "t-0 1,2", "t-1 2,3"), []Demand{Drain{Brokers: []int32{1, 2}}})
	want := &InfeasibleError{Topic: "t", Partition: 0, Replicas: 2, More: 1, NotTargets: []NotTarget{{1, "being drained"}, {2, "being drained"}, {3, "dead"}}}
	if diff := cmp.Diff(want, err); diff != "" || plan != nil {
		t.Errorf("%v %s", plan, diff)
	}
	if says := "t-0 must have 2 replicas and no broker may hold one: brokers 1, 2 are being drained; broker 3 is dead (the same holds for 1 other partition)"; err.Error() != says {
		t.Errorf("it says %q", err)
	}
}

// What must have more replicas than there are brokers for it stays, and the rest is drained.
func TestADrainDoesWhatCanBeDone(t *testing.T) {
	in := cluster(t, "1a 2b 3c 4a!dead 5b!fenced 6c!cordoned", "t-0 1,2,3", "t-1 2,3,1", "u-0 1,2", "v-0 3,2")
	const others = "; broker 6 is cordoned; broker 4 is dead; broker 5 is fenced"
	two := "it must have 3 replicas and only brokers 2, 3 may hold one: broker 1 is being drained" + others
	for _, c := range []struct {
		name    string
		demands []Demand
		changes []string
		stuck   []string
	}{
		{"more replicas than brokers", []Demand{Drain{Brokers: []int32{1}}}, []string{"u-0 3,2"}, []string{"t-0: " + two, "t-1: " + two}},
		{"too few to move to", []Demand{Drain{Brokers: []int32{1}, To: []int32{2}}}, nil, []string{"t-0: " + two, "t-1: " + two,
			"u-0: it must have 2 replicas and only broker 2 may hold one: broker 1 is being drained" + others + "; broker 3 is not among the brokers that it may move to"}},
		{"nowhere to go at all", []Demand{Drain{Brokers: []int32{1, 2, 3}}}, nil, []string{"t-0", "t-1", "u-0", "v-0"}}, // 6 lives
		{"fewer replicas are asked for", []Demand{SetReplicationFactor{Factor: 2}, Drain{Brokers: []int32{1}}}, []string{"t-0 2,3", "t-1 2,3", "u-0 3,2"}, nil},
		{"others are levelled all the same", []Demand{Drain{Brokers: []int32{1}, Topics: only("t")}, Leaders{}}, []string{"t-0 2,1,3"}, []string{"t-0: " + two, "t-1: " + two}},
	} {
		t.Run(c.name, func(t *testing.T) {
			plan, err := solve(in, c.demands)
			if err != nil {
				t.Fatal(err)
			}
			var stuck []string
			for _, s := range plan.Stuck {
				stuck = append(stuck, fmt.Sprintf("%s-%d: %s", s.Topic, s.ID, s.Why))
			}
			if len(stuck) != len(c.stuck) || slices.ContainsFunc(c.stuck, func(want string) bool {
				return !slices.ContainsFunc(stuck, func(got string) bool { return strings.HasPrefix(got, want) })
			}) {
				t.Errorf("stuck: %q", stuck)
			}
			if diff := cmp.Diff(c.changes, changed(plan)); diff != "" {
				t.Error(diff)
			}
			if v, err := Check(in, c.demands, plan.Changes, plan.Proof); err != nil || len(v.Wrong) > 0 || !v.Best {
				t.Errorf("the evaluator says %+v, %v", v, err)
			}
			forced := append(plan.Changes, Change{Topic: "t", ID: 1, After: []int32{2, 3}})
			if v, err := Check(in, c.demands, forced, plan.Proof); len(c.stuck) > 0 && (err != nil || len(v.Wrong) == 0) {
				t.Errorf("the evaluator says of what can't be moved %+v, %v", v, err)
			}
		})
	}
}

func TestWhereThereIsNothingThereIsNothingToDo(t *testing.T) {
	for _, in := range []*Input{{}, cluster(t, "1a 2b")} {
		plan, err := solve(in, []Demand{BalanceCount{}, BalanceTopics{}, Leaders{Followers: true}, Limit{Moves: 0, Bytes: -1}})
		if err != nil || len(plan.Changes) > 0 || len(plan.Brokers) != len(in.Brokers) {
			t.Errorf("%+v, %v", plan, err)
		}
	}
}

func TestAClusterThatCannotBeIsRefused(t *testing.T) {
	for _, c := range []struct {
		brokers    string
		partitions []string
		want       string
	}{
		{"1 2 1", nil, "the cluster has broker 1 twice"},
		{"1 2", []string{"t-0 1,2", "t-0 2"}, "the cluster has partition t-0 twice"},
		{"1 2", []string{"t-0 1,2,1"}, "t-0 has two replicas on broker 1"},
	} {
		_, err := solve(cluster(t, c.brokers, c.partitions...), nil)
		if diff := cmp.Diff(&InputError{What: c.want}, err); diff != "" {
			t.Error(diff)
		}
	}
	if _, err := solve(&Input{Partitions: []Partition{{Topic: "t"}}}, nil); err == nil || err.Error() != "t-0 has no replicas" {
		t.Errorf("a partition without replicas: %v", err)
	}
}
