package state

import "math"

// TopicTraffic is what a broker counts of single topics: bytes a second from producers and to consumers, without replication. It counts a topic from the first
// byte on, and no longer when it leads none of its partitions (BrokerTopicStats in Kafka).
type TopicTraffic struct {
	places  map[string]int32
	in, out []float32 // by place; NaN: not known, such as in the first look; below 0: not counted
	// CountsIn and CountsOut tell whether any topic is counted: of the others it is then known that nothing was written or read.
	CountsIn, CountsOut bool
}

// NewTopicTraffic makes it. places are the places of topics in the lists of rates; they are not changed any more.
func NewTopicTraffic(places map[string]int32, in, out []float32) *TopicTraffic {
	t := &TopicTraffic{places: places, in: in, out: out}
	for i := range in {
		t.CountsIn, t.CountsOut = t.CountsIn || !(in[i] < 0), t.CountsOut || !(out[i] < 0)
	}
	return t
}

// Of returns the rates of a topic; NaN: not known. counted is false where the broker counts neither.
func (t *TopicTraffic) Of(topic string) (in, out float64, counted bool) {
	in, out = math.NaN(), math.NaN()
	if t.CountsIn {
		in = 0
	}
	if t.CountsOut {
		out = 0
	}
	place, ok := t.places[topic]
	if !ok || int(place) >= len(t.in) {
		return in, out, false
	}
	if v := t.in[place]; !(v < 0) {
		in, counted = float64(v), true
	}
	if v := t.out[place]; !(v < 0) {
		out, counted = float64(v), true
	}
	return in, out, counted
}
