package subcmd

import (
	"context"
	"fmt"

	"kdeck/ops/change"
	"kdeck/ops/state"
	"kdeck/protocol/message"
)

// phrase is what is typed to send a request that changes something: the request, the node, the cluster.
func (f *fanout) phrase(m *message.Message) string {
	return fmt.Sprintf("%s %s %s", m.API.Name, f.Replies[0].Name, f.src.name)
}

// change sends a request that changes something, through the door, and shows its answer.
func (f *fanout) change(ctx context.Context, m *message.Message) error {
	want := f.phrase(m)
	typed := f.env.typed(f.o.confirm, want)
	if f.Resolver.ClusterID() == "" {
		if err := f.Resolver.Brokers(ctx); err != nil {
			return fmt.Errorf("%w; a change is made to a cluster that a broker names: give --bootstrap-server", err)
		}
	}
	f.src.snapshot = state.NewBuilder(f.Resolver.ClusterID(), f.env.Now(), 0, 0).Done() // the door asks it for the cluster's id
	door, _, err := f.env.door(ctx, f.src, change.Confirm{Want: want, Got: typed})
	if err != nil {
		return err
	}
	defer door.Journal().Close()
	l := f.Replies[0]
	answer, err := door.SendRaw(ctx, change.Raw{Addr: l.Addr, Request: m})
	f.Take(l, answer, err)
	return f.finish(m)
}
