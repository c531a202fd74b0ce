package flow

import "fmt"

// Problem is a set of items to be placed into bins. The items are columnar: item i owns
// Own[Start[i]:Start[i+1]], in the order of the fields' descriptions.
type Problem struct {
	// Group is the group of each bin, from 0.
	Group []int32
	// Base is what each bin holds besides the items of this problem.
	Base []int64
	// Weight is the price of load: a bin that holds n in all costs Weight·n². It is at least 0.
	Weight []int64
	// Toll is what every place in a bin costs on top, whatever the item; nil is nothing.
	Toll []int64
	// Open are classes of bins: Open[c][b] says that an item of class c may take bin b although it doesn't own it.
	Open [][]bool
	// Cost is the cost of a place by its level, ascending; the last level is that of a bin which the item doesn't own, and
	// of no bin that it does.
	Cost []int64

	// Need is how many different bins each item takes.
	Need []int32
	// Class is the class of each item, an index into Open.
	Class []int32
	// Cap is how many bins of one group an item takes at the most.
	Cap []int32
	// Floor is how many bins of each group an item takes at the least, or all that it may take where that is fewer; nil
	// is 0 for all. It is at most Cap, and over all groups at most Need.
	Floor []int32
	// Family is the family of each item (a topic), or -1; nil is none at all. Families are numbered from 0.
	Family []int32
	// FamilyWeight is the price of a family's load in a bin: where n of its items' places are there, FamilyBase included,
	// they cost FamilyWeight·n². Both are nil where no item has a family; FamilyBase is by family, then by bin.
	FamilyWeight []int64
	FamilyBase   [][]int32
	// Order are all items in the order in which they are exchanged where that costs the same; nil is as they are numbered.
	// It is a preference, not an aim: nothing is proved of it.
	Order []int32
	// Start, Own and Level are the bins that an item owns, each once, and the level of its cost in each.
	Start []int32
	Own   []int32
	Level []uint8
}

// Items returns how many items there are.
func (p *Problem) Items() int { return len(p.Need) }

// Bins returns how many bins there are.
func (p *Problem) Bins() int { return len(p.Group) }

// Solution is a placement of least cost.
type Solution struct {
	// Start and Place hold the bins of item i in Place[Start[i]:Start[i+1]], ascending.
	Start []int32
	Place []int32
	// Price is a price for each bin that proves the placement optimal: no item has a cheaper set of bins at cost plus
	// price, and every bin's load minimises Weight·n² + Toll·n − Price·n.
	Price []int64
	// FamilyPrice is the same for places of a family's items, by family and bin: those are to be had at cost plus this price,
	// and the family's load in every bin minimises FamilyWeight·n² − (FamilyPrice − Price)·n.
	FamilyPrice [][]int64
	// Cost is the total: places, tolls, Weight·n² of every bin, and FamilyWeight·n² of every family in every bin.
	Cost int64
}

// Of returns the bins of one item, ascending. The slice belongs to the solution.
func (s *Solution) Of(item int) []int32 { return s.Place[s.Start[item]:s.Start[item+1]] }

// InfeasibleError says that one item has nowhere to go. Feasibility is a matter of each item alone, for the load of a bin
// has a price but no limit.
type InfeasibleError struct {
	Item int
	Need int // bins that it must take
	Room int // bins that it can take
}

func (e *InfeasibleError) Error() string {
	return fmt.Sprintf("item %d needs %d bins and can take %d", e.Item, e.Need, e.Room)
}
