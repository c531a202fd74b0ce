package health

import (
	"fmt"

	"kdeck/ops/format"
	"kdeck/ops/state"
)

// leaderless says how many partitions have no leader, and which brokers have to be started again for them to have one.
func (j *judge) leaderless() {
	c := j.scan
	n := c.leaderless.n
	if n == 0 {
		return
	}
	f := state.Finding{
		Code: Leaderless, Severity: state.SeverityCritical, Scope: format.Count(n, "partition"), Fault: "kafka",
		Sentence: fmt.Sprintf("%s %s no leader: %s can be neither written nor read", format.Count(n, "partition"), verb(n, "has", "have"), verb(n, "it", "they")),
		Evidence: c.show(c.leaderless), Next: "kdeck partitions --leaderless",
		Pane: "partitions", Filter: "is:leaderless",
	}
	if len(c.lastCopies) > 0 {
		ids := c.lastCopies.most()
		f.Next = fmt.Sprintf("start %s again, %s the last replicas in sync; %s shows of which partitions", brokers(ids), verb(len(ids), "which has", "which have"), f.Next)
		f.Evidence = append(f.Evidence, "the last replicas in sync are on brokers that are down: "+c.lastCopies.each())
	}
	j.find(f)
}

// lastInSync appends the brokers any of which can lead a leaderless partition again without a loss of records: Kafka keeps the last member in its ISR, or, since
// 4.0, in its eligible leader replicas (KIP-966).
func lastInSync(dst []int32, p state.Partition) []int32 {
	n := len(dst)
	for _, add := range []func([]int32) []int32{p.AppendISR, p.AppendELR, p.AppendLastKnownELR} {
		if dst = add(dst); len(dst) > n {
			return dst
		}
	}
	return dst
}
