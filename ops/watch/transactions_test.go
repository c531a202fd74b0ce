package watch

import (
	"cmp"
	"slices"
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/kafka"
	"kdeck/ops/sim"
	"kdeck/ops/state"
)

// every chooses all partitions.
func every(state.Partition) bool { return true }

func TestWhatAHangingTransactionHoldsBackAndWhoReadsItIsFound(t *testing.T) {
	o := sim.Options{Scenario: "hanging-transaction", Groups: true, Seed: 1}
	inCluster(t, o, func(t *testing.T, c *sim.Cluster, s *kafka.Session) {
		snap := lookAt(t, s, nil)
		got := Transactions(t.Context(), s, snap, every, Options{})
		h := got.In("ledger", 4)
		if h == nil || len(got.Unknown) > 0 {
			t.Fatalf("held %+v, unknown %v", got.Held, got.Unknown)
		}
		if !h.Groups.Known || len(h.Groups.Value) != 1 || h.Groups.Value[0].Group != "invoicing-ledger" || h.Groups.Value[0].Committed > h.LastStable+1 || h.LastStable >= h.End {
			t.Errorf("%+v", h)
		}
		if askedFor(c, kmsg.DescribeGroups.Int16()) > 0 {
			t.Error("members are asked for, which nothing shows")
		}
		if !slices.IsSortedFunc(got.Held, func(a, b state.HeldPartition) int {
			return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Partition, b.Partition))
		}) {
			t.Errorf("not in order: %+v", got.Held)
		}
	})
}

func TestOfAHeldPartitionItIsSaidWhichReadersAreNotKnown(t *testing.T) {
	o := sim.Options{Scenario: "hanging-transaction", Groups: true, Seed: 1}
	inCluster(t, o, func(t *testing.T, c *sim.Cluster, s *kafka.Session) {
		snap := lookAt(t, s, nil)
		ledger, _ := snap.FindPartition("ledger", 4)
		silent := int32(1)
		for silent == ledger.Leader() {
			silent++
		}
		must(t, c.Silence(silent))
		got := Transactions(t.Context(), s, snap, func(p state.Partition) bool { return p == ledger }, Options{})
		h := got.In("ledger", 4)
		if h == nil || h.Groups.Known || h.Groups.Why != "not every broker told of its groups" {
			t.Fatalf("%+v", h)
		}
		if !slices.ContainsFunc(got.Unknown, func(u state.Unknown) bool { return u.Node == silent && u.What == state.WhatHeldGroups && u.Why != "" }) {
			t.Errorf("unknown: %v", got.Unknown)
		}
	})
}

func TestAPartitionWhoseLeaderDoesNotTellItsLastStableOffsetIsNamed(t *testing.T) {
	o := sim.Options{Scenario: "hanging-transaction", Groups: true, Seed: 1}
	inCluster(t, o, func(t *testing.T, c *sim.Cluster, s *kafka.Session) {
		snap := lookAt(t, s, nil)
		ledger, _ := snap.FindPartition("ledger", 4)
		must(t, c.Silence(ledger.Leader()))
		held, unknown := heldIn(t.Context(), s, snap, func(p state.Partition) bool { return p == ledger }, Options{}.orDefaults())
		if len(held) > 0 || len(unknown) != 1 || unknown[0].Node != ledger.Leader() || unknown[0].What != state.WhatHeld {
			t.Errorf("held %v, unknown %v", held, unknown)
		}
	})
}
