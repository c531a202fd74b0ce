package plan

import "kdeck/assigner"

// Racks spreads partitions over the racks as evenly as possible.
type Racks struct{ Topics }

func parseRacks(args []string, _ flagWords, topics Topics) (Stage, error) {
	return &Racks{topics}, noArguments(args)
}

func (r *Racks) String() string { return r.phrase() + r.flags() }

func (r *Racks) phrase() string { return "racks" }

func (r *Racks) demands() []assigner.Demand {
	return []assigner.Demand{assigner.Racks{Topics: r.forPlanner()}}
}
