package reassign

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"kdeck/ops/change"
	"kdeck/ops/format"
	"kdeck/ops/state"
)

// behind are partitions outside the plan that have a replica out of sync on a live broker: what copies may bring about that leave
// the brokers no time for it. Replicas on dead brokers and failed disks are left out: no pause brings them back.
type behind struct {
	before map[change.TopicPartition]bool      // that were behind when the run began, or for too long since
	since  map[change.TopicPartition]time.Time // since when the others are
	looks  map[change.TopicPartition]int       // at how many looks in a row
}

// minLooks is at how many looks in a row a partition has to be behind: followers drop out for moments.
const minLooks = 2

func behindAt(s *state.Snapshot) map[change.TopicPartition]bool {
	found := map[change.TopicPartition]bool{}
	for i := range s.NumPartitions() {
		p := s.Partition(i)
		if !p.UnderReplicated() {
			continue
		}
		for r := range p.Replicas() {
			if b := s.Broker(r.Broker); !r.InSync && !r.Adding && !r.Offline && b != nil && b.Alive {
				found[change.TopicPartition{Topic: p.Topic().Name(), Partition: p.ID()}] = true
			}
		}
	}
	return found
}

func (b *behind) look(e *Executor) {
	now := behindAt(e.c.snap)
	mine := e.mine()
	since, looks := map[change.TopicPartition]time.Time{}, map[change.TopicPartition]int{}
	for tp := range now {
		if mine[tp] || b.before[tp] {
			continue
		}
		if since[tp] = b.since[tp]; since[tp].IsZero() {
			since[tp] = time.Now()
		}
		looks[tp] = b.looks[tp] + 1
	}
	b.since, b.looks = since, looks
}

// worry says which partitions are behind. Those that are for as long as stall aren't waited for.
func (b *behind) worry(stall time.Duration) (why []string) {
	var names []string
	for _, tp := range slices.SortedFunc(maps.Keys(b.since), change.TopicPartition.Compare) {
		switch {
		case time.Since(b.since[tp]) >= stall:
			b.before[tp] = true
			delete(b.since, tp)
		case b.looks[tp] >= minLooks:
			names = append(names, tp.String())
		}
	}
	if len(names) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%s not in the plan fell behind (%s)", format.Count(len(names), "partition"), strings.Join(names[:min(3, len(names))], ", "))}
}
