package plan

import (
	"errors"
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
	rack, ofRack := flags["rack"]
	var brokers []int32
	var err error
	switch {
	case ofRack && rack == "":
		return nil, errors.New("--rack needs a value")
	case ofRack:
		brokers, err = BrokerIDs(args)
	default:
		brokers, err = brokerArguments(args)
	}
	if err != nil {
		return nil, err
	}
	to, err := flags.brokers("to")
	if err == nil {
		err = notDrained(to, brokers)
	}
	if err != nil {
		return nil, err
	}
	if ofRack {
		return &DrainRack{rack, brokers, to, topics}, nil
	}
	return &Drain{brokers, to, topics}, nil
}

// notDrained refuses targets that are drained themselves.
func notDrained(to, brokers []int32) error {
	for _, b := range to {
		if slices.Contains(brokers, b) {
			return fmt.Errorf("--to: broker %d is itself being drained", b)
		}
	}
	return nil
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
