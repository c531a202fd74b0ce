package view

import (
	"cmp"
	"slices"

	"kdeck/ops/health"
	"kdeck/ops/state"
)

// SignJSON is one thing in a broker's metrics that isn't as it should be.
type SignJSON struct {
	Broker   int32          `json:"broker"`
	Severity state.Severity `json:"severity"`
	Sentence string         `json:"sentence"`
}

// OutlierJSON is one figure of a broker that is far worse than those of its peers.
type OutlierJSON struct {
	Figure string  `json:"figure"`
	Value  float64 `json:"value"`
	Median float64 `json:"median"`
}

// Signs lists the signs of all brokers, the worst first.
func Signs(s *state.State) []SignJSON {
	signs := []SignJSON{}
	peers := health.PeersOf(s)
	if s.Snapshot != nil {
		for i := range s.Snapshot.Brokers {
			signs = append(signs, signsOf(s, peers, s.Snapshot.Brokers[i].ID)...)
		}
	}
	slices.SortStableFunc(signs, func(a, b SignJSON) int { return cmp.Compare(a.Severity.Rank(), b.Severity.Rank()) })
	return signs
}

// signsOf are those of one broker, nil where its metrics aren't known.
func signsOf(s *state.State, peers *health.Peers, broker int32) []SignJSON {
	m, fresh := health.Fresh(s, broker)
	if !fresh {
		return nil
	}
	signs := []SignJSON{}
	for _, sign := range peers.Signs(m) {
		signs = append(signs, SignJSON{broker, sign.Severity, sign.Sentence})
	}
	return signs
}
