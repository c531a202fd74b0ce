package health

import (
	"fmt"
	"slices"
	"time"

	"kdeck/ops/format"
	"kdeck/ops/state"
)

// coldAge is how old a record is at least that is taken for gone from the page cache. On hosts of LINE with 256 GiB, what was written survived 20 minutes.
const coldAge = 5 * time.Minute

// coldReaders names, for each broker that reads far more from its disks than its peers, the group that is furthest behind in bytes on what the broker leads.
func (j *judge) coldReaders() {
	if j.State.Groups == nil || len(j.State.Metrics) == 0 {
		return
	}
	peers := PeersOf(j.State)
	on := map[*state.Group][]diskReads{}
	var order []*state.Group
	for _, o := range peers.Outliers {
		if o.Figure != "disk_read" || o.Value <= o.Median {
			continue
		}
		g, bytes := j.coldest(o.Broker)
		if g == nil {
			continue
		}
		if on[g] == nil {
			order = append(order, g)
		}
		on[g] = append(on[g], diskReads{o.Broker, o.Value, o.Median, bytes})
	}
	for _, g := range order {
		first := on[g][0]
		f := state.Finding{
			Code: ColdReader, Severity: state.SeverityInfo, Subject: ofGroup(g.ID), Scope: "group " + name(g.ID), Fault: "client",
			Sentence: fmt.Sprintf("Group %s is %s behind and reads from the disks of broker %d: what it reads is in no page cache any more", name(g.ID), behind(g), first.broker),
			Next:     "kdeck groups " + format.Shell(g.ID), Pane: "groups", Filter: groupFilter(g.ID),
		}
		for _, o := range on[g] {
			if slices.ContainsFunc(j.busy, func(b busy) bool { return b.id == o.broker && b.severity == state.SeverityWarning }) {
				f.Severity = state.SeverityWarning // others wait for it
			}
			f.Evidence = append(f.Evidence, fmt.Sprintf("broker %d reads %s from its disks, the median of its peers is %s; the group has %s to read there, more than any other",
				o.broker, format.ByteRate(o.value), format.ByteRate(o.median), format.Bytes(o.bytes)))
		}
		f.Evidence = append(f.Evidence, "that its reads are those of the disk is likely, and not measured: brokers don't tell which client makes them read")
		j.find(f)
	}
}

// diskReads is a broker that reads more from its disks than the others, and what the group that is furthest behind has to read there.
type diskReads struct {
	broker        int32
	value, median float64
	bytes         int64
}

// coldest is the group that has the most bytes to read, older than coldAge, of what a broker leads; nil for none. Bytes are estimated from the size of the
// log and how many records it has.
func (j *judge) coldest(broker int32) (worst *state.Group, most int64) {
	for _, g := range j.State.Groups.Groups {
		var bytes int64
		for i := range g.Partitions.Value {
			p := &g.Partitions.Value[i]
			if p.Lag <= 0 || p.Oldest == 0 || j.now.Sub(time.UnixMilli(p.Oldest)) < coldAge {
				continue
			}
			part, ok := j.s.FindPartition(p.Topic, p.Partition)
			if !ok || part.Leader() != broker {
				continue
			}
			size, known := part.Size()
			if records := p.End - max(p.Start, 0); known && records > 0 {
				bytes += int64(float64(size) * min(1, float64(p.Lag)/float64(records)))
			}
		}
		if bytes > most {
			worst, most = g, bytes
		}
	}
	return worst, most
}
