package assigner

import "regexp"

// Demand is something that a plan must achieve. Demands are constraints of one problem, not steps: the plan meets all of them, and
// only the net difference is moved.
type Demand interface {
	// String returns the demand in the words of the command line.
	String() string

	// check refuses a demand that is invalid by itself or for this cluster, and closes the brokers that may receive nothing.
	check(*model) error
	// apply adds its constraints to the problem. All demands have been checked before.
	apply(*model) error
}

// Topics chooses topics by name. The zero value chooses all. The caller must anchor the expressions.
type Topics struct {
	Only   *regexp.Regexp // nil: all
	Except *regexp.Regexp // nil: none
}

func (t Topics) chooses(topic string) bool {
	return (t.Only == nil || t.Only.MatchString(topic)) && (t.Except == nil || !t.Except.MatchString(topic))
}
