package health

import (
	"fmt"

	"kdeck/ops/format"
	"kdeck/ops/state"
)

// catchUpThrottled names followers whose replicas are out of sync and are copied under a throttle (KIP-73), of reassignments that are long over as a rule. Where
// producers write faster than it lets through, such a replica never catches up. Replicas that a reassignment adds are throttled as meant, and aren't counted.
func (j *judge) catchUpThrottled(samples Samples) {
	for i := range j.s.Brokers {
		id := j.s.Brokers[i].ID
		missing := j.scan.brokers[i].missing
		rate, known := smallest(samples[id], func(m *state.BrokerMetrics) state.Reading[float64] { return m.FollowerThrottled })
		if missing == 0 || !known || rate < 1 {
			continue
		}
		f := state.Finding{
			Code: CatchUpThrottled, Severity: state.SeverityInfo, Subject: ofBroker(id), Scope: fmt.Sprintf("broker %d", id), Fault: "kafka",
			Sentence: fmt.Sprintf("Broker %d is out of sync in %s, and copies %s under a throttle", id, format.Count(missing, "partition"), format.ByteRate(rate)),
			Evidence: sourceOf(samples[id]),
			Next:     "kdeck throttles", Pane: "brokers", Filter: brokerFilter([]int32{id}),
		}
		if writes, known := j.writesMissedBy(id); known && writes > rate {
			f.Evidence = append(f.Evidence, fmt.Sprintf("producers write %s to the leaders of these partitions: where more than %s of that is theirs, it never catches up", format.ByteRate(writes), format.ByteRate(rate)))
		}
		f.Evidence = append(f.Evidence, "follower.replication.throttled.rate is its limit: raise it until it has caught up, or clear the throttle if no reassignment needs it")
		j.find(f)
	}
}

// writesMissedBy is what producers write, in bytes a second, to the leaders of the partitions in which a broker is out of sync; false where one of them gives no
// metrics.
func (j *judge) writesMissedBy(id int32) (sum float64, known bool) {
	leaders := map[int32]bool{}
	for i := range j.s.NumPartitions() {
		p := j.s.Partition(i)
		if leader := p.Leader(); leader >= 0 && p.UnderReplicated() {
			for missing := range p.Missing() {
				leaders[leader] = leaders[leader] || missing == id
			}
		}
	}
	for leader, needed := range leaders {
		if !needed {
			continue
		}
		m, fresh := Fresh(j.State, leader)
		if !fresh || !m.BytesIn.Known {
			return 0, false
		}
		sum += m.BytesIn.Value
	}
	return sum, sum > 0
}
