package subcmd

import (
	"context"
	"slices"

	"kdeck/ops/ask"
	"kdeck/ops/change"
	"kdeck/protocol"
	"kdeck/protocol/message"
)

// fanout is one request to its nodes, and how the answers are shown.
type fanout struct {
	*ask.Fanout
	env   *Env
	g     *globals
	o     *requestOptions
	saved *protocol.Saved // that is sent again; or nil
	src   *source
	would *ask.Would // what isn't done without --execute
}

func (f *fanout) run(ctx context.Context) error {
	defer f.Close()
	m, effect, err := f.prepare(ctx)
	if err != nil {
		return err
	}
	if err := f.checkCap(ctx, m, effect.Class); err != nil {
		return err
	}
	switch {
	case !mutates(effect.Class) || validatesOnly(m):
		return f.send(ctx, m)
	case f.o.watch > 0:
		return refused("--watch asks again and again, and %s v%d changes something (%s)", m.API.Name, m.Version, effect)
	case f.Failed() > 0: // --watch, or whatever asks again, must not send it later
		return f.finish(m)
	}
	return f.change(ctx, m, effect)
}

// checkCap refuses what a context that leads to the same cluster doesn't allow: the gate knows only the context that was named.
func (f *fanout) checkCap(ctx context.Context, m *message.Message, class protocol.Class) error {
	if class == protocol.ClassRO {
		return nil
	}
	if f.Resolver.ClusterID() == "" {
		_ = f.Resolver.Brokers(ctx) // without an answer no context can be told to lead there
	}
	ids := []string{f.Resolver.ClusterID()}
	for _, r := range f.Replies { // an address may be that of another cluster
		if id := f.OwnCluster(ctx, r); id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	for _, id := range ids {
		if id == "" {
			continue
		}
		most, by, err := f.env.cap(f.src.session.Cluster(), id)
		if err != nil {
			return err
		}
		if class > most {
			return refused("%w", &change.ClassError{API: m.API.Name, Class: class, Max: most, Context: by})
		}
	}
	return nil
}

// send asks the nodes and shows what they answer.
func (f *fanout) send(ctx context.Context, m *message.Message) error {
	f.Ask(ctx, m)
	if f.o.watch > 0 {
		return f.watch(ctx, m)
	}
	return f.finish(m)
}

// prepare connects to the nodes and makes the request in a version that they serve. It is not sent yet.
func (f *fanout) prepare(ctx context.Context) (*message.Message, protocol.Effect, error) {
	m, effect, err := f.Prepare(ctx)
	return m, effect, requestError(err)
}

// finish saves and shows the answers.
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
	case protocol.ClassRO, protocol.ClassCONN, protocol.ClassIBR: // what is left at RO* makes something at its first use, which this is
		return false
	}
	return true
}

// validatesOnly reports whether the node is only asked to check a request.
func validatesOnly(m *message.Message) bool {
	on, _ := m.Root.Get("validateOnly")
	return on == true
}

// outcome is 0 where every node answered, 1 where some did, 2 where none did.
func (f *fanout) outcome() error {
	switch f.Failed() {
	case 0:
		return nil
	case len(f.Replies):
		return &exit{code: exitRefused}
	}
	return answerNo()
}
