package compare

import (
	"context"

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
	a.whole(ctx, true, func(v *View, meta *kmsg.MetadataResponse) {
		look(v.Broker, func(id int32) bool { _, ok := v.Brokers[id]; return ok }, func(visit func(string, PartitionView)) {
			for i := range meta.Topics {
				if name, t, ok := a.topic(v.Broker, &meta.Topics[i]); ok {
					for _, p := range t.Partitions {
						visit(name, p)
					}
				}
			}
		})
	})
	return a.sortedUnknown(), ctx.Err()
}
