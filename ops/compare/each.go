package compare

import (
	"context"
	"sync"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/kafka"
	"kdeck/ops/state"
)

// EachView asks every broker for its view of all partitions, and gives one view after the other to look: the broker, whether it takes
// another one for alive, and its partitions. Views aren't kept, so that those of many brokers take the memory of a few. unknown are the
// brokers that didn't answer. Errors are those of finding the brokers, and the context's.
func EachView(ctx context.Context, session *kafka.Session, look func(broker int32, alive func(int32) bool, each func(visit func(topic string, p PartitionView)))) (unknown []state.Unknown, err error) {
	a, err := newAsker(ctx, session, nil)
	if err != nil {
		return nil, err
	}
	var mu sync.Mutex
	done := map[int32]bool{}
	var listed []kmsg.MetadataResponseBroker
	one := func(n node) error {
		mu.Lock()
		seen := done[n.id]
		mu.Unlock()
		if seen {
			return nil
		}
		req := kmsg.NewPtrMetadataRequest()
		req.Topics = nil
		v, meta, err := a.ask(ctx, n, req)
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		done[n.id] = true
		listed = append(listed, v.listed...)
		look(n.id, func(id int32) bool { _, ok := v.Brokers[id]; return ok }, func(visit func(string, PartitionView)) {
			for i := range meta.Topics {
				if name, t, ok := a.topic(n.id, &meta.Topics[i]); ok {
					for _, p := range t.Partitions {
						visit(name, p)
					}
				}
			}
		})
		return nil
	}
	for asked := -1; asked != len(a.known); {
		asked = len(a.known)
		a.each(ctx, wholeAtOnce, state.WhatAnswer, one)
		a.learn(listed) // one that a broker left out of its list
	}
	return a.sortedUnknown(), ctx.Err()
}
