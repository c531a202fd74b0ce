package assigner

import (
	"errors"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What operators of LinkedIn's kafka-assigner rely on, restated from its tests: the same clusters, the same actions, and the
// same outcome wherever it specifies one.

// two is its cluster of two brokers.
var two = []string{"testTopic1-0 1,2", "testTopic1-1 2,1", "testTopic2-0 2,1", "testTopic2-1 1,2"}

// four is its cluster of four brokers in two racks.
var four = []string{
	"testTopic1-0 1,2", "testTopic1-1 2,3", "testTopic1-2 2,3", "testTopic1-3 4,1",
	"testTopic2-0 4,3", "testTopic2-1 2,4", "testTopic2-2 2,1", "testTopic2-3 3,1",
	"testTopic3-0 3,2", "testTopic3-1 4,2", "testTopic3-2 1,2", "testTopic3-3 3,4",
}

func TestActionsOfKafkaAssigner(t *testing.T) {
	except := Topics{Except: regexp.MustCompile("^testTopic1$")}
	only := Topics{Only: regexp.MustCompile("^testTopic1$")}
	unknown := Topics{Only: regexp.MustCompile("^noSuchTopic$")}
	for _, c := range []struct {
		name       string
		brokers    string
		partitions []string
		demands    []Demand
		want       []string // the lists that change
		moves      int
	}{
		{
			"remove", "1a 2b 3", two, []Demand{Drain{Brokers: []int32{1}}},
			[]string{"testTopic1-0 3,2", "testTopic1-1 2,3", "testTopic2-0 2,3", "testTopic2-1 3,2"}, 4,
		},
		{
			"remove with a topic excluded", "1a 2b 3", two, []Demand{Drain{Brokers: []int32{1}, Topics: except}},
			[]string{"testTopic2-0 2,3", "testTopic2-1 3,2"}, 2,
		},
		{
			"clone to a broker that has nothing", "1a 2b 3", two, []Demand{Clone{Brokers: []int32{1}, To: 3}},
			[]string{"testTopic1-0 3,1,2", "testTopic1-1 2,3,1", "testTopic2-0 2,3,1", "testTopic2-1 3,1,2"}, 4,
		},
		{
			"clone to a broker that has it all", "1a 2b", two, []Demand{Clone{Brokers: []int32{1}, To: 2}},
			[]string{"testTopic1-0 2,1", "testTopic2-1 2,1"}, 0,
		},
		{"clone of a broker that has nothing", "1a 2b 3", two, []Demand{Clone{Brokers: []int32{3}, To: 1}}, nil, 0},
		{
			"clone and trim net to a replacement", "1a 2b 3", two, []Demand{Clone{Brokers: []int32{1}, To: 3}, Trim{Brokers: []int32{1}}},
			[]string{"testTopic1-0 3,2", "testTopic1-1 2,3", "testTopic2-0 2,3", "testTopic2-1 3,2"}, 4,
		},
		{
			"trim", "1a 2b", two, []Demand{Trim{Brokers: []int32{1}}},
			[]string{"testTopic1-0 2", "testTopic1-1 2", "testTopic2-0 2", "testTopic2-1 2"}, 0,
		},
		{
			"trim with a topic excluded", "1a 2b", two, []Demand{Trim{Brokers: []int32{1}, Topics: except}},
			[]string{"testTopic2-0 2", "testTopic2-1 2"}, 0,
		},
		{
			"a lower replication factor drops from the tail", "1a 2b", two, []Demand{SetReplicationFactor{Factor: 1, Topics: only}},
			[]string{"testTopic1-0 1", "testTopic1-1 2"}, 0,
		},
		{
			"a higher replication factor appends", "1a 2b 3", two, []Demand{SetReplicationFactor{Factor: 3, Topics: only}},
			[]string{"testTopic1-0 1,2,3", "testTopic1-1 2,1,3"}, 2,
		},
		{"the same replication factor", "1a 2b", two, []Demand{SetReplicationFactor{Factor: 2}}, nil, 0},
		{"the replication factor of no topic", "1a 2b 3", two, []Demand{SetReplicationFactor{Factor: 3, Topics: unknown}}, nil, 0},
		{"reorder where leaders are level", "1a 2b", two, []Demand{Leaders{}}, nil, 0},
		{"count where it is level", "1a 2b", two, []Demand{BalanceCount{}, Leaders{Followers: true}}, nil, 0},
		{"rackaware where racks are right", "1a 2b", two, []Demand{Racks{}}, nil, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			plan, err := solve(cluster(t, c.brokers, c.partitions...), c.demands)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, changed(plan)); diff != "" {
				t.Error(diff)
			}
			if plan.Moves != c.moves || plan.MovesBound != c.moves {
				t.Errorf("%d moves, bound %d", plan.Moves, plan.MovesBound)
			}
		})
	}
}

