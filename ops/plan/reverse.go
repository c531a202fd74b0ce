package plan

import "slices"

// Reverse returns the plan that undoes p: every partition gets the replica list that it had before. p must have a header. The
// bytes that the reverse plan copies are unknown without a snapshot.
func (p *Plan) Reverse() *Plan {
	h := &Header{ClusterID: p.Header.ClusterID, Before: slices.Clone(p.Partitions)}
	for _, s := range p.Header.Stages {
		h.Stages = append(h.Stages, "undo of "+s)
	}
	for i := range p.Header.Before {
		was, is := p.Header.Before[i].Replicas, p.Partitions[i].Replicas
		for _, b := range was {
			if !slices.Contains(is, b) {
				h.Moves++
			}
		}
		if was[0] != is[0] {
			h.LeaderChanges++
		}
	}
	h.MovesBound, h.LeaderChangesBound = h.Moves, h.LeaderChanges
	return &Plan{Partitions: slices.Clone(p.Header.Before), Header: h}
}

// Clone returns a copy of the plan whose partitions and header can be changed.
func (p *Plan) Clone() *Plan {
	c, h := *p, *p.Header
	h.Before = slices.Clone(h.Before)
	c.Partitions, c.Header = slices.Clone(p.Partitions), &h
	return &c
}
