package protocol

import (
	"slices"

	defs "kdeck/protocol/message"
)

// DefaultIgnore names the fields of an API's answer that differ between nodes, or between one answer and the next,
// without meaning that the nodes disagree.
func DefaultIgnore(key int16) []string {
	ignore := []string{"throttleTimeMs"}
	if a, known := APIByKey(key); known {
		ignore = append(ignore, a.Ignore...)
	}
	return ignore
}

type fingerprint struct {
	version int16
	sum     uint64
}

// GroupAnswers groups messages of one API that are equal but for the fields to ignore: the largest group first, then by the
// first message. A nil message is in no group.
func GroupAnswers(messages []*defs.Message, ignore []string) [][]int {
	var groups [][]int
	of := map[fingerprint]int{}
	for i, m := range messages {
		if m == nil {
			continue
		}
		sum := fingerprint{m.Version, m.Fingerprint(ignore)}
		at, known := of[sum]
		if !known {
			at = len(groups)
			of[sum] = at
			groups = append(groups, nil)
		}
		groups[at] = append(groups[at], i)
	}
	slices.SortStableFunc(groups, func(a, b []int) int { return len(b) - len(a) })
	return groups
}