func TestCountBalanceOfKafkaAssignerIsEvenInEveryPosition(t *testing.T) {
	for _, c := range []struct {
		name       string
		brokers    string
		partitions []string
		low, high  int // replicas of each broker in each of the first two positions
	}{
		{
			"one partition turned round", "1a 2b",
			[]string{"t-0 2,1", "t-1 2,1", "u-0 2,1", "u-1 1,2", "v-0 1,2", "v-1 2,1"}, 3, 3,
		},
		{
			"an empty third broker", "1a 2b 3c",
			[]string{"t-0 2,1", "t-1 2,1", "u-0 2,1", "u-1 1,2", "v-0 1,2", "v-1 2,1"}, 2, 2,
		},
		{
			"an empty first broker", "1a 2b 3c",
			[]string{"t-0 3,2", "t-1 2,3", "u-0 2,3", "u-1 3,2", "v-0 3,2", "v-1 2,3"}, 2, 2,
		},
		{
			"a topic of three replicas among others", "1a 2b 3c",
			append([]string{"v-0 3,2,1", "v-1 2,3,1"}, two...), 2, 2,
		},
		{"an odd number of partitions", "1a 2b", []string{"t-0 2,1", "t-1 2,1", "u-0 2,1", "u-1 1,2", "v-0 1,2"}, 2, 3},
		{"one broker leads all", "1a 2b", []string{"t-0 1,2", "t-1 1,2", "u-0 1,2", "u-1 1,2"}, 2, 2},
		{"four brokers in two racks", "1a 2a 3b 4b", four, 3, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := cluster(t, c.brokers, c.partitions...)
			plan, err := solve(in, []Demand{BalanceCount{}, Leaders{Followers: true}})
			if err != nil {
				t.Fatal(err)
			}
			for position := range 2 {
				n := map[int32]int{}
				for _, list := range after(in, plan) {
					n[list[position]]++
				}
				for _, b := range in.Brokers {
					if n[b.ID] < c.low || n[b.ID] > c.high {
						t.Errorf("broker %d is %d times in position %d: %v", b.ID, n[b.ID], position, after(in, plan))
					}
				}
			}
		})
	}
}

func TestWhatKafkaAssignerRefusesIsRefused(t *testing.T) {
	for _, c := range []struct {
		name    string
		demand  Demand
		problem any
	}{
		{"remove of an unknown broker", Drain{Brokers: []int32{3}, To: []int32{2}}, new(*UnknownBrokerError)},
		{"remove to an unknown broker", Drain{Brokers: []int32{1}, To: []int32{3}}, new(*UnknownBrokerError)},
		{"remove to the broker that is removed", Drain{Brokers: []int32{1}, To: []int32{1}}, new(*NotTargetError)},
		{"clone of an unknown broker", Clone{Brokers: []int32{3}, To: 2}, new(*UnknownBrokerError)},
		{"clone to an unknown broker", Clone{Brokers: []int32{1}, To: 3}, new(*UnknownBrokerError)},
		{"trim of all brokers", Trim{Brokers: []int32{1, 2}}, new(*DemandError)},
		{"a replication factor of 0", SetReplicationFactor{Factor: 0}, new(*DemandError)},
		{"a replication factor above the brokers", SetReplicationFactor{Factor: 3}, new(*DemandError)},
		{"demotion of all brokers", Demote{Brokers: []int32{1, 2}}, new(*DemotionError)},
	} {
		t.Run(c.name, func(t *testing.T) {
			plan, err := solve(cluster(t, "1a 2b", two...), []Demand{c.demand})
			if err == nil || !errors.As(err, c.problem) || plan != nil {
				t.Errorf("got %v, %v", plan, err)
			}
		})
	}
}
