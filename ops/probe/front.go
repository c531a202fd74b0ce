package probe

import (
	"fmt"
	"time"
)

// CompareWithBrokers adds what the brokers themselves say of writes: the 99th percentile of TotalTimeMs of their Produce requests, by broker
// id, in milliseconds. A broker's clock starts when a network thread has read the request. Where a write of the probe takes much
// longer than nearly all writes take by that clock, the time is lost before it.
func (r *Result) CompareWithBrokers(totals map[int32]float64) {
	for i := range r.Brokers {
		b := &r.Brokers[i]
		total, told := totals[b.Broker]
		if !told {
			continue
		}
		b.BrokerP99 = &total
		write, measured := b.median[Produce]
		own := time.Duration(total * float64(time.Millisecond))
		if !measured || write.n < enoughSamples || write.p50-own < slowExcess || write.p50 < slowFactor*own {
			continue
		}
		r.Findings = append(r.Findings, Finding{Kind: "in-front", Broker: &b.Broker, Stage: Produce.String(),
			Sentence: fmt.Sprintf("A write with acks=1 takes the probe %s at broker %d, whose own clock has seen 99%% of writes done in %s: the time passes before that clock starts (the path, the backlog of connections, SYN cookies, a network thread that is blocked)",
				words(write.p50), b.Broker, words(own))})
	}
}
