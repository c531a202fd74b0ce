package transactions

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/state"
)

// held looks up how far open transactions hold back the partitions that they are in, and who reads these.
func (r *reader) held(ctx context.Context) {
	open := map[int32][]place{}
	for i := range r.into.Producers {
		p := &r.into.Producers[i]
		at := place{p.Topic, p.Partition}
		if list := open[p.Leader]; p.IsOpen() && (len(list) == 0 || list[len(list)-1] != at) {
			open[p.Leader] = append(list, at)
		}
	}
	if len(open) == 0 {
		return
	}
	eachBroker(r, open, func(leader int32, addr string, places []place) {
		for chunk := range slices.Chunk(places, partitionsAtOnce) {
			stable := r.offsets(ctx, leader, addr, chunk, 1)
			ends := r.offsets(ctx, leader, addr, chunk, 0)
			for _, at := range chunk {
				lso, known := stable[at]
				end, too := ends[at]
				if !known || !too || lso >= end {
					continue
				}
				r.mu.Lock()
				r.into.Held = append(r.into.Held, state.HeldPartition{Topic: at.topic, Partition: at.partition, LastStable: lso, End: end})
				r.mu.Unlock()
			}
		}
	})
	slices.SortFunc(r.into.Held, func(a, b state.HeldPartition) int {
		return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Partition, b.Partition))
	})
	if len(r.into.Held) > 0 {
		r.groups(ctx)
	}
}

// offsets asks a leader where its partitions end: their last stable offsets with isolation 1 (read_committed), their high
// watermarks with 0.
func (r *reader) offsets(ctx context.Context, leader int32, addr string, places []place, isolation int8) map[place]int64 {
	req := kmsg.NewPtrListOffsetsRequest()
	req.IsolationLevel = isolation
	for topic, partitions := range byTopic(places) {
		t := kmsg.NewListOffsetsRequestTopic()
		t.Topic = topic
		for _, id := range partitions {
			p := kmsg.NewListOffsetsRequestTopicPartition()
			p.Partition, p.Timestamp = id, -1 // latest
			t.Partitions = append(t.Partitions, p)
		}
		req.Topics = append(req.Topics, t)
	}
	slices.SortFunc(req.Topics, func(a, b kmsg.ListOffsetsRequestTopic) int { return cmp.Compare(a.Topic, b.Topic) })
	found := map[place]int64{}
	resp, ok := r.ask(ctx, leader, addr, state.WhatHeld, req).(*kmsg.ListOffsetsResponse)
	if !ok {
		return found
	}
	for _, t := range resp.Topics {
		for _, p := range t.Partitions {
			if p.ErrorCode != 0 {
				r.missOf(leader, state.WhatHeld, why(p.ErrorCode), t.Topic)
				continue
			}
			found[place{t.Topic, p.Partition}] = p.Offset
		}
	}
	return found
}

// groups asks every broker for the groups that it coordinates, and for what these committed in the held partitions: two
// requests a broker, whatever the number of groups.
func (r *reader) groups(ctx context.Context) {
	places := make([]place, len(r.into.Held))
	readers := map[place][]state.HeldGroup{}
	for i, h := range r.into.Held {
		places[i] = place{h.Topic, h.Partition}
	}
	brokers := map[int32]struct{}{}
	for i := range r.snapshot.Brokers {
		if b := &r.snapshot.Brokers[i]; b.Alive {
			brokers[b.ID] = struct{}{}
		}
	}
	failed := false
	eachBroker(r, brokers, func(broker int32, addr string, _ struct{}) {
		committed, err := r.committed(ctx, broker, addr, places)
		r.mu.Lock()
		defer r.mu.Unlock()
		failed = failed || err != nil
		for at, groups := range committed {
			readers[at] = append(readers[at], groups...)
		}
		if err != nil {
			r.unknown[state.Unknown{Node: broker, What: state.WhatHeldGroups, Why: err.Error()}] = nil
		}
	})
	for i := range r.into.Held {
		h := &r.into.Held[i]
		list := readers[places[i]]
		slices.SortFunc(list, func(a, b state.HeldGroup) int { return cmp.Compare(a.Group, b.Group) })
		if failed {
			h.Groups.Value, h.Groups.Why = list, "not every broker told of its groups"
			continue
		}
		h.Groups = state.Read(list, r.into.Taken, "")
	}
}

// committed are the offsets that the groups of one coordinator committed in partitions.
func (r *reader) committed(ctx context.Context, broker int32, addr string, places []place) (map[place][]state.HeldGroup, error) {
	if addr == "" {
		return nil, fmt.Errorf("the broker isn't alive")
	}
	answer, err := r.asker.Ask(ctx, addr, kmsg.NewPtrListGroupsRequest())
	if err != nil {
		return nil, err
	}
	list, ok := answer.(*kmsg.ListGroupsResponse)
	switch {
	case !ok:
		return nil, fmt.Errorf("it answers ListGroups with something else")
	case list.ErrorCode != 0:
		return nil, fmt.Errorf("by ListGroups: %s", why(list.ErrorCode))
	case len(list.Groups) == 0:
		return nil, nil
	}
	req := kmsg.NewPtrOffsetFetchRequest()
	for _, g := range list.Groups {
		group := kmsg.NewOffsetFetchRequestGroup()
		group.Group = g.Group
		for topic, partitions := range byTopic(places) {
			t := kmsg.NewOffsetFetchRequestGroupTopic()
			t.Topic, t.Partitions = topic, partitions
			group.Topics = append(group.Topics, t)
		}
		req.Groups = append(req.Groups, group)
	}
	req.SetVersion(9) // names of topics, as all answers have them; and several groups at once
	if answer, err = r.asker.Ask(ctx, addr, req); err != nil {
		return nil, err
	}
	resp, ok := answer.(*kmsg.OffsetFetchResponse)
	if !ok {
		return nil, fmt.Errorf("it answers OffsetFetch with something else")
	}
	if len(resp.Groups) == 0 { // before v8, of Kafka 3.0, a request is about one group
		return nil, fmt.Errorf("it is older than Kafka 3.0, and answers OffsetFetch for one group at a time")
	}
	found := map[place][]state.HeldGroup{}
	for _, g := range resp.Groups {
		if g.ErrorCode != 0 {
			err = fmt.Errorf("offsets of %s: %s", g.Group, why(g.ErrorCode))
			continue
		}
		for _, t := range g.Topics {
			for _, p := range t.Partitions {
				if at := (place{t.Topic, p.Partition}); p.ErrorCode == 0 && p.Offset >= 0 {
					found[at] = append(found[at], state.HeldGroup{Group: g.Group, Committed: p.Offset})
				}
			}
		}
	}
	return found, err
}
