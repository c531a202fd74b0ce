package state

import "slices"

// Changed returns, in order, the indexes of the partitions that differ between old and s in anything but sizes. aligned is
// false, and nothing is compared, unless both have the same partitions in the same places.
func (s *Snapshot) Changed(old *Snapshot) (indexes []int32, aligned bool) {
	if !slices.Equal(s.partID, old.partID) || !slices.EqualFunc(s.topics, old.topics, func(a, b topicRow) bool {
		return a.name == b.name && a.id == b.id && a.first == b.first
	}) {
		return nil, false
	}
	ids := make([]uint16, len(old.ids)) // the index in s of the broker that has that index in old
	for i, id := range old.ids {
		k, ok := s.index[id]
		if !ok {
			k = noBroker
		}
		ids[i] = k
	}
	indexes = []int32{}
	for i := range s.partID {
		if s.differs(old, i, ids) {
			indexes = append(indexes, int32(i))
		}
	}
	return indexes, true
}

// differs tells whether partition i of two aligned snapshots differs in anything but sizes. ids are the indexes in s of
// the brokers of old.
func (s *Snapshot) differs(old *Snapshot, i int, ids []uint16) bool {
	leader := old.partLeader[i]
	if leader != noBroker {
		leader = ids[leader]
	}
	first, was := s.partFirst[i], old.partFirst[i]
	n := s.partFirst[i+1] - first
	if s.partLeader[i] != leader || s.partEpoch[i] != old.partEpoch[i] || old.partFirst[i+1]-was != n ||
		s.topics[s.partTopic[i]].minISR != old.topics[s.partTopic[i]].minISR {
		return true
	}
	for r := range n {
		if s.repFlags[first+r] != old.repFlags[was+r] || s.repBroker[first+r] != ids[old.repBroker[was+r]] {
			return true
		}
	}
	return false
}
