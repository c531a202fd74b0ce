package assigner

import "regexp"

// Demand is one thing that a plan must bring about. Demands are bounds on one problem, not steps: all of them hold in the
// plan, and only the net difference is moved.
type Demand interface {
	// String is the demand in the words of the command line.
	String() string

	// check refuses a demand that is wrong in itself or for this cluster, and closes the brokers that may receive nothing.
	check(*model) error
	// apply adds its bounds to the problem, all demands having been checked.
	apply(*model) error
}

// Topics chooses topics by name. The zero value chooses all. The expressions must be anchored by whoever compiles them.
type Topics struct {
	Only   *regexp.Regexp // nil: all
	Except *regexp.Regexp // nil: none
}

func (t Topics) chooses(topic string) bool {
	return (t.Only == nil || t.Only.MatchString(topic)) && (t.Except == nil || !t.Except.MatchString(topic))
}
