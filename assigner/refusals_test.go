package assigner

import (
	"errors"
	"testing"
)

func TestDemandsThatCannotBeMetAreRefusedInWords(t *testing.T) {
	racked := cluster(t, "1a 2b 3c 4a!dead 5b", "t-0 1,2,3", "t-1 2,3,5", "u-0 1")
	bare := cluster(t, "1 2", "t-0 1")
	for _, c := range []struct {
		name    string
		in      *Input
		demands []Demand
		kind    any
		says    string
	}{
		{
			"a clone where another demand trims", racked,
			[]Demand{Clone{Brokers: []int32{1}, To: 5}, Trim{Brokers: []int32{1, 5}, Topics: only("t")}}, new(*ClashError),
			`t-0: "clone 1 --to 5" wants a replica on broker 5 and "trim 1,5" wants none there`,
		},
		{
			"a replacement by a broker that has the same", racked, []Demand{Replace{Broker: 2, With: 5}}, new(*DemandError),
			"replace 2 --with 5: 1 partition has replicas on both (t-1 is one): drain 2 moves those elsewhere",
		},
		{
			"a replacement to where another demand leaves", racked,
			[]Demand{Replace{Broker: 1, With: 5}, Drain{Brokers: []int32{5}, Topics: only("v")}},
			new(*NotTargetError), "replace 1 --with 5: broker 5 can't receive replicas: it is being drained",
		},
		{
			"more clones than replicas", racked, []Demand{Clone{Brokers: []int32{1}, To: 5}, Clone{Brokers: []int32{1}, To: 2}, SetReplicationFactor{Factor: 1, Topics: only("u")}},
			new(*ClashError), `u-0: "clone 1 --to 5" and others want replicas on brokers 5, 2, and it is to have 1 replica`,
		},
		{
			"a replacement by itself", racked, []Demand{Replace{Broker: 1, With: 1}},
			new(*DemandError), "replace 1 --with 1: a broker can't replace itself",
		},
		{
			"a replacement by a dead broker", racked, []Demand{Replace{Broker: 1, With: 4}},
			new(*NotTargetError), "replace 1 --with 4: broker 4 can't receive replicas: it is dead",
		},
		{
			"a replacement of an unknown broker", racked, []Demand{Replace{Broker: 9, With: 1}},
			new(*UnknownBrokerError), "replace 9 --with 1: there is no broker 9",
		},
		{
			"a clone to a dead broker", racked, []Demand{Clone{Brokers: []int32{1}, To: 4}},
			new(*NotTargetError), "clone 1 --to 4: broker 4 can't receive replicas: it is dead",
		},
		{
			"a clone of nothing", racked, []Demand{Clone{To: 1}}, new(*DemandError), "clone: no broker is given",
		},
		{
			"a trim that leaves nothing", racked, []Demand{Trim{Brokers: []int32{1}}},
			new(*DemandError), "trim 1: 1 partition would have no replica left (u-0 is one)",
		},
		{
			"a trim of nothing", racked, []Demand{Trim{}}, new(*DemandError), "trim: no broker is given",
		},
		{
			"a demotion of nothing", racked, []Demand{Demote{}}, new(*DemandError), "demote: no broker is given",
		},
		{
			"racks where there are none", bare, []Demand{Racks{}}, new(*DemandError), "racks: no broker has a rack (broker.rack)",
		},
		{
			"no replicas", bare, []Demand{SetReplicationFactor{}},
			new(*DemandError), "set-replication-factor 0: a partition has at least 1 replica",
		},
		{
			"more replicas than brokers", bare, []Demand{SetReplicationFactor{Factor: 3}},
			new(*DemandError), "set-replication-factor 3: there are only 2 brokers",
		},
		{
			"more replicas than live brokers", racked, []Demand{SetReplicationFactor{Factor: 5, Topics: only("u")}},
			new(*InfeasibleError), "u-0 must have 5 replicas and only brokers 1, 2, 3, 5 may hold one: broker 4 is dead",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			plan, err := solve(c.in, c.demands)
			if plan != nil || err == nil || !errors.As(err, c.kind) {
				t.Fatalf("got %v, %T", plan, err)
			}
			if err.Error() != c.says {
				t.Errorf("it says %q", err)
			}
		})
	}
}
