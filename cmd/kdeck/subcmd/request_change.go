package subcmd

import (
	"context"
	"fmt"

	"kdeck/ops/change"
	"kdeck/ops/state"
	"kdeck/protocol"
	"kdeck/protocol/message"
)

// phrase is what is typed to send a request that changes something: the request, the node, the cluster.
func (f *fanout) phrase(m *message.Message) string {
	return fmt.Sprintf("%s %s %s", m.API.Name, f.peers[0].name, f.src.name)
}

// change sends a request that changes something, through the door, and shows its answer.
func (f *fanout) change(ctx context.Context, m *message.Message) error {
	want := f.phrase(m)
	typed := f.env.typed(f.o.confirm, want)
	if f.resolver.clusterID == "" {
		if err := f.resolver.askBrokers(ctx); err != nil {
			return err
		}
	}
	f.src.snapshot = state.NewBuilder(f.resolver.clusterID, f.env.Now(), 0, 0).Done() // the door asks it for the cluster's id
	door, _, err := f.env.door(ctx, f.src, change.Confirm{Want: want, Got: typed})
	if err != nil {
		return err
	}
	defer door.Journal().Close()
	req, err := protocol.Request(m)
	if err != nil {
		return err
	}
	l := f.lines[0]
	l.answer, l.err = door.SendRaw(ctx, change.Raw{Addr: l.addr, Request: req, Spelled: m.AppendJSON(nil)})
	if l.err == nil {
		l.err = f.read(l)
	}
	if f.o.save != "" {
		if err := f.save(m); err != nil {
			return err
		}
	}
	if err := f.show(m); err != nil {
		return err
	}
	return f.outcome()
}
