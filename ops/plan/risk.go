package plan

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"kdeck/ops/format"
	"kdeck/ops/state"
)

// violations lists what a plan leaves broken, whichever tool made it: replicas on dead brokers, and writes that are refused.
func violations(s *state.Snapshot, p *Plan) []string {
	kept := map[int32]int{}
	refusing, example := 0, ""
	for i := range p.Partitions {
		a := &p.Partitions[i]
		before := p.Header.Before[i].Replicas
		if !sameBrokers(before, a.Replicas) {
			for _, b := range a.Replicas {
				if at := s.Broker(b); at == nil || !at.Alive {
					kept[b]++
				}
			}
		}
		if t, ok := s.FindTopic(a.Topic); ok {
			if least, known := t.MinISR(); known && len(a.Replicas) < least && len(before) >= least {
				refusing++
				example = fmt.Sprintf("%v has %s and min.insync.replicas is %d", a, format.Count(len(a.Replicas), "replica"), least)
			}
		}
	}
	var said []string
	for _, b := range slices.Sorted(maps.Keys(kept)) {
		// The controller ends a reassignment only when all replicas of its target are in sync.
		said = append(said, fmt.Sprintf("%s would keep a replica on broker %d, which is dead, and can't be moved until it is back: drain it as well",
			format.Count(kept[b], "partition"), b))
	}
	if refusing > 0 {
		said = append(said, fmt.Sprintf("%s would refuse writes with acks=all (%s)", format.Count(refusing, "partition"), example))
	}
	return said
}

func sameBrokers(a, b []int32) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(id int32) bool { return !slices.Contains(b, id) })
}

// MinFree is the share of a broker's disks that must stay free. With less, the plan has a risk, and its moves wait.
const MinFree = 0.1

// risks lists what can go wrong while a plan is carried out.
func risks(s *state.Snapshot, p *Plan, t *Traffic) []string {
	var said []string
	one, atMin, never := 0, 0, 0
	var fewer, more, last, late []string
	coming := map[int32]int64{}
	unsized := map[int32]bool{}
	for i := range p.Partitions {
		a, c := &p.Partitions[i], &t.Copies[i]
		at, ok := s.FindPartition(a.Topic, a.Partition)
		if !ok || sameBrokers(a.Replicas, p.Header.Before[i].Replicas) {
			continue
		}
		if was, will := len(p.Header.Before[i].Replicas), len(a.Replicas); len(p.Header.Stages) == 0 && was != will {
			list := &fewer
			if will > was {
				list = &more
			}
			*list = append(*list, fmt.Sprintf("%v: %d -> %d", a, was, will))
		}
		if why := lastInSync(at, a, c); why != "" {
			last = append(last, why)
		}
		for r := range at.Replicas() {
			if b := s.Broker(r.Broker); !r.InSync && !r.Adding && b != nil && b.Alive && slices.Contains(a.Replicas, r.Broker) {
				late = append(late, fmt.Sprintf("%v on broker %d", a, r.Broker))
			}
		}
		if len(c.To) > 0 && at.ISRSize() == 1 && at.ReplicationFactor() > 1 {
			one++
		}
		if least, known := at.Topic().MinISR(); known && least > 1 {
			switch {
			case at.ISRSize() <= least && at.ReplicationFactor() > least:
				atMin++
			case len(a.Replicas) == least && len(p.Header.Before[i].Replicas) > least:
				never++
			}
		}
		for _, b := range c.To {
			coming[b] += max(0, c.Size)
			unsized[b] = unsized[b] || c.Size < 0
		}
	}
	for _, changed := range []struct {
		partitions []string
		how        string
	}{{fewer, "fewer"}, {more, "more"}} { // a stage of kdeck that changes the replication factor was asked to
		if n := len(changed.partitions); n > 0 {
			said = append(said, fmt.Sprintf("%s would have %s replicas than now (%s)", format.Count(n, "partition"), changed.how, examples(changed.partitions)))
		}
	}
	if n := len(last); n > 0 {
		said = append(said, fmt.Sprintf("%s would lose the last replica that is in sync or eligible to lead (%s): what the others lack could be lost",
			format.Count(n, "partition"), examples(last)))
	}
	if one > 0 {
		said = append(said, fmt.Sprintf("%s can be copied from one replica only, because the others are offline or out of sync: if it is lost, the data is lost",
			format.Count(one, "partition")))
	}
	if n := len(late); n > 0 { // on a dead broker it is a violation
		said = append(said, fmt.Sprintf("%s out of sync or offline would stay (%s): a change can't end before all replicas are in sync",
			format.Count(n, "replica"), examples(late)))
	}
	if atMin > 0 {
		said = append(said, fmt.Sprintf("%s at min.insync.replicas or below: one more replica out of sync stops writes with acks=all",
			format.Count(atMin, "partition")))
	}
	if never > 0 {
		said = append(said, fmt.Sprintf("%s would have exactly as many replicas as min.insync.replicas asks for: any broker's restart stops writes with acks=all",
			format.Count(never, "partition")))
	}
	for _, b := range slices.Sorted(maps.Keys(coming)) {
		if why := diskRisk(s.Broker(b), coming[b], unsized[b]); why != "" {
			said = append(said, why)
		}
	}
	return said
}

// lastInSync names the replica that is dropped though no other is in sync, or, where none is, though no other is eligible to lead
// (KIP-966); "": none is. Where new replicas come, they have all data before any is dropped.
func lastInSync(p state.Partition, a *Assignment, c *Copy) string {
	if len(c.To) > 0 {
		return ""
	}
	have := p.AppendISR(nil)
	if len(have) == 0 {
		have = p.AppendELR(nil)
	}
	if len(have) == 0 || slices.ContainsFunc(have, func(b int32) bool { return slices.Contains(a.Replicas, b) }) {
		return ""
	}
	return fmt.Sprintf("%v on %s", a, joinIDs(have, " "))
}

// examples names the first few of a list.
func examples(list []string) string {
	const most = 3
	s := strings.Join(list[:min(len(list), most)], ", ")
	if more := len(list) - most; more > 0 {
		s += fmt.Sprintf(" and %d more", more)
	}
	return s
}

// Disks returns the bytes that are free on a broker's disks, and those that there are. known is false where the broker doesn't tell
// (before Kafka 3.3), or has no disk that works.
func Disks(b *state.Broker) (usable, total int64, known bool) {
	if b == nil || !b.LogDirs.Known {
		return 0, 0, false
	}
	for _, d := range b.LogDirs.Value {
		if d.Total < 0 || d.Usable < 0 {
			return 0, 0, false
		}
		if d.Error == "" {
			usable, total = usable+d.Usable, total+d.Total
		}
	}
	return usable, total, total > 0
}

// diskRisk returns a risk if a broker's disks are nearly full with all that comes to it, before anything has left it.
func diskRisk(b *state.Broker, coming int64, more bool) string {
	usable, total, known := Disks(b)
	if !known || float64(usable-coming) >= MinFree*float64(total) {
		return ""
	}
	least := ""
	if more {
		least = "at least "
	}
	if coming > usable {
		return fmt.Sprintf("broker %d would receive %s%s and has %s free: its disks would be full before anything has left it",
			b.ID, least, format.Bytes(coming), format.Bytes(usable))
	}
	return fmt.Sprintf("broker %d would have only %s free of %s while it has the old and the new replicas", b.ID, format.Bytes(usable-coming), format.Bytes(total))
}
