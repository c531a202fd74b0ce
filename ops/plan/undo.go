package plan

import (
	"fmt"
	"slices"

	"kdeck/ops/state"
)

// Undoable divides a plan that goes back ([Plan.Reverse]) into what the cluster in s can still do, and what it can't: partitions
// whose original brokers are gone or take no replicas now. A partition that only gets its old order back needs no broker.
func (p *Plan) Undoable(s *state.Snapshot) (able *Plan, not []LeftAlone) {
	h := *p.Header
	h.Before = nil
	able = &Plan{Header: &h}
	for i := range p.Partitions {
		a, was := p.Partitions[i], p.Header.Before[i]
		at, there := s.FindPartition(a.Topic, a.Partition)
		if there && slices.Equal(at.AppendLasting(nil), a.Replicas) {
			continue // it is back, or was never moved
		}
		if why := whyNotBack(s, at, there, a.Replicas); why != "" {
			not = append(not, LeftAlone{a.Topic, a.Partition, was.Replicas, why})
			continue
		}
		able.Partitions, h.Before = append(able.Partitions, a), append(h.Before, was)
	}
	if len(able.Partitions) < len(p.Partitions) { // else the figures of the whole stand
		able.count(s)
	}
	return able, not
}

func whyNotBack(s *state.Snapshot, at state.Partition, there bool, replicas []int32) string {
	if !there {
		return "it is gone"
	}
	for _, b := range replicas {
		if at.Has(b) {
			continue
		}
		broker := s.Broker(b)
		if broker == nil {
			return fmt.Sprintf("it was on broker %d, which is no longer registered", b)
		}
		if may, why := broker.MayReceive(); !may {
			return fmt.Sprintf("it was on broker %d, which is %s", b, why)
		}
	}
	return ""
}

// UndoPhrase returns the phrase to type before a plan goes back what a run moved: "undo 12 moves #a91f3c prod-eu-1".
func UndoPhrase(p *Plan, cluster string) string { return phraseOf("undo", p, cluster) }
