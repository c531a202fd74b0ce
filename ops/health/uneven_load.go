package health

import (
	"fmt"

	"kdeck/ops/format"
	"kdeck/ops/state"
)

// unevenLoad names brokers that producers write to far more than to the others. It needs metrics of at least three brokers. What a broker
// leads tells the cause: many leaders on it, or few partitions that get most.
func (j *judge) unevenLoad() {
	in := map[int32]float64{}
	for i := range j.s.Brokers {
		if m, fresh := Fresh(j.State, j.s.Brokers[i].ID); fresh && m.BytesIn.Known {
			in[m.ID] = m.BytesIn.Value
		}
	}
	if len(in) < 3 {
		return
	}
	held := j.s.Holdings()
	leaders := 0
	for _, h := range held {
		leaders += h.Leaders
	}
	for i := range j.s.Brokers {
		id := j.s.Brokers[i].ID
		mine, known := in[id]
		if !known {
			continue
		}
		others := make([]float64, 0, len(in)-1)
		for of, v := range in {
			if of != id {
				others = append(others, v)
			}
		}
		usual := upperMedian(others)
		if mine < UnevenTimes*usual || mine-usual < UnevenBytes {
			continue
		}
		f := state.Finding{
			Code: UnevenLoad, Severity: state.SeverityInfo, Subject: ofBroker(id), Scope: fmt.Sprintf("broker %d", id), Fault: "tenant",
			Sentence: fmt.Sprintf("Broker %d gets %s from producers, and half of the others %s or less", id, format.ByteRate(mine), format.ByteRate(usual)),
			Next:     "kdeck topics", Pane: "brokers", Filter: brokerFilter([]int32{id}),
		}
		f.Evidence = append(f.Evidence, fmt.Sprintf("it leads %s of %s", format.Thousands(held[i].Leaders), format.Count(leaders, "partition")))
		if share := float64(held[i].Leaders) * float64(len(in)); leaders > 0 && share >= UnevenLeaders*float64(leaders) {
			f.Fault, f.Next = "kafka", "kdeck plan leaders"
			f.Evidence = append(f.Evidence, "that is more than its share, so that its leaders are the reason")
		} else {
			f.Evidence = append(f.Evidence, "that is about its share, so that few of its partitions get most: keys or a topic that is far busier than others")
		}
		j.find(f)
	}
}
