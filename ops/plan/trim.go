package plan

import "kdeck/assigner"

// Trim drops the replicas on Brokers and gives partitions no others for them.
type Trim struct {
	Brokers []int32
	Topics
}

func parseTrim(args []string, _ flagWords, topics Topics) (Stage, error) {
	brokers, err := brokerArguments(args)
	return &Trim{brokers, topics}, err
}

func (t *Trim) String() string { return t.phrase() + t.flags() }

func (t *Trim) phrase() string { return "trim " + joinIDs(t.Brokers, " ") }

func (t *Trim) demands() []assigner.Demand {
	return []assigner.Demand{assigner.Trim{Brokers: t.Brokers, Topics: t.forPlanner()}}
}

func (t *Trim) drainedBrokers() []int32 { return t.Brokers }
