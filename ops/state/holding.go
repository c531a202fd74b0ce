package state

// Holding is what the metadata gives one broker.
type Holding struct {
	Leaders  int // partitions that it leads
	Replicas int
	Missing  int // replicas on it that ought to be in sync and are not; those only being added are left out
}

// Holdings counts what each broker holds, in the order of Brokers. It goes over the columns once.
func (s *Snapshot) Holdings() []Holding {
	counts := make([]Holding, len(s.ids))
	for _, l := range s.partLeader {
		if l != noBroker {
			counts[l].Leaders++
		}
	}
	for r, flags := range s.repFlags {
		if flags&inReplicas == 0 {
			continue
		}
		c := &counts[s.repBroker[r]]
		c.Replicas++
		if flags&(inISR|isAdding) == 0 {
			c.Missing++
		}
	}
	held := make([]Holding, len(s.Brokers))
	for i := range s.Brokers {
		if k, ok := s.index[s.Brokers[i].ID]; ok {
			held[i] = counts[k]
		}
	}
	return held
}
