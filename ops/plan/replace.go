package plan

import (
	"errors"
	"fmt"

	"kdeck/assigner"
)

// Replace moves all replicas from Broker to With, which takes the same positions in the lists.
type Replace struct {
	Broker, With int32
	Topics
}

func parseReplace(args []string, flags flagWords, topics Topics) (Stage, error) {
	brokers, err := brokerArguments(args)
	if err != nil {
		return nil, err
	}
	if len(brokers) > 1 {
		return nil, fmt.Errorf("a stage replaces one broker, not %d: replace A --with B + replace C --with D", len(brokers))
	}
	with, err := flags.broker("with")
	if err != nil {
		return nil, err
	}
	if with == brokers[0] {
		return nil, errors.New("a broker can't replace itself")
	}
	return &Replace{brokers[0], with, topics}, nil
}

func (r *Replace) String() string { return r.phrase() + r.flags() }

func (r *Replace) phrase() string { return fmt.Sprintf("replace %d --with %d", r.Broker, r.With) }

func (r *Replace) demands() []assigner.Demand {
	return []assigner.Demand{assigner.Replace{Broker: r.Broker, With: r.With, Topics: r.forPlanner()}}
}

func (r *Replace) drainedBrokers() []int32 { return []int32{r.Broker} }
