package watch

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/state"
)

// pageSize is how many partitions one DescribeTopicPartitions answer holds; Kafka gives no more than 2,000 by default
// (max.request.partition.size.limit).
const pageSize = 2000

// askELR asks for the eligible leader replicas (KIP-966) of the topics that have a partition without a leader or under
// min ISR: who can lead them again. Brokers before Kafka 3.7 don't offer it, and have none.
func (l *look) askELR(ctx context.Context) {
	req := kmsg.NewPtrDescribeTopicPartitionsRequest()
	req.ResponsePartitionLimit = pageSize
	for i := range l.metadata.topics {
		if t := &l.metadata.topics[i]; l.needsELR(t) {
			topic := kmsg.NewDescribeTopicPartitionsRequestTopic()
			topic.Topic = *t.Topic
			req.Topics = append(req.Topics, topic)
		}
	}
	if len(req.Topics) == 0 {
		return
	}
	for {
		if l.left() <= 0 {
			l.miss(-1, state.WhatELR, fmt.Sprintf("more than a look may ask for: %d answers of up to %d partitions were taken", len(l.elr), pageSize))
			return
		}
		answer, _, err := l.askAny(ctx, req)
		if notServed(err) {
			return
		}
		resp, ok := answer.(*kmsg.DescribeTopicPartitionsResponse)
		switch {
		case err != nil:
			l.miss(-1, state.WhatELR, reason(err))
			return
		case !ok:
			l.miss(-1, state.WhatELR, nonsense("it describes no partitions").Error())
			return
		}
		l.elr = append(l.elr, resp)
		next := resp.NextCursor
		if next == nil {
			return
		}
		if c := req.Cursor; c != nil && cmp.Or(strings.Compare(next.Topic, c.Topic), cmp.Compare(next.Partition, c.Partition)) <= 0 {
			l.miss(-1, state.WhatELR, nonsense("its pages don't go on").Error())
			return
		}
		req.Cursor = &kmsg.DescribeTopicPartitionsRequestCursor{Topic: next.Topic, Partition: next.Partition}
	}
}

// needsELR tells whether a partition of the topic has no leader or fewer in sync than min.insync.replicas.
func (l *look) needsELR(t *kmsg.MetadataResponseTopic) bool {
	least := l.configs.byTopic[*t.Topic].minISR
	for i := range t.Partitions {
		if p := &t.Partitions[i]; p.Leader < 0 || len(p.ISR) < least {
			return true
		}
	}
	return false
}

func (l *look) addELR(b *state.Builder) {
	var odd oddities
	for _, resp := range l.elr {
		for i := range resp.Topics {
			t := &resp.Topics[i]
			if t.ErrorCode != 0 {
				odd.add("topic with " + refusal(t.ErrorCode, describeTopic))
			}
			if t.Topic == nil || t.ErrorCode != 0 {
				continue
			}
			for _, p := range t.Partitions {
				b.ELR(*t.Topic, p.Partition, p.EligibleLeaderReplicas, p.LastKnownELR)
			}
		}
	}
	if why := odd.String(); why != "" {
		l.miss(-1, state.WhatELR, why)
	}
}
