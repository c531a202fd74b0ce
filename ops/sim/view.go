package sim

import (
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// view is a broker's metadata image. It never changes once it is made, so a broker may keep an old one, and answers made from
// it may be encoded without a lock.
type view struct {
	offset  int64 // in the metadata log; -1: the newest, which grows with time
	brokers []viewBroker
	topics  []*topicView // by name
	byID    map[[16]byte]*topicView
}

type viewBroker struct {
	id     int32
	host   string
	port   int32
	rack   string
	fenced bool
}

// topicView is one topic as Metadata answers it, and what only DescribeTopicPartitions tells.
type topicView struct {
	name         string
	meta         kmsg.MetadataResponseTopic
	elr          [][]int32 // by partition
	lastKnownELR [][]int32
}

func (v *view) topic(name string) *topicView {
	i, ok := slices.BinarySearchFunc(v.topics, name, func(t *topicView, name string) int { return strings.Compare(t.name, name) })
	if !ok {
		return nil
	}
	return v.topics[i]
}

// newestView returns the view of the present. It computes only the topics that have changed.
func (m *model) newestView() *view {
	if m.view != nil {
		return m.view
	}
	v := &view{offset: -1, topics: make([]*topicView, len(m.topics)), byID: make(map[[16]byte]*topicView, len(m.topics))}
	for _, b := range m.brokers {
		v.brokers = append(v.brokers, viewBroker{b.id, b.host, b.port, b.rack, b.fenced})
	}
	for i, t := range m.topics {
		if t.cached == nil {
			t.cached = m.viewTopic(t)
		}
		v.topics[i] = t.cached
		v.byID[t.id] = t.cached
	}
	m.view = v
	return v
}

// viewOf is the view that the broker answers from, and its offset in the metadata log.
func (m *model) viewOf(b *broker) (*view, int64) {
	if b.stale != nil {
		return b.stale, b.stale.offset
	}
	return m.newestView(), m.offset()
}

func (m *model) viewTopic(t *topic) *topicView {
	v := &topicView{name: t.name, meta: kmsg.NewMetadataResponseTopic()}
	v.meta.Topic = kmsg.StringPtr(t.name)
	v.meta.TopicID = t.id
	v.meta.IsInternal = t.internal
	v.meta.Partitions = make([]kmsg.MetadataResponseTopicPartition, len(t.parts))
	v.elr, v.lastKnownELR = make([][]int32, len(t.parts)), make([][]int32, len(t.parts))
	for i, p := range t.parts {
		mp := &v.meta.Partitions[i]
		mp.Partition = p.id
		mp.Leader, mp.LeaderEpoch = p.leader, p.leaderEpoch
		if p.leader < 0 || !m.alive(p.leader) {
			mp.Leader, mp.ErrorCode = -1, kerr.LeaderNotAvailable.Code
		}
		mp.Replicas, mp.ISR = p.replicas, p.isr
		for _, r := range p.replicas {
			if !m.online(p, r) {
				mp.OfflineReplicas = append(mp.OfflineReplicas, r)
			}
		}
		v.elr[i], v.lastKnownELR[i] = p.elr, p.lastKnownELR
	}
	return v
}
