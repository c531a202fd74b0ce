package metrics

import (
	"maps"
	"math"

	"kdeck/ops/state"
)

// topics are the topics of an index. What was given to a State is not changed: new ones go into a copy.
type topics struct {
	places map[string]int32 // a number for each topic
	read   [2]int           // how many places of TopicBytesIn and TopicBytesOut they were made from
}

// counted tells whether a series is a topic's rate where its count is kept, which tells more.
func (x *index) counted(k Key) bool {
	if !k.Metric.ofTopic() || k.Attr != Rate1 {
		return false
	}
	k.Attr = Count
	_, kept := x.places[k]
	return kept
}

// updateTopics brings the topics up to date.
func (x *index) updateTopics() map[string]int32 {
	t := &x.topics
	copied := false
	for i, m := range []Metric{TopicBytesIn, TopicBytesOut} {
		for _, place := range x.of[m][t.read[i]:] {
			name := x.keys[place].Tags[0]
			if _, known := t.places[name]; known {
				continue
			}
			if !copied {
				copied = true
				if t.places = maps.Clone(t.places); t.places == nil {
					t.places = map[string]int32{}
				}
			}
			t.places[name] = int32(len(t.places))
		}
		t.read[i] = len(x.of[m])
	}
	return t.places
}

// topics returns what the broker counts of single topics, nil where its page shows none, or where not all of them could be kept or read: a topic that is missing
// would seem to be one that nobody writes to.
func (d *derivation) topics() *state.TopicTraffic {
	if d.now.leftTopics > 0 || d.now.cut != nil {
		return nil
	}
	places := d.now.index.updateTopics()
	if len(places) == 0 {
		return nil
	}
	rates := make([]float32, 2*len(places))
	in, out := rates[:len(places)], rates[len(places):]
	for i := range rates {
		rates[i] = -1
	}
	any := false
	for m, to := range map[Metric][]float32{TopicBytesIn: in, TopicBytesOut: out} {
		for _, place := range d.now.index.of[m] {
			if _, has := d.now.at(place); !has {
				continue
			}
			any = true
			k := d.now.index.keys[place]
			if r := d.meterSeriesRate(k); r.Known {
				to[places[k.Tags[0]]] = float32(r.Value)
			} else {
				to[places[k.Tags[0]]] = float32(math.NaN())
			}
		}
	}
	if !any {
		return nil
	}
	return state.NewTopicTraffic(places, in, out)
}
