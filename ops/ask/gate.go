package ask

import (
	"fmt"

	"kdeck/protocol"
	"kdeck/protocol/message"
)

// Gate bounds what may be sent.
type Gate struct {
	Most        protocol.Class // the highest class that may be sent; 0: any
	InterBroker bool           // requests that only nodes send each other are allowed
}

// Allow says what a request would do, and whether it may be sent to the targets: what only reads goes to all of them,
// what does more to one node, and what nodes send each other to a node that is named itself. An error says why not.
func (g Gate) Allow(m *message.Message, targets []Target) (protocol.Effect, error) {
	e := protocol.EffectOf(m)
	name := fmt.Sprintf("%s v%d", m.API.Name, m.Version)
	if g.Most != 0 && e.Class > g.Most {
		return e, fmt.Errorf("%s is of class %s, and the context allows %s at the most (max_class)", name, e.Class, g.Most)
	}
	one, named := len(targets) == 1, true
	for _, t := range targets {
		one = one && !t.many()
		named = named && t.itself()
	}
	what := e.Why
	if what == "" {
		what = "it " + e.Does
	}
	switch {
	case e.Class == protocol.ClassRO:
		return e, nil
	case !one:
		return e, fmt.Errorf("%s is of class %s and goes to one node at a time: %s", name, e.Class, what)
	case e.Class >= protocol.ClassIBR && (!g.InterBroker || !named):
		return e, fmt.Errorf("%s is what nodes send each other (class %s): %s; it needs --allow inter-broker, and --to with the node itself (3, controller:3001, host:port)", name, e.Class, what)
	}
	return e, nil
}
