package plan

import "kdeck/assigner"

// Leaders spreads preferred leaders evenly over the brokers, by reordering replica lists.
type Leaders struct{ Topics }

func parseLeaders(args []string, _ flagWords, topics Topics) (Stage, error) {
	return &Leaders{topics}, noArguments(args)
}

func (l *Leaders) String() string { return l.phrase() + l.flags() }

func (l *Leaders) phrase() string { return "leaders" }

func (l *Leaders) demands() []assigner.Demand {
	return []assigner.Demand{assigner.Leaders{Topics: l.forPlanner()}}
}
