package health

import (
	"fmt"

	"kdeck/ops/format"
	"kdeck/ops/state"
)

// requestQueue judges requests that wait for a handler though handlers have time by the broker's own count: something that isn't work holds them up. Where they
// have no time the queue is evidence of that.
func (j *judge) requestQueue(id int32, samples []*state.BrokerMetrics) {
	waiting, known := smallest(samples, func(m *state.BrokerMetrics) state.Reading[float64] { return m.RequestQueue })
	if !known || waiting < QueueLong {
		return
	}
	idle, known := mostIdle(samples, func(m *state.BrokerMetrics) state.Reading[float64] { return m.HandlerIdle })
	if known && idle < IdleLow {
		return
	}
	said := "though how busy its handlers are isn't exported"
	if known {
		said = fmt.Sprintf("though its handlers are %s idle by its own count: something else than work holds them up", format.Share(idle))
	}
	f := state.Finding{
		Code: RequestQueueLong, Severity: state.SeverityWarning, Subject: ofBroker(id), Scope: fmt.Sprintf("broker %d", id), Fault: "kafka",
		Sentence: fmt.Sprintf("%s wait for a request handler of broker %d, %s", format.Count(int(waiting), "request"), id, said),
		Evidence: append(sourceOf(samples), "its request queue never had fewer in that time; it takes 500 by default (queued.max.requests), and network threads wait when it is full"),
		Next:     "take three thread dumps of it, ten seconds apart (jstack), and look on its machine with kdeck host", Pane: "brokers", Filter: fmt.Sprintf("id:%d", id),
	}
	if j.State.AsksHosts {
		f.Next = fmt.Sprintf("kdeck host --ask %d", id)
	}
	j.find(f)
}

// smallest is the smallest figure of the samples; false if it is unknown in one of them.
func smallest(samples []*state.BrokerMetrics, get func(*state.BrokerMetrics) state.Reading[float64]) (least float64, known bool) {
	for i, m := range samples {
		r := get(m)
		if !r.Known {
			return 0, false
		}
		if i == 0 || r.Value < least {
			least = r.Value
		}
	}
	return least, len(samples) > 0
}
