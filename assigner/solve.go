package assigner

import "context"

// Solve returns the plan that meets all demands with the fewest changes. It first chooses the brokers of all partitions that the
// demands concern, by one min-cost flow, and then the order of each list, which moves no data.
//
// Errors are of the types in errors.go, or the cause of ctx if that ends first. With an error there is no plan.
func Solve(ctx context.Context, in *Input, demands []Demand) (*Plan, error) {
	problem, err := read(in, demands)
	if err != nil {
		return nil, err
	}
	p := &placement{problem: problem, words: map[uint64][]string{}}
	if err := p.solve(ctx); err != nil {
		return nil, err
	}
	if err := p.balanceBytes(ctx); err != nil {
		return nil, err
	}
	after, err := p.arrange(ctx)
	if err != nil {
		return nil, err
	}
	if err := p.demote(after); err != nil {
		return nil, err
	}
	if err := after.levelLeaders(ctx); err != nil {
		return nil, err
	}
	return p.plan(after), nil
}
