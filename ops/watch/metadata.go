package watch

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/kafka"
	"kdeck/ops/state"
)

// metadata is one broker's Metadata answer in order: brokers by id, topics by name, partitions by id, each once. No id is negative
// but that of a leader that is missing.
type metadata struct {
	from      string
	sign      *brokerAnswer // the same broker's ApiVersions answer, from right before
	clusterID string
	brokers   []kmsg.MetadataResponseBroker
	topics    []kmsg.MetadataResponseTopic
	ids       map[int32]bool // every broker that is listed or that a partition names, and whether it is listed

	at map[string][]int32 // the brokers that advertise an address

	partitions, replicas int

	seen [1024]bool // of small ids, whether ids has them: a map is too slow to ask for each of a million replicas
}

// maxBrokers is how many brokers an answer may name. Kafka's own clusters have hundreds at the most.
const maxBrokers = 10_000

// few is an error where an answer names more brokers than [maxBrokers].
func (m *metadata) few(brokers int) error {
	if brokers <= maxBrokers {
		return nil
	}
	return nonsense(fmt.Sprintf("it names %d brokers, and clusters of more than %d aren't read", brokers, maxBrokers))
}

// namesMissing tells whether a partition names a broker that isn't listed: it is dead or fenced.
func (m *metadata) namesMissing() bool { return len(m.ids) > len(m.brokers) }

// askMetadata asks one broker after the other and takes the first answer that can be true. It asks for all topics, with
// AllowAutoTopicCreation off: Kafka's default would create a topic that is asked for.
func (l *look) askMetadata(ctx context.Context, candidates []string) (*metadata, error) {
	req := kmsg.NewPtrMetadataRequest()
	req.Topics, req.AllowAutoTopicCreation = nil, false
	failed := &kafka.NoAnswerError{API: "Metadata"}
	for _, addr := range candidates {
		m, err := l.metadataOf(ctx, addr, req)
		if err == nil {
			return m, nil
		}
		failed.Tried = append(failed.Tried, kafka.Attempt{Addr: addr, Err: err})
		if ctx.Err() != nil {
			break
		}
	}
	if len(failed.Tried) == 0 {
		return nil, fmt.Errorf("cluster %s: no broker's address to ask for metadata", l.session.Cluster().Name)
	}
	l.explain(ctx, failed)
	return nil, failed
}

// explain finds out why nobody answered, of all nodes at once: a node that is silent may be no Kafka at all.
func (l *look) explain(ctx context.Context, failed *kafka.NoAnswerError) {
	var all sync.WaitGroup
	for i := range failed.Tried {
		all.Go(func() { failed.Tried[i].Err = l.session.Explain(ctx, failed.Tried[i].Addr, failed.Tried[i].Err) })
	}
	all.Wait()
}

func (l *look) metadataOf(ctx context.Context, addr string, req kmsg.Request) (*metadata, error) {
	sign, err := l.askSign(ctx, addr)
	if err != nil {
		return nil, err
	}
	// A broker that lives may take long over a large answer: the session's own timeout is the bound here.
	l.count()
	resp, err := l.session.Ask(ctx, addr, req)
	if err != nil {
		return nil, err
	}
	m, err := l.tidy(resp, addr)
	if err != nil {
		return nil, fmt.Errorf("%s: Metadata: %w", addr, err)
	}
	m.sign = sign
	return m, nil
}

// tidy makes an answer into metadata, in place. What makes no sense is left out and noted; an answer that can't be this
// cluster's is refused as a whole.
func (l *look) tidy(answer kmsg.Response, from string) (*metadata, error) {
	resp, ok := answer.(*kmsg.MetadataResponse)
	switch {
	case !ok:
		return nil, nonsense("it is no Metadata answer")
	case resp.ErrorCode != 0:
		return nil, fmt.Errorf("answered %s", refusal(resp.ErrorCode, describeCluster))
	}
	m := &metadata{from: from, ids: map[int32]bool{}, at: map[string][]int32{}}
	if resp.ClusterID != nil {
		m.clusterID = *resp.ClusterID
	}
	if l.prev != nil && l.prev.ClusterID != "" && m.clusterID != l.prev.ClusterID {
		return nil, nonsense(fmt.Sprintf("it is of cluster %q, and not of %q as before", m.clusterID, l.prev.ClusterID))
	}
	var odd oddities
	slices.SortStableFunc(resp.Brokers, func(a, b kmsg.MetadataResponseBroker) int { return cmp.Compare(a.NodeID, b.NodeID) })
	for _, b := range resp.Brokers {
		switch {
		case b.NodeID < 0:
			odd.add("broker with a negative id")
		case m.ids[b.NodeID]:
			odd.add("broker listed twice")
		default:
			m.ids[b.NodeID] = true
			m.brokers = append(m.brokers, b)
		}
	}
	if len(m.brokers) == 0 {
		return nil, nonsense("it lists no broker")
	}
	if err := m.few(len(m.brokers)); err != nil {
		return nil, err
	}
	for _, b := range m.brokers {
		addr := address(b.Host, b.Port)
		m.at[addr] = append(m.at[addr], b.NodeID)
	}
	m.topics = m.tidyTopics(resp.Topics, &odd)
	if err := m.few(len(m.ids)); err != nil {
		return nil, err
	}
	if why := odd.String(); why != "" {
		l.miss(-1, state.WhatMetadata, "left out of what "+from+" answered: "+why)
	}
	return m, nil
}

