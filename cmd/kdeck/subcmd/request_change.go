package subcmd

import (
	"context"
	"crypto/pbkdf2"
	"crypto/sha256"
	"fmt"
	"strings"

	"kdeck/ops/ask"
	"kdeck/ops/change"
	"kdeck/ops/format"
	"kdeck/protocol"
	"kdeck/protocol/message"
)

// maxTargets is how many of the things that a request names are listed.
const maxTargets = 20

// change shows or sends a request that changes something.
func (f *fanout) change(ctx context.Context, m *message.Message, e protocol.Effect) error {
	to := f.Replies[0]
	a := &action{session: f.src.session, phrase: f.phrase(m, e), needs: e.Class}
	a.about = []string{fmt.Sprintf("%s v%d to node %s (%s), %s", m.API.Name, m.Version, to.Name, f.env.safe(to.Addr), e)}
	for i, target := range e.Targets {
		if i == maxTargets {
			a.about = append(a.about, fmt.Sprintf("  and %d more", len(e.Targets)-i))
			break
		}
		a.about = append(a.about, "  "+f.env.safe(target))
	}
	a.preview = func() error {
		for _, line := range a.about {
			fmt.Fprintln(f.env.Err, line)
		}
		return nil
	}
	a.show = func() error {
		a.preview()
		f.would = &ask.Would{Node: to.Name, Address: to.Addr, Class: e.Class.String(), Does: e.Does, Why: e.Why, Targets: append([]string{}, e.Targets...), Confirm: a.phrase}
		if e.DryRun && protocol.ValidateOnly(m) {
			fmt.Fprintf(f.env.Err, "nothing is changed: the node is asked to check it only (validateOnly=true); --execute sends it, after the phrase: %s\n", a.phrase)
			return f.send(ctx, m)
		}
		fmt.Fprintf(f.env.Err, "nothing was sent; --execute sends it, after the phrase: %s\n", a.phrase)
		if f.g.document() {
			return f.env.document(f.g, f.document(m))
		}
		return nil
	}
	a.run = func(ctx context.Context, door *change.Door) error {
		answer, err := door.SendRaw(ctx, change.Raw{Addr: to.Addr, Request: m})
		f.Take(to, answer, err)
		return f.finish(m)
	}
	if f.Resolver.ClusterID() == "" {
		if err := f.Resolver.Brokers(ctx); err != nil && f.o.execute {
			return fmt.Errorf("%w; a change is made to a cluster that a broker names: give --bootstrap-server", err)
		}
	}
	a.clusterID = f.Resolver.ClusterID()
	return f.env.perform(ctx, f.g, &f.o.changeOptions, a)
}

// phrase names the request, what it hits, the node and the cluster. Its fingerprint is that of every field.
func (f *fanout) phrase(m *message.Message, e protocol.Effect) string {
	noun := "object"
	objects := make([]string, len(e.Targets))
	for i, target := range e.Targets {
		kind, name, _ := strings.Cut(target, " ")
		if objects[i] = name; i == 0 {
			noun = kind
		} else if noun != kind {
			noun = "object"
		}
	}
	to := f.Replies[0].Name
	return format.Phrase(m.API.Name, objects, noun, []string{to, fmt.Sprint(m.Version), fingerprinted(m)}, "to "+to+" "+f.src.name)
}

// guesses is how many rounds of hashing a guess at a secret costs whoever has the phrase of a request that holds it.
const guesses = 200_000

// fingerprinted is what of a request goes into the fingerprint: all its bytes. Its JSON doesn't tell two secrets apart.
func fingerprinted(m *message.Message) string {
	body := m.AppendTo(nil)
	if m.Secret() {
		body, _ = pbkdf2.Key(sha256.New, string(body), []byte(m.API.Name), guesses, sha256.Size) // fails for odd lengths only
	}
	return string(body)
}
