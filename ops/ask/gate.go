package ask

import (
	"fmt"

	"kdeck/protocol"
	"kdeck/protocol/message"
)

// Gate says what may be sent.
type Gate struct {
	MaxClass    protocol.Class // the highest class that may be sent; 0: any
	InterBroker bool           // requests that only nodes send each other are allowed
}

// Allow says what a request would do, and returns an error where it may not be sent to the targets. A request that only
// reads may go to many nodes, any other to one, and a request between nodes only to a node that is named by its id or its
// address.
func (g Gate) Allow(m *message.Message, targets []Target) (protocol.Effect, error) {
	e := protocol.EffectOf(m)
	name := fmt.Sprintf("%s v%d", m.API.Name, m.Version)
	if g.MaxClass != 0 && e.Class > g.MaxClass {
		return e, fmt.Errorf("%s is of class %s, and the context allows %s at the most (max_class)", name, e.Class, g.MaxClass)
	}
	one, named := len(targets) == 1, true
	for _, t := range targets {
		one = one && !t.several()
		named = named && t.fixed()
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
