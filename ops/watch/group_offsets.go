package watch

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/state"
)

// fetchOffsets asks a coordinator for all offsets that its groups have committed.
func (l *groupsLook) fetchOffsets(ctx context.Context, b *state.Broker, of []*state.Group, owned map[*state.Group]owners) {
	of = slices.DeleteFunc(slices.Clone(of), func(g *state.Group) bool { return g.Kind == state.ShareGroup })
	inTime(ctx, of, func(part []*state.Group) error { return l.fetchOffsetsOf(ctx, b, part, owned) }, func(rest []*state.Group, err error) {
		for _, g := range rest {
			l.noOffsets(b, g, err)
		}
	})
}

// fetchOffsetsOf does so for some of its groups: with one OffsetFetch, or before Kafka 3.0 with one for each group.
func (l *groupsLook) fetchOffsetsOf(ctx context.Context, b *state.Broker, of []*state.Group, owned map[*state.Group]owners) error {
	req := newOffsetFetch()
	for _, g := range of {
		rg := kmsg.NewOffsetFetchRequestGroup()
		rg.Group, rg.MemberEpoch, rg.Topics = g.ID, -1, nil
		for topic, numbers := range l.g.In {
			rg.Topics = append(rg.Topics, kmsg.OffsetFetchRequestGroupTopic{Topic: topic, Partitions: numbers})
		}
		req.Groups = append(req.Groups, rg)
	}
	req.Group = of[0].ID // of brokers before Kafka 3.0, which answer for one group
	answer, err := l.ask(ctx, b, req)
	if resp, ok := answer.(*kmsg.OffsetFetchResponse); ok && err == nil && resp.Version < 8 {
		l.setCommitted(b, of[0], old(resp), owned)
		for _, g := range of[1:] {
			one := newOffsetFetch()
			one.Group = g.ID
			answer, err := l.ask(ctx, b, one)
			resp, ok := answer.(*kmsg.OffsetFetchResponse)
			if err != nil || !ok {
				l.noOffsets(b, g, err)
				continue
			}
			l.setCommitted(b, g, old(resp), owned)
		}
		return nil
	}
	resp, ok := answer.(*kmsg.OffsetFetchResponse)
	switch {
	case err != nil:
		return err
	case !ok:
		return nonsense("it fetches no offsets")
	}
	told := map[string]kmsg.OffsetFetchResponseGroup{}
	for _, g := range resp.Groups {
		told[g.Group] = g
	}
	for _, g := range of {
		if t, ok := told[g.ID]; ok {
			l.setCommitted(b, g, t, owned)
		} else {
			g.Partitions = state.Missing[[]state.GroupPartition]("its coordinator left it out of the answer", l.o.Now(), brokerName(b.ID))
		}
	}
	return nil
}

// newOffsetFetch asks at the most in version 9: from version 10 on the answer has ids in place of names, and leaves out topics that are gone.
func newOffsetFetch() *kmsg.OffsetFetchRequest {
	req := kmsg.NewPtrOffsetFetchRequest()
	req.Topics = nil
	req.SetVersion(9)
	return req
}

// old makes an answer about a single group one as newer brokers give it.
func old(resp *kmsg.OffsetFetchResponse) kmsg.OffsetFetchResponseGroup {
	g := kmsg.OffsetFetchResponseGroup{ErrorCode: resp.ErrorCode}
	for _, t := range resp.Topics {
		of := kmsg.OffsetFetchResponseGroupTopic{Topic: t.Topic}
		for _, p := range t.Partitions {
			of.Partitions = append(of.Partitions, kmsg.OffsetFetchResponseGroupTopicPartition{Partition: p.Partition, Offset: p.Offset, ErrorCode: p.ErrorCode})
		}
		g.Topics = append(g.Topics, of)
	}
	return g
}

