package reassign

import (
	"slices"

	"kdeck/ops/change"
)

// Whose returns a function that tells whether a reassignment in progress was started from this machine. It looks for a move
// of the partition to the same target in the ledger, and in the journal, which outlives runs.
func Whose(stateDir, clusterID string) (ours func(tp change.TopicPartition, target []int32) bool, err error) {
	l, err := openLedger(stateDir, clusterID)
	if err != nil {
		return nil, err
	}
	return ownership(stateDir, clusterID, l)
}

func ownership(stateDir, clusterID string, l *ledger) (func(change.TopicPartition, []int32) bool, error) {
	sent, err := change.Reassignments(stateDir, clusterID)
	if err != nil {
		return nil, err
	}
	return func(tp change.TopicPartition, target []int32) bool {
		return l.hasMove(tp, target) ||
			slices.ContainsFunc(sent[tp], func(t []int32) bool { return slices.Equal(t, target) })
	}, nil
}
