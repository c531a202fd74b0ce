package plan

import (
	"fmt"
	"slices"

	"kdeck/assigner"
)

// Drain moves all replicas off Brokers, to the brokers in To, or to any other broker if To is empty.
type Drain struct {
	Brokers []int32
	To      []int32
	Topics
}

func parseDrain(args []string, flags flagWords, topics Topics) (Stage, error) {
	brokers, err := brokerArguments(args)
	if err != nil {
		return nil, err
	}
	to, err := flags.brokers("to")
	if err != nil {
		return nil, err
	}
	for _, b := range to {
		if slices.Contains(brokers, b) {
			return nil, fmt.Errorf("--to: broker %d is itself being drained", b)
		}
	}
	return &Drain{brokers, to, topics}, nil
}

func (d *Drain) String() string {
	s := d.phrase()
	if len(d.To) > 0 {
		s += " --to " + joinIDs(d.To, ",")
	}
	return s + d.flags()
}

func (d *Drain) phrase() string { return "drain " + joinIDs(d.Brokers, " ") }

func (d *Drain) demands() []assigner.Demand {
	return []assigner.Demand{assigner.Drain{Brokers: d.Brokers, To: d.To, Topics: d.forPlanner()}}
}

func (d *Drain) drainedBrokers() []int32 { return d.Brokers }