func (m *metadata) tidyTopics(all []kmsg.MetadataResponseTopic, odd *oddities) []kmsg.MetadataResponseTopic {
	topics := all[:0]
	for _, t := range all {
		switch {
		case t.Topic == nil || *t.Topic == "":
			odd.add("topic without a name")
		case t.ErrorCode != 0 && t.ErrorCode != kerr.LeaderNotAvailable.Code:
			odd.add("topic with " + refusal(t.ErrorCode, describeTopic))
		default:
			topics = append(topics, t)
		}
	}
	byName := func(a, b kmsg.MetadataResponseTopic) int { return strings.Compare(*a.Topic, *b.Topic) }
	if !slices.IsSortedFunc(topics, byName) {
		slices.SortStableFunc(topics, byName)
	}
	topics = slices.CompactFunc(topics, func(a, b kmsg.MetadataResponseTopic) bool {
		if *a.Topic != *b.Topic {
			return false
		}
		odd.add("topic listed twice")
		return true
	})
	for i := range topics {
		topics[i].Partitions = m.tidyPartitions(topics[i].Partitions, odd)
		m.partitions += len(topics[i].Partitions)
	}
	return topics
}

// tidyPartitions returns the partitions in order, each once. Its entries are large, so a list that is in order already, as
// almost all are, stays as it is.
func (m *metadata) tidyPartitions(all []kmsg.MetadataResponseTopicPartition, odd *oddities) []kmsg.MetadataResponseTopicPartition {
	last := int32(-1)
	for i := range all {
		p := &all[i]
		if p.Partition <= last || len(p.Replicas) == 0 || !m.note(p.Replicas) || !m.note(p.ISR) || !m.note(p.OfflineReplicas) {
			return m.rearrange(all, odd)
		}
		last = p.Partition
		m.replicas += len(p.Replicas)
	}
	return all
}

func (m *metadata) rearrange(all []kmsg.MetadataResponseTopicPartition, odd *oddities) []kmsg.MetadataResponseTopicPartition {
	partitions := all[:0]
	for _, p := range all {
		p.Replicas = m.known(p.Replicas, odd)
		p.ISR = m.known(p.ISR, odd)
		p.OfflineReplicas = m.known(p.OfflineReplicas, odd)
		switch {
		case p.Partition < 0:
			odd.add("partition with a negative id")
		case len(p.Replicas) == 0:
			odd.add("partition without replicas")
		default:
			partitions = append(partitions, p)
			m.replicas += len(p.Replicas)
		}
	}
	byID := func(a, b kmsg.MetadataResponseTopicPartition) int { return cmp.Compare(a.Partition, b.Partition) }
	if !slices.IsSortedFunc(partitions, byID) {
		slices.SortStableFunc(partitions, byID)
	}
	return slices.CompactFunc(partitions, func(a, b kmsg.MetadataResponseTopicPartition) bool {
		if a.Partition == b.Partition {
			odd.add("partition listed twice")
		}
		return a.Partition == b.Partition
	})
}

// known removes the ids that can't be brokers' from a list, and notes the others.
func (m *metadata) known(ids []int32, odd *oddities) []int32 {
	ids = slices.DeleteFunc(ids, func(id int32) bool {
		if id < 0 {
			odd.add("replica on a broker with a negative id")
		}
		return id < 0
	})
	m.note(ids)
	return ids
}

// note notes the brokers of a list. It is false where an id can't be a broker's.
func (m *metadata) note(ids []int32) bool {
	for _, id := range ids {
		if id < 0 {
			return false
		}
		if int(id) < len(m.seen) {
			if m.seen[id] {
				continue
			}
			m.seen[id] = true
		}
		if _, ok := m.ids[id]; !ok {
			m.ids[id] = false
		}
	}
	return true
}

// topic returns the topic of that name, nil if it isn't listed.
func (m *metadata) topic(name string) *kmsg.MetadataResponseTopic {
	i, ok := slices.BinarySearchFunc(m.topics, name, func(t kmsg.MetadataResponseTopic, name string) int {
		return strings.Compare(*t.Topic, name)
	})
	if !ok {
		return nil
	}
	return &m.topics[i]
}

// build begins a snapshot from the metadata.
func (m *metadata) build(l *look, taken time.Time) *state.Builder {
	b := state.NewBuilder(m.clusterID, taken, m.partitions, m.replicas)
	b.Snapshot().From = m.from
	for i := range m.topics {
		t := &m.topics[i]
		if err := b.Topic(*t.Topic, t.TopicID, t.IsInternal); err != nil {
			l.miss(-1, state.WhatMetadata, err.Error())
			continue
		}
		for j := range t.Partitions {
			p := &t.Partitions[j]
			if err := b.Partition(p.Partition, p.Leader, p.LeaderEpoch, p.Replicas, p.ISR, p.OfflineReplicas); err != nil {
				l.miss(-1, state.WhatMetadata, err.Error())
			}
		}
	}
	return b
}

// oddities counts what makes no sense in an answer, by kind.
type oddities struct {
	kinds []string
	n     map[string]int
}

func (o *oddities) add(kind string) {
	if o.n == nil {
		o.n = map[string]int{}
	}
	if o.n[kind] == 0 {
		o.kinds = append(o.kinds, kind)
	}
	o.n[kind]++
}

func (o *oddities) String() string {
	parts := make([]string, len(o.kinds))
	for i, kind := range o.kinds {
		parts[i] = fmt.Sprintf("%d × %s", o.n[kind], kind)
	}
	return strings.Join(parts, ", ")
}
