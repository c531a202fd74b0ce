package sim

import (
	"maps"
	"slices"
	"time"
)

// topicTraffic is what a broker counts of one topic.
type topicTraffic struct {
	in, out meter // bytes from producers, and to consumers
	led     bool  // the broker leads some of its partitions
}

func (t *topicTraffic) advance(dt time.Duration) {
	t.in.advance(dt)
	t.out.advance(dt)
}

// measureTopics sets what the broker counts of single topics in the second to come. Kafka forgets a topic when the broker leads none of its partitions any more
// (BrokerTopicStats.removeOldLeaderMetrics).
func (bm *brokerMeters) measureTopics(l *load, spread *trafficSpread) {
	for _, t := range bm.byTopic {
		t.in.rate, t.out.rate, t.led = 0, 0, false
	}
	for i := range spread.of {
		led := spread.of[i].led[l.b.id]
		for _, of := range spread.of[i].topics[l.b.id] {
			t := bm.byTopic[of.topic]
			if t == nil {
				t = &topicTraffic{}
				bm.byTopic[of.topic] = t
			}
			t.led = true
			t.in.rate += l.clients[i].produce * of.share / led
			t.out.rate += l.clients[i].fetch * of.share / led
		}
	}
	maps.DeleteFunc(bm.byTopic, func(_ string, t *topicTraffic) bool { return !t.led })
}

// topics shows what is counted of single topics, of each from the first byte on.
func (p *page) topics(bm *brokerMeters) {
	for _, name := range slices.Sorted(maps.Keys(bm.byTopic)) {
		t := bm.byTopic[name]
		for _, m := range []struct {
			name  string
			meter *meter
		}{{"BytesInPerSec", &t.in}, {"BytesOutPerSec", &t.out}} {
			if m.meter.at(p.at-bm.at) > 0 {
				p.meter(bm, "kafka_server_BrokerTopicMetrics", m.name, m.meter, "topic", name)
			}
		}
	}
}
