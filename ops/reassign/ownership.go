package reassign

import (
	"kdeck/ops/change"
)

// Whose returns a function that tells whether a reassignment in progress was started from this machine, and by which run: "" where
// that isn't known. It looks for a move of the partition to the same target in the journal, which outlives runs, and in the ledger.
func Whose(stateDir, clusterID string) (func(tp change.TopicPartition, target []int32) (run string, ours bool), error) {
	l, err := openLedger(stateDir, clusterID)
	if err != nil {
		return nil, err
	}
	return whose(stateDir, clusterID, l)
}

func whose(stateDir, clusterID string, l *ledger) (func(change.TopicPartition, []int32) (string, bool), error) {
	sent, err := change.ReadReassignments(stateDir, clusterID)
	if err != nil {
		return nil, err
	}
	return func(tp change.TopicPartition, target []int32) (string, bool) {
		s, found := sent.Find(tp, target)
		return s.Run, found || l.hasMove(tp, target)
	}, nil
}

// ownership is as [Whose], for whoever needn't know the run.
func ownership(stateDir, clusterID string, l *ledger) (func(change.TopicPartition, []int32) bool, error) {
	of, err := whose(stateDir, clusterID, l)
	if err != nil {
		return nil, err
	}
	return func(tp change.TopicPartition, target []int32) bool {
		_, ours := of(tp, target)
		return ours
	}, nil
}
