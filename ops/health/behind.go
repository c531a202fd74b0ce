package health

import (
	"maps"
	"slices"

	"kdeck/ops/state"
)

// Behind returns how many metadata records each live broker lacks of what the others have: 0 where it lacks no more than [FarBehind], which
// may be because brokers are asked at slightly different times. Brokers that gave no offset, or were the only one that did, are left out.
func Behind(s *state.Snapshot) map[int32]int64 {
	all := offsets(s)
	sorted := slices.Sorted(maps.Values(all))
	if len(sorted) < 2 {
		return nil
	}
	behind := make(map[int32]int64, len(all))
	for id, mine := range all {
		behind[id] = 0
		// The lower median of the others, as in lowerMedianOfOthers, without a list for each of many brokers.
		median := sorted[(len(sorted)-2)/2]
		if mine <= median {
			median = sorted[(len(sorted)-2)/2+1]
		}
		if median-mine > FarBehind {
			behind[id] = median - mine
		}
	}
	return behind
}
