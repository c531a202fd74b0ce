package view

import (
	"math"

	"kdeck/ops/state"
)

// addGrowth sets by how many bytes a second the topic's logs grow on the disks of their leaders, since a snapshot of before; nil: there is none. That is what
// producers send, compressed as it is kept, as long as nothing is deleted: where a log got smaller, nobody can tell.
func (r *TopicRow) addGrowth(now, before *state.Snapshot) {
	r.Growth, r.GrowthWhy = math.NaN(), "it takes two looks at sizes, a minute apart, with the pane Topics in front"
	if before == nil {
		return
	}
	was, ok := before.FindTopic(r.Name())
	if !ok || was.ID() != r.ID() {
		return
	}
	sum := 0.0
	first, n := r.Range()
	for i := first; i < first+n; i++ {
		p := now.Partition(i)
		old, ok := was.Partition(p.ID())
		if !ok {
			return
		}
		leader := p.Leader()
		size, had := sizeOn(p, leader), sizeOn(old, leader)
		seconds := between(before, now, leader)
		switch {
		case size < 0 || had < 0 || seconds <= 0:
			r.GrowthWhy = ofPartition(p, "its leader didn't tell its size twice")
			return
		case size < had:
			r.GrowthWhy = ofPartition(p, "records were deleted meanwhile")
			return
		}
		sum += float64(size-had) / seconds
	}
	if n > 0 {
		r.Growth, r.GrowthWhy = sum, ""
	}
}

// sizeOn is what a partition takes on one broker, -1 where that isn't known.
func sizeOn(p state.Partition, broker int32) int64 {
	for rep := range p.Replicas() {
		if rep.Broker == broker {
			return rep.Size
		}
	}
	return -1
}

// between is how many seconds passed between the times at which a broker told the sizes of two snapshots; 0 where it didn't tell twice.
func between(before, now *state.Snapshot, broker int32) float64 {
	a, b := before.Broker(broker), now.Broker(broker)
	if a == nil || b == nil || !a.LogDirs.Known || !b.LogDirs.Known {
		return 0
	}
	return b.LogDirs.At.Sub(a.LogDirs.At).Seconds()
}
