package plan

import "kdeck/assigner"

// Demote makes Brokers the preferred leader of no partition.
type Demote struct {
	Brokers []int32
	Topics
}

func parseDemote(args []string, _ flagWords, topics Topics) (Stage, error) {
	brokers, err := brokerArguments(args)
	return &Demote{brokers, topics}, err
}

func (d *Demote) String() string { return d.phrase() + d.flags() }

func (d *Demote) phrase() string { return "demote " + joinIDs(d.Brokers, " ") }

func (d *Demote) demands() []assigner.Demand {
	return []assigner.Demand{assigner.Demote{Brokers: d.Brokers, Topics: d.forPlanner()}}
}
