package view

import (
	"fmt"
	"math"

	"kdeck/ops/format"
	"kdeck/ops/state"
)

// topicTraffic finds what brokers count of topics.
type topicTraffic struct {
	of   map[int32]*state.TopicTraffic // by broker; nil: no broker tells
	seen map[int32]int                 // by broker: the topic that it was looked at for last
	turn int
}

func topicTrafficOf(s *state.State) *topicTraffic {
	t := &topicTraffic{seen: map[int32]int{}}
	for id, m := range s.Metrics {
		if m.Known && m.Value.Topics != nil {
			if t.of == nil {
				t.of = map[int32]*state.TopicTraffic{}
			}
			t.of[id] = m.Value.Topics
		}
	}
	return t
}

// addTraffic sets how many bytes a second producers send to the topic and consumers fetch from it, as its leaders count them. All leaders must tell. Consumers
// may fetch from followers too (KIP-392). Kafka counts a topic from its first byte on, so where nobody counts it, exporters may as well leave it out.
func (t *topicTraffic) addTraffic(r *TopicRow, snap *state.Snapshot) {
	r.BytesIn, r.BytesOut, r.TrafficWhy = math.NaN(), math.NaN(), "no exporter tells of topics"
	if t.of == nil {
		return
	}
	t.turn++
	in, out, known := 0.0, 0.0, false
	add := func(broker int32, leads bool) {
		of := t.of[broker]
		if of == nil {
			return
		}
		i, o, counted := of.Of(r.Name())
		known = known || counted
		if leads { // only leaders take records from producers
			in += i
		}
		if leads || counted {
			out += o
		}
	}
	first, n := r.Range()
	for i := first; i < first+n; i++ {
		leader := snap.Partition(i).Leader()
		switch {
		case leader < 0: // nobody writes there
		case t.seen[leader] == t.turn:
		case t.of[leader] == nil:
			r.TrafficWhy = fmt.Sprintf("the exporter of broker %d tells nothing of topics", leader)
			return
		default:
			t.seen[leader] = t.turn
			add(leader, true)
		}
	}
	for i := first; i < first+n; i++ {
		for rep := range snap.Partition(i).Replicas() {
			if t.seen[rep.Broker] != t.turn {
				t.seen[rep.Broker] = t.turn
				add(rep.Broker, false)
			}
		}
	}
	switch {
	case !known:
		r.TrafficWhy = "no broker counts it: nothing was written since its leaders lead, or their exporters leave it out"
		return
	case math.IsNaN(in):
		r.TrafficWhy = "its leaders' exporters tell no bytes from producers, or only in one look so far"
	default:
		r.TrafficWhy = ""
	}
	r.BytesIn, r.BytesOut = in, out
}

// How a topic's bytes a second are known.
const (
	ByMetrics = "metrics" // brokers count them
	ByLogs    = "logs"    // its logs grow by them
)

// Written is how many bytes a second are written to the topic, and how that is known: as its brokers count it, or else by how much its logs grow; NaN: neither
// is known, and why.
func (r *TopicRow) Written() (v float64, how, why string) {
	switch {
	case !math.IsNaN(r.BytesIn):
		return r.BytesIn, ByMetrics, ""
	case !math.IsNaN(r.Growth):
		return r.Growth, ByLogs, ""
	}
	return math.NaN(), "", r.TrafficWhy + "; by its logs: " + r.GrowthWhy
}

// writtenCell marks what is known by logs alone: they grow.
func writtenCell(r *TopicRow, v float64) string {
	if math.IsNaN(r.BytesIn) && !math.IsNaN(v) {
		return "+" + format.ByteRate(v)
	}
	return format.ByteRate(v)
}
