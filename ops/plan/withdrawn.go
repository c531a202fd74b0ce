package plan

import "slices"

// Withdrawn tells whether replicas stand as after a cancel of the move from before to target. The controller then takes off what was
// being added, and doesn't give the order of the list back: the replicas that stay come first, in the target's order
// (PartitionReassignmentRevert).
func Withdrawn(now, before, target []int32) bool {
	if len(now) != len(before) || slices.Equal(now, before) {
		return false
	}
	var kept []int32
	for _, b := range target {
		if slices.Contains(before, b) {
			kept = append(kept, b)
		}
	}
	if len(kept) == len(before) && len(kept) == len(target) || !slices.Equal(now[:len(kept)], kept) {
		return false
	}
	for _, b := range now[len(kept):] {
		if !slices.Contains(before, b) || slices.Contains(kept, b) {
			return false
		}
	}
	return true
}