func (l *groupsLook) noOffsets(b *state.Broker, g *state.Group, err error) {
	why := nonsense("it fetches no offsets").Error()
	if err != nil {
		why = reason(err)
	}
	if old := l.g.Prev.Find(g.ID); old != nil && old.Partitions.Known {
		g.Partitions = old.Partitions
		g.Partitions.Value = slices.Clone(old.Partitions.Value)
		g.Partitions.Why = why
		return
	}
	g.Partitions = state.Missing[[]state.GroupPartition](why, l.o.Now(), brokerName(b.ID))
}

func (l *groupsLook) setCommitted(b *state.Broker, g *state.Group, told kmsg.OffsetFetchResponseGroup, owned map[*state.Group]owners) {
	if told.ErrorCode != 0 {
		g.Partitions = state.Missing[[]state.GroupPartition](refusal(told.ErrorCode, describeGroup), l.o.Now(), brokerName(b.ID))
		return
	}
	committed := map[partitionOf]int64{}
	for _, t := range told.Topics {
		name := l.topic(t.Topic, t.TopicID)
		for _, p := range t.Partitions {
			if p.ErrorCode == 0 && p.Partition >= 0 {
				committed[partitionOf{name, p.Partition}] = max(p.Offset, -1)
			}
		}
	}
	g.Partitions = state.Read(rows(committed, owned[g]), l.o.Now(), brokerName(b.ID))
}

// rows are the partitions that were committed or are owned.
func rows(committed map[partitionOf]int64, owned owners) []state.GroupPartition {
	for of := range owned {
		if _, ok := committed[of]; !ok {
			committed[of] = -1
		}
	}
	all := make([]state.GroupPartition, 0, len(committed))
	names := map[string]string{}
	for _, of := range slices.SortedFunc(maps.Keys(committed), func(a, b partitionOf) int {
		return cmp.Or(cmp.Compare(a.topic, b.topic), cmp.Compare(a.id, b.id))
	}) {
		name, ok := names[of.topic] // one string for all partitions
		if !ok {
			name = of.topic
			names[name] = name
		}
		p := state.GroupPartition{Topic: name, Partition: of.id, Member: -1, Committed: committed[of], End: -1, Start: -1, Lag: -1}
		if m, ok := owned[of]; ok {
			p.Member = m
		}
		all = append(all, p)
	}
	return all
}

// fetchShareOffsets asks a coordinator where its share groups begin to read.
func (l *groupsLook) fetchShareOffsets(ctx context.Context, b *state.Broker, of []*state.Group, owned map[*state.Group]owners) {
	req := kmsg.NewPtrDescribeShareGroupOffsetsRequest()
	var asked []*state.Group
	for _, g := range of {
		if g.Kind == state.ShareGroup {
			rg := kmsg.NewDescribeShareGroupOffsetsRequestGroup()
			rg.GroupID, rg.Topics = g.ID, nil
			req.Groups = append(req.Groups, rg)
			asked = append(asked, g)
		}
	}
	if len(asked) == 0 {
		return
	}
	answer, err := l.ask(ctx, b, req)
	resp, ok := answer.(*kmsg.DescribeShareGroupOffsetsResponse)
	told := map[string]kmsg.DescribeShareGroupOffsetsResponseGroup{}
	if err == nil && ok {
		for _, g := range resp.Groups {
			told[g.GroupID] = g
		}
	}
	for _, g := range asked {
		t, ok := told[g.ID]
		switch {
		case err != nil || !ok:
			l.noOffsets(b, g, err)
		case t.ErrorCode != 0:
			g.Partitions = state.Missing[[]state.GroupPartition](refusal(t.ErrorCode, describeGroup), l.o.Now(), brokerName(b.ID))
		default:
			committed := map[partitionOf]int64{}
			for _, topic := range t.Topics {
				for _, p := range topic.Partitions {
					if p.ErrorCode == 0 {
						committed[partitionOf{l.topic(topic.Topic, topic.TopicID), p.Partition}] = max(p.StartOffset, -1)
					}
				}
			}
			parts := rows(committed, owned[g])
			for i := range parts {
				if parts[i].Committed >= 0 {
					parts[i].Trouble = state.ShareOffsets
				}
			}
			g.Partitions = state.Read(parts, l.o.Now(), brokerName(b.ID))
		}
	}
}
