package pane

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"kdeck/ops/state"
	"kdeck/ops/view"
	"kdeck/ui/cell"
	"kdeck/ui/table"
)

// describePartition writes all that is known of a partition: replicas in their order, what moves, and how leader
// and ISR changed since the console started.
func describePartition(to *page, sc Scene, id table.ID) {
	snap := sc.snapshot()
	if snap == nil {
		return
	}
	p, ok := snap.FindPartition(id.Name, id.N)
	if !ok {
		to.say(span{cell.Strong, partitionName(id)})
		to.say(span{cell.Warning, "is no longer in the cluster's metadata"})
		describeHistory(to, sc, id)
		return
	}
	word := view.PartitionState(p)
	to.say(span{cell.Strong, partitionName(id)}, span{cell.Plain, "  "}, span{partitionStyle(word), word})
	if p.Leaderless() {
		to.fact("leader", cell.Critical, "none: it can be neither written nor read")
	} else {
		to.fact("leader", cell.Plain, fmt.Sprintf("%d, epoch %d", p.Leader(), p.LeaderEpoch()))
		if p.Preferred() != p.Leader() {
			to.fact("preferred", cell.Info, fmt.Sprintf("%d, which does not lead", p.Preferred()))
		}
	}
	style := cell.Plain
	if p.UnderReplicated() {
		style = cell.Warning
	}
	to.fact("in sync", style, fmt.Sprintf("%d of %d", p.ISRSize(), p.ReplicationFactor()))
	if n, known := p.Topic().MinISR(); known {
		to.fact("min ISR", cell.Plain, strconv.Itoa(n))
	} else {
		to.fact("min ISR", cell.Unknown, view.Unknown)
	}
	if n, known := p.Size(); known {
		to.fact("one copy", cell.Plain, view.Bytes(n))
	} else {
		to.fact("one copy", cell.Unknown, view.Unknown)
	}
	if !snap.Moves.Known {
		to.fact("moving", cell.Unknown, view.Unknown+" "+snap.Moves.Why)
	} else if p.Moving() {
		to.fact("moving", cell.Info, fmt.Sprintf("adds %s, removes %s", view.IDs(p.AppendAdding(nil)), view.IDs(p.AppendRemoving(nil))))
	}
	if elr := p.AppendELR(nil); len(elr) > 0 {
		to.fact("eligible", cell.Info, "may lead besides the ISR: "+view.IDs(elr))
	}
	if last := p.AppendLastKnownELR(nil); len(last) > 0 {
		to.fact("last eligible", cell.Warning, view.IDs(last))
	}
	to.head("REPLICAS, preferred leader first")
	for r := range p.Replicas() {
		describeReplica(to, snap, p, r)
	}
	describeHistory(to, sc, id)
}

func describeReplica(to *page, snap *state.Snapshot, p state.Partition, r state.Replica) {
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
		style, words = cell.Critical, append(words, "OFFLINE")
	}
	if r.Removing {
		words = append(words, "to be removed")
	}
	size := view.Unknown
	if r.Size >= 0 {
		size = view.Bytes(r.Size)
	}
	words = append(words, size)
	b := snap.Broker(r.Broker)
	if b != nil && b.Rack != "" {
		words = append(words, "rack "+b.Rack)
	}
	if b != nil && r.Dir >= 0 && r.Dir < len(b.LogDirs.Value) {
		words = append(words, b.LogDirs.Value[r.Dir].Path)
	}
	to.say(span{cell.Strong, fmt.Sprintf("%6d  ", r.Broker)}, span{style, strings.Join(words, ", ")})
}

// describeHistory writes how a partition changed since the console started.
func describeHistory(to *page, sc Scene, id table.ID) {
	if sc.History == nil {
		return
	}
	to.head("LEADER AND ISR since " + clock(sc.History.Began()))
	changes, full := sc.History.Partition(id.Name, id.N)
	for _, c := range changes {
		when := span{cell.Faint, clock(c.At) + "  "}
		if c.Leader != c.OldLeader {
			to.say(when, span{cell.Plain, fmt.Sprintf("leader %s, was %s (epoch %d)", leaderName(c.Leader), leaderName(c.OldLeader), c.Epoch)})
		}
		if !c.LeaderOnly {
			style := cell.OK
			if len(c.ISR) < len(c.OldISR) {
				style = cell.Warning
			}
			to.say(when, span{style, fmt.Sprintf("ISR %s, was %s", view.IDs(c.ISR), view.IDs(c.OldISR))})
		}
	}
	switch {
	case !full:
		to.say(span{cell.Faint, "what came before is forgotten"})
	case len(changes) == 0:
		to.say(span{cell.Faint, "no change seen"})
	}
}

func leaderName(id int32) string {
	if id < 0 {
		return "none"
	}
	return strconv.Itoa(int(id))
}

// clock writes a time of day, in UTC as brokers' logs mostly have it.
func clock(t time.Time) string { return t.UTC().Format("15:04:05Z") }
