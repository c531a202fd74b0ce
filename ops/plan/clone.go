package plan

import (
	"fmt"
	"slices"

	"kdeck/assigner"
)

// Clone gives the broker To a replica of every partition that one of Brokers holds.
type Clone struct {
	Brokers []int32
	To      int32
	Topics
}

func parseClone(args []string, flags flagWords, topics Topics) (Stage, error) {
	brokers, err := brokerArguments(args)
	if err != nil {
		return nil, err
	}
	to, err := flags.broker("to")
	if err != nil {
		return nil, err
	}
	if slices.Contains(brokers, to) {
		return nil, fmt.Errorf("--to: broker %d is itself being cloned", to)
	}
	return &Clone{brokers, to, topics}, nil
}

func (c *Clone) String() string { return c.phrase() + c.flags() }

func (c *Clone) phrase() string {
	return fmt.Sprintf("clone %s --to %d", joinIDs(c.Brokers, " "), c.To)
}

func (c *Clone) demands() []assigner.Demand {
	return []assigner.Demand{assigner.Clone{Brokers: c.Brokers, To: c.To, Topics: c.forPlanner()}}
}
