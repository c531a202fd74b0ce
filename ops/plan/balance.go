package plan

import (
	"fmt"
	"slices"
	"strings"

	"kdeck/assigner"
)

// Balance levels the brokers by one or more measures.
type Balance struct {
	Measures []string // "count", "bytes", "topics", in this order
	Topics
}

// measures lists what brokers can be levelled by, in the order in which they are written.
var measures = []string{"count", "bytes", "topics"}

// measureAliases are kafka-assigner's words for them.
var measureAliases = map[string]string{"size": "bytes", "even": "topics"}

// measuresThatAreStages are kafka-assigner's balance types that are stages of their own here.
var measuresThatAreStages = map[string]string{"leader": "leaders", "rackaware": "racks"}

// parseBalance takes "count" where no measure is given, because that moves the least.
func parseBalance(args []string, _ flagWords, topics Topics) (Stage, error) {
	if len(args) == 0 {
		args = measures[:1]
	}
	var given []string
	for _, w := range args {
		m := w
		if other, ok := measureAliases[w]; ok {
			m = other
		}
		if stage, ok := measuresThatAreStages[w]; ok {
			return nil, fmt.Errorf("%q is a stage of its own: balance … + %s", w, stage)
		}
		if !slices.Contains(measures, m) {
			return nil, &UnknownWordError{Word: w, What: "measure", Known: measures}
		}
		if slices.Contains(given, m) {
			return nil, fmt.Errorf("%q is given twice", m)
		}
		given = append(given, m)
	}
	slices.SortFunc(given, func(a, b string) int { return slices.Index(measures, a) - slices.Index(measures, b) })
	return &Balance{given, topics}, nil
}

func (b *Balance) String() string { return b.phrase() + b.flags() }

func (b *Balance) phrase() string { return "balance " + strings.Join(b.Measures, " ") }

func (b *Balance) demands() []assigner.Demand {
	var demands []assigner.Demand
	for _, m := range b.Measures {
		switch m {
		case "count":
			demands = append(demands, assigner.BalanceCount{Topics: b.forPlanner()})
		case "bytes":
			demands = append(demands, assigner.BalanceBytes{Topics: b.forPlanner()})
		case "topics":
			demands = append(demands, assigner.BalanceTopics{Topics: b.forPlanner()})
		}
	}
	return demands
}
