package pane

import (
	"fmt"
	"strconv"
	"strings"

	"kdeck/ops/format"
	"kdeck/ops/state"
	"kdeck/ops/view"
	"kdeck/ui/cell"
	"kdeck/ui/table"
)

// DescribePartition writes the detail of a partition: its leader and ISR, its replicas in their order, and how leader and ISR changed
// since the console started.
func DescribePartition(to *Page, sc Scene, of Detail) {
	id := of.ID
	snap := sc.Snapshot()
	if snap == nil {
		return
	}
	p, ok := snap.FindPartition(id.Name, id.N)
	if !ok {
		to.Say(cell.Strong.Span(PartitionName(id)))
		to.Say(cell.Warning.Span("is no longer in the cluster's metadata"))
		describeHistory(to, sc, id)
		return
	}
	word := view.PartitionState(p)
	to.Say(cell.Strong.Span(PartitionName(id)), cell.Plain.Span("  "), PartitionStyle(word).Span(word))
	if p.Leaderless() {
		to.Fact("leader", cell.Critical, "none: the partition can be neither written nor read")
	} else {
		to.Fact("leader", cell.Plain, fmt.Sprintf("%d, epoch %d", p.Leader(), p.LeaderEpoch()))
		if p.Preferred() != p.Leader() {
			to.Fact("preferred", cell.Info, fmt.Sprintf("%d, which is not the leader", p.Preferred()))
		}
	}
	style := cell.Plain
	if p.UnderReplicated() {
		style = cell.Warning
	}
	to.Fact("in sync", style, fmt.Sprintf("%d of %d", p.ISRSize(), p.ReplicationFactor()))
	if n, known := p.Topic().MinISR(); known {
		to.Fact("min ISR", cell.Plain, strconv.Itoa(n))
	} else {
		to.Fact("min ISR", cell.Unknown, format.Unknown)
	}
	if n, known := p.Size(); known {
		to.Fact("one copy", cell.Plain, format.Bytes(n))
	} else {
		to.Fact("one copy", cell.Unknown, format.Unknown)
	}
	if !snap.Moves.Known {
		to.Fact("moving", cell.Unknown, format.Unknown+" "+snap.Moves.Why)
	} else if p.Moving() {
		to.Fact("moving", cell.Info, fmt.Sprintf("adds %s, removes %s", view.IDs(p.AppendAdding(nil)), view.IDs(p.AppendRemoving(nil))))
	}
	if elr := p.AppendELR(nil); len(elr) > 0 {
		to.Fact("eligible", cell.Info, "may become leader, besides the ISR: "+view.IDs(elr))
	}
	if last := p.AppendLastKnownELR(nil); len(last) > 0 {
		to.Fact("last eligible", cell.Warning, view.IDs(last))
	}
	if open := view.PartitionTransactions(sc.State.Transactions, p.Topic().Name(), p.ID(), sc.Now); len(open) > 0 {
		to.Head("OPEN TRANSACTIONS")
		for _, line := range open {
			to.Say(cell.Plain.Span("  "), cell.Warning.Span(line))
		}
	}
	to.Head("REPLICAS, preferred leader first")
	for r := range p.Replicas() {
		describeReplica(to, snap, p, r)
	}
	describeHistory(to, sc, id)
}

func describeReplica(to *Page, snap *state.Snapshot, p state.Partition, r state.Replica) {
	words, style := []string{}, cell.Plain
	if r.Broker == p.Leader() {
		words = append(words, "leads")
	}
	switch {
	case r.InSync:
		words = append(words, "in sync")
	case r.Adding:
		style, words = cell.Info, append(words, "catching up")
	default:
		style, words = cell.Warning, append(words, "NOT in sync")
	}
	if r.Offline {
		style, words = cell.Critical, append(words, "offline replica")
	}
	if r.Removing {
		words = append(words, "to be removed")
	}
	size := format.Unknown
	if r.Size >= 0 {
		size = format.Bytes(r.Size)
	}
	words = append(words, size)
	b := snap.Broker(r.Broker)
	if b != nil && b.Rack != "" {
		words = append(words, "rack "+b.Rack)
	}
	if b != nil && r.Dir >= 0 && r.Dir < len(b.LogDirs.Value) {
		words = append(words, b.LogDirs.Value[r.Dir].Path)
	}
	to.Say(cell.Strong.Span(fmt.Sprintf("%6d  ", r.Broker)), style.Span(strings.Join(words, ", ")))
}

// describeHistory writes how leader and ISR of a partition changed since the console started.
func describeHistory(to *Page, sc Scene, id table.ID) {
	if sc.History == nil {
		return
	}
	to.Head("LEADER AND ISR since " + Clock(sc.History.Began()))
	changes, full := sc.History.Partition(id.Name, id.N)
	for _, c := range changes {
		when := cell.Faint.Span(Clock(c.At) + "  ")
		if c.Leader != c.OldLeader {
			to.Say(when, cell.Plain.Span(fmt.Sprintf("leader %s, was %s (epoch %d)", leaderName(c.Leader), leaderName(c.OldLeader), c.Epoch)))
		}
		if !c.LeaderOnly {
			style := cell.OK
			if len(c.ISR) < len(c.OldISR) {
				style = cell.Warning
			}
			to.Say(when, style.Span(fmt.Sprintf("ISR %s, was %s", view.IDs(c.ISR), view.IDs(c.OldISR))))
		}
	}
	switch {
	case !full:
		to.Say(cell.Faint.Span("earlier changes are no longer kept"))
	case len(changes) == 0:
		to.Say(cell.Faint.Span("no change since then"))
	}
}

func leaderName(id int32) string {
	if id < 0 {
		return "none"
	}
	return strconv.Itoa(int(id))
}
