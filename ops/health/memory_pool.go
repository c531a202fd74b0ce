package health

import (
	"fmt"
	"slices"

	"kdeck/ops/format"
	"kdeck/ops/state"
)

// memoryPool names brokers whose memory for requests is used up again and again: their network threads count as idle and read nothing. By default there is no limit
// (queued.max.request.bytes -1), and the share is 0.
func (j *judge) memoryPool(samples Samples) {
	var ids []int32
	worst, most := int32(0), 0.0
	for _, b := range j.s.Brokers {
		share, known := smallest(samples[b.ID], func(m *state.BrokerMetrics) state.Reading[float64] { return m.PoolEmpty })
		if !known || share < PoolOftenEmpty {
			continue
		}
		if ids = append(ids, b.ID); share > most {
			worst, most = b.ID, share
		}
	}
	if len(ids) == 0 {
		return
	}
	slices.Sort(ids)
	j.find(state.Finding{
		Code: MemoryPoolEmpty, Severity: state.SeverityWarning, Scope: brokers(ids), Fault: "kafka",
		Sentence: fmt.Sprintf("The memory for requests of %s is used up, on broker %d %s of the time: its network threads then read no request", brokers(ids), worst, format.Share(most)),
		Evidence: append(sourceOf(samples[worst]), "queued.max.request.bytes bounds the bytes of requests that wait or are worked on (KIP-72); it can only be raised with a restart"),
		Next:     "kdeck brokers", Pane: "brokers", Filter: brokerFilter(ids),
	})
}
