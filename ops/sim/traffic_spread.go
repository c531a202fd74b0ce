package sim

import "slices"

// trafficSpread says how each tenant's traffic is spread over the brokers. It lists the tenants in the order of
// traffic.tenants. Shares are parts of all that the tenant sends and reads; the share of partitions without a leader is lost.
type trafficSpread struct {
	tenants int   // how many there were when it was computed
	offset  int64 // of the metadata log when it was computed
	of      []tenantSpread
}

type tenantSpread struct {
	led    map[int32]float64         // by leader
	topics map[int32][]topicShare    // by leader
	failed map[int32]float64         // by leader, of partitions with fewer in-sync replicas than writes need
	copied map[int32][]followerShare // by leader
}

// followerShare is what an in-sync follower copies from a leader.
type followerShare struct {
	broker int32
	share  float64
}

// spreadNow returns the spread as the metadata have it now.
func (m *model) spreadNow() *trafficSpread {
	s := &m.traffic.spread
	if s.of != nil && s.offset == m.records && s.tenants == len(m.traffic.tenants) {
		return s
	}
	s.offset, s.tenants, s.of = m.records, len(m.traffic.tenants), nil
	for i := range m.traffic.tenants {
		s.of = append(s.of, m.spreadOf(&m.traffic.tenants[i]))
	}
	return s
}

// topicShare is the part of a tenant's traffic that goes to one topic at a leader.
type topicShare struct {
	topic string
	share float64
}

func (m *model) spreadOf(t *tenant) tenantSpread {
	var topics []*topic
	for _, topic := range m.topics {
		if t.uses(topic) {
			topics = append(topics, topic)
		}
	}
	if len(topics) == 0 && len(m.topics) > 0 { // in a cluster of few topics
		topics = m.topics[len(m.topics)-1:]
	}
	s := tenantSpread{map[int32]float64{}, map[int32][]topicShare{}, map[int32]float64{}, map[int32][]followerShare{}}
	partitions := 0
	for _, topic := range topics {
		partitions += len(topic.parts)
	}
	for _, topic := range topics {
		for _, p := range topic.parts {
			if p.leader < 0 || !m.serving(p.leader) {
				continue
			}
			share := 1 / float64(partitions)
			s.led[p.leader] += share
			s.addTopic(p.leader, topic.name, share)
			if len(p.isr) < m.minISROf(p) {
				s.failed[p.leader] += share
			}
			for _, r := range p.isr {
				if r != p.leader && m.serving(r) {
					s.copied[p.leader] = addShare(s.copied[p.leader], r, share)
				}
			}
		}
	}
	return s
}

// addTopic counts a partition of the topic that was counted last, or of another.
func (s *tenantSpread) addTopic(leader int32, topic string, share float64) {
	list := s.topics[leader]
	if n := len(list); n > 0 && list[n-1].topic == topic {
		list[n-1].share += share
		return
	}
	s.topics[leader] = append(list, topicShare{topic, share})
}

func addShare(list []followerShare, broker int32, share float64) []followerShare {
	i := slices.IndexFunc(list, func(f followerShare) bool { return f.broker == broker })
	if i < 0 {
		return append(list, followerShare{broker, share})
	}
	list[i].share += share
	return list
}
