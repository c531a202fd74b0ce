package plan

import (
	"errors"
	"fmt"

	"kdeck/assigner"
	"kdeck/ops/format"
	"kdeck/ops/state"
)

// ReplicationFactor gives each partition Factor replicas.
type ReplicationFactor struct {
	Factor int
	Topics
}

func parseReplicationFactor(args []string, flags flagWords, topics Topics) (Stage, error) {
	if len(args) == 0 {
		return nil, errors.New("no replication factor given")
	}
	n, err := wholeNumber(args[0])
	switch {
	case err != nil:
		return nil, err
	case n == 0:
		return nil, errors.New("0 is no replication factor: a partition has at least 1 replica")
	case len(args) > 1:
		return nil, fmt.Errorf("%q is one word too many", args[1])
	case topics.Only == "":
		return nil, errors.New("--topics RE is missing: all topics are .*")
	}
	return &ReplicationFactor{n, topics}, nil
}

func (r *ReplicationFactor) String() string { return r.phrase() + r.flags() }

func (r *ReplicationFactor) phrase() string {
	return fmt.Sprintf("set-replication-factor %d", r.Factor)
}

func (r *ReplicationFactor) demands() []assigner.Demand {
	return []assigner.Demand{assigner.SetReplicationFactor{Factor: r.Factor, Topics: r.forPlanner()}}
}

func (r *ReplicationFactor) checkCluster(s *state.Snapshot) error {
	live := 0
	for i := range s.Brokers {
		if s.Brokers[i].Alive {
			live++
		}
	}
	if r.Factor > live {
		return fmt.Errorf("%s: there are only %s", r, format.Count(live, "live broker"))
	}
	return nil
}
