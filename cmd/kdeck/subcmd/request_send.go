package subcmd

import (
	"context"
	"fmt"

	"kdeck/ops/ask"
	"kdeck/protocol"
	"kdeck/protocol/message"
)

// fanout is one request on its way to its nodes, and how what comes of it is shown.
type fanout struct {
	*ask.Fanout
	env   *Env
	g     *globals
	o     *requestOptions
	saved *protocol.Saved // that is sent again; or nil
	src   *source
	would *wouldDocument // what isn't done without --execute
}

func (f *fanout) run(ctx context.Context) error {
	defer f.Close()
	m, effect, err := f.prepare(ctx)
	if err != nil {
		return err
	}
	if mutates(effect.Class) && f.Failed() == 0 {
		send, err := f.confirm(ctx, m, effect)
		if !send {
			return err
		}
	}
	f.Ask(ctx, m)
	if f.o.watch > 0 {
		return f.watch(ctx, m)
	}
	return f.finish(m)
}

// prepare connects to the nodes and makes the request in the version that they serve. Nothing of it is sent.
func (f *fanout) prepare(ctx context.Context) (*message.Message, protocol.Effect, error) {
	m, effect, err := f.Prepare(ctx)
	return m, effect, fieldError(err)
}

// finish keeps and shows what came of the nodes.
func (f *fanout) finish(m *message.Message) error {
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

// mutates reports whether a request of a class needs the phrase.
func mutates(c protocol.Class) bool {
	switch c {
	case protocol.ClassRO, protocol.ClassROX, protocol.ClassCONN, protocol.ClassIBR:
		return false
	}
	return true
}

// checked reports whether the node is only asked to check a request.
func checked(m *message.Message) bool {
	on, _ := m.Root.Get("validateOnly")
	return on == true
}

// confirm says what a request that changes something would do. send is true where it is to be sent all the same: as a
// check that changes nothing.
func (f *fanout) confirm(ctx context.Context, m *message.Message, e protocol.Effect) (send bool, err error) {
	if checked(m) {
		return true, nil
	}
	to := f.Replies[0]
	fmt.Fprintf(f.env.Err, "%s v%d to node %s (%s), %s\n", m.API.Name, m.Version, to.Name, f.env.safe(to.Addr), e)
	for i, t := range e.Targets {
		if i == mostTargets {
			fmt.Fprintf(f.env.Err, "  and %d more\n", len(e.Targets)-i)
			break
		}
		fmt.Fprintf(f.env.Err, "  %s\n", f.env.safe(t))
	}
	if f.o.execute {
		return false, f.change(ctx, m)
	}
	f.would = &wouldDocument{to.Name, to.Addr, e.Class.String(), e.Does, e.Why, append([]string{}, e.Targets...), f.phrase(m)}
	if e.DryRun {
		if protocol.ValidateOnly(m) {
			fmt.Fprintf(f.env.Err, "nothing is changed: the node is asked to check it only (validateOnly=true); --execute sends it, after the phrase: %s\n", f.phrase(m))
			return true, nil
		}
	}
	fmt.Fprintf(f.env.Err, "nothing was sent; --execute sends it, after the phrase: %s\n", f.phrase(m))
	if f.g.document() {
		return false, f.env.document(f.g, f.document(m))
	}
	return false, nil
}

// mostTargets is how many of the things that a request names are shown.
const mostTargets = 20

// outcome is 0 where every node answered, 1 where some did, 2 where none did.
func (f *fanout) outcome() error {
	switch f.Failed() {
	case 0:
		return nil
	case len(f.Replies):
		return &exit{code: exitRefused}
	}
	return no()
}
