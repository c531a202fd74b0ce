package sim_test

import (
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"kdeck/ops/sim"
)

// progress is what a group did in some minutes.
type progress struct {
	before, after kadm.DescribedGroupLag
}

func (p progress) lagBefore() int64 { return p.before.Lag.Total() }
func (p progress) lagAfter() int64  { return p.after.Lag.Total() }

// read is how many records the commits of the group moved on, in the partitions that ok accepts.
func (p progress) read(ok func(kadm.GroupMemberLag) bool) int64 {
	var n int64
	for _, l := range p.after.Lag.Sorted() {
		if ok(l) {
			n += l.Commit.At - p.before.Lag[l.Topic][l.Partition].Commit.At
		}
	}
	return n
}

func all(kadm.GroupMemberLag) bool { return true }

func TestStoriesOfGroupsAreTheirFaults(t *testing.T) {
	const watched = 10 * time.Minute
	for _, tc := range []struct {
		scenario, group string
		ok              func(*testing.T, *sim.Cluster, progress) bool
	}{
		{"slow-group", "search-indexer", func(_ *testing.T, _ *sim.Cluster, p progress) bool {
			return p.before.State == "Stable" && p.lagBefore() > 1000 && p.lagAfter() > p.lagBefore()+1000 && p.read(all) > 1000
		}},
		{"slow-member", "wms-sync", func(_ *testing.T, _ *sim.Cluster, p progress) bool {
			lag := map[string]int64{}
			for _, l := range p.after.Lag.Sorted() {
				lag[l.Member.MemberID] += l.Lag
			}
			var most int64
			for _, n := range lag {
				most = max(most, n)
			}
			return len(lag) == 4 && p.lagAfter() > p.lagBefore()+1000 && most > p.lagAfter()*95/100
		}},
		{"hanging-group", "checkout-orders", func(_ *testing.T, _ *sim.Cluster, p progress) bool {
			return p.after.State == "Stable" && len(p.after.Members) == 6 && p.read(all) == 0 && p.lagAfter() > p.lagBefore()+1000
		}},
		{"rebalancing-group", "search-indexer", func(t *testing.T, c *sim.Cluster, p progress) bool {
			adm, states := kadm.NewClient(client(t, c)), map[string]int{}
			for range 60 {
				listed, err := adm.ListGroups(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				states[listed["search-indexer"].State]++
				c.Advance(5 * time.Second)
			}
			return states["PreparingRebalance"] > 30 && states["CompletingRebalance"] > 0 && states["Stable"] > 0 && len(states) == 3 && p.lagAfter() > p.lagBefore()
		}},
		{"stopped-group", "wms-sync", func(_ *testing.T, _ *sim.Cluster, p progress) bool {
			return p.after.State == "Empty" && len(p.after.Members) == 0 && p.read(all) == 0 && p.lagAfter() > p.lagBefore()+1000
		}},
		{"rewound-group", "vector-logs", func(_ *testing.T, _ *sim.Cluster, p progress) bool {
			return p.lagBefore() > 10_000 && p.lagAfter() < p.lagBefore() && p.read(all) > 0
		}},
		{"unowned-partition", "wms-sync", func(_ *testing.T, _ *sim.Cluster, p progress) bool {
			unowned := func(l kadm.GroupMemberLag) bool { return l.Topic == "orders" && l.Partition == 7 }
			owner := p.after.Lag["orders"][7].Member
			return p.read(unowned) == 0 && owner == nil && p.after.Lag["orders"][7].Lag > 1000 && p.after.Lag["orders"][8].Lag < 1000
		}},
		{"deleted-topic", "search-indexer", func(t *testing.T, c *sim.Cluster, p progress) bool {
			adm := kadm.NewClient(client(t, c))
			fetched, err := adm.FetchOffsets(t.Context(), "search-indexer")
			if err != nil {
				t.Fatal(err)
			}
			topics, err := adm.ListTopics(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			o, _ := fetched.Lookup("products.reviews", 2)
			return o.At == 50_045 && !topics.Has("products.reviews") && p.after.Lag["orders"][0].Lag < 1000
		}},
		{"lost-coordinator", "wms-sync", func(_ *testing.T, _ *sim.Cluster, p progress) bool {
			return p.after.State == "Stable" && p.read(all) == 0 && p.lagAfter() > p.lagBefore()+1000
		}},
		{"cold-read", "fraud-model-backfill", func(_ *testing.T, c *sim.Cluster, p progress) bool {
			leaders := map[string]map[int32]int32{"orders": {}, "clickstream": {}}
			for _, at := range c.Partitions() {
				if of := leaders[at.Topic]; of != nil {
					of[at.Partition] = at.Leader
				}
			}
			for _, l := range p.after.Lag.Sorted() {
				if cold := leaders[l.Topic][l.Partition] == 7; cold != (l.Lag > 1000) {
					return false
				}
			}
			return p.lagAfter() > 100_000 && p.lagAfter() < p.lagBefore()
		}},
	} {
		t.Run(tc.scenario, func(t *testing.T) {
			c, adm := grouped(t, sim.Options{Scenario: tc.scenario})
			p := progress{before: lagOf(t, adm, tc.group)}
			c.Advance(watched)
			p.after = lagOf(t, adm, tc.group)
			if !tc.ok(t, c, p) {
				t.Errorf("%s is %s with %d members; its lag went from %d to %d while it read %d",
					tc.group, p.after.State, len(p.after.Members), p.lagBefore(), p.lagAfter(), p.read(all))
			}
			for name := range map[string]bool{"spark-etl-clicks": true, "spark-etl-exports": true, "invoicing-ledger": true} {
				if other := lagOf(t, adm, name); other.State != "Stable" || other.Lag.Total() > 100_000 {
					t.Errorf("%s is %s and lags %d", name, other.State, other.Lag.Total())
				}
			}
		})
	}
}

func TestOffsetsOfATopicGoWithIt(t *testing.T) {
	c, adm := grouped(t, sim.Options{Scenario: "stopped-group"})
	var to kadm.Offsets
	to.AddOffset("orders", 1, 42, -1)
	if _, err := adm.CommitOffsets(t.Context(), "wms-sync", to); err != nil {
		t.Fatal(err)
	}
	if _, err := adm.DeleteTopic(t.Context(), "orders"); err != nil {
		t.Fatal(err)
	}
	if _, err := adm.CreateTopic(t.Context(), 24, 3, nil, "orders"); err != nil {
		t.Fatal(err)
	}
	c.Advance(time.Minute)
	fetched, err := adm.FetchOffsets(t.Context(), "wms-sync")
	if err != nil {
		t.Fatal(err)
	}
	if o, ok := fetched.Lookup("orders", 1); ok {
		t.Errorf("it has offset %d of a topic that was created anew", o.At)
	}
	if _, ok := fetched.Lookup("returns", 1); !ok {
		t.Error("its other offsets are gone")
	}
	listed, err := kadm.NewClient(client(t, c)).ListEndOffsets(t.Context(), "orders") // with metadata of its own
	if err != nil || listed.Error() != nil {
		t.Fatal(err, listed.Error())
	}
	if o, _ := listed.Lookup("orders", 1); o.Offset != 0 {
		t.Errorf("the new topic ends at %d", o.Offset)
	}
}
