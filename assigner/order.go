package assigner

import (
	"context"
	"slices"

	"kdeck/assigner/flow"
)

// arrange orders the brokers of every item. Those that stay keep their positions. Each new one takes the position of one that it
// replaces, if possible of one in the same rack. If the preferred leader is replaced and several new brokers could take its
// place, the choice keeps preferred leaders level. If fewer brokers come than go, the first free positions are closed, so that a
// broker that has the data leads; where that is out of sync, the first that is in sync. If more come, they go to the end.
func (p *placement) arrange(ctx context.Context) (*lists, error) {
	first := make([]int32, len(p.items))
	var free []int // items with more than one possible first replica
	for k := range p.items {
		fresh := p.newBrokers(k)
		if freed := p.freePositions(k, len(fresh)); len(freed) > 0 && freed[0] == 0 && len(fresh) > 1 {
			free = append(free, k)
			first[k] = -1
			continue
		}
		first[k] = p.list(k, fresh)[0]
	}
	if err := p.chooseFirst(ctx, first, free); err != nil {
		return nil, err
	}
	l := newLists(p.m)
	k := 0
	for i := range p.m.parts() {
		if k == len(p.items) || p.items[k] != int32(i) {
			l.append(p.clone(i, p.m.replicasOf(i)))
			continue
		}
		fresh := p.newBrokers(k)
		if at := slices.Index(fresh, first[k]); at >= 0 {
			fresh = append([]int32{first[k]}, slices.Delete(fresh, at, at+1)...)
		}
		l.append(p.list(k, fresh))
		k++
	}
	return l, nil
}

// newBrokers returns the brokers that an item gets and doesn't have yet, ascending.
func (p *placement) newBrokers(k int) []int32 {
	before := p.m.replicasOf(int(p.items[k]))
	var fresh []int32
	for _, b := range p.sets.Of(k) {
		if !slices.Contains(before, b) {
			fresh = append(fresh, b)
		}
	}
	return fresh
}

// freePositions returns the positions that an item's new brokers may take.
func (p *placement) freePositions(k, fresh int) []int {
	set := p.sets.Of(k)
	var freed []int
	for at, b := range p.m.replicasOf(int(p.items[k])) {
		if !slices.Contains(set, b) {
			freed = append(freed, at)
		}
	}
	return freed[max(0, len(freed)-fresh):]
}

// list returns the replica list of an item. If position 0 is free, the first of the new brokers takes it.
func (p *placement) list(k int, fresh []int32) []int32 {
	m := p.m
	i := p.items[k]
	before := m.replicasOf(int(i))
	freed := p.freePositions(k, len(fresh))
	const nobody = -1
	taker := slices.Repeat([]int32{nobody}, len(before)) // by position
	left := slices.Clone(fresh)
	take := func(position, at int) {
		taker[position] = left[at]
		left = slices.Delete(left, at, at+1)
	}
	if len(freed) > 0 && freed[0] == 0 {
		take(0, 0)
	}
	for _, position := range freed {
		same := slices.IndexFunc(left, func(b int32) bool { return m.rack[b] == m.rack[before[position]] })
		if taker[position] == nobody && same >= 0 {
			take(position, same)
		}
	}
	for _, position := range freed {
		if taker[position] == nobody {
			take(position, 0)
		}
	}
	list := make([]int32, 0, m.need[i])
	for position, b := range before {
		if n := taker[position]; n != nobody {
			list = append(list, n)
		} else if slices.Contains(p.sets.Of(k), b) {
			list = append(list, b)
		}
	}
	list = append(list, left...)
	if taker[0] == nobody && list[0] != before[0] {
		if at := slices.IndexFunc(list, func(b int32) bool { return m.healthOf(int(i), b) == inSync }); at > 0 {
			leads := list[at]
			list = slices.Insert(slices.Delete(list, at, at+1), 0, leads)
		}
	}
	return p.clone(int(i), list)
}

// clone puts the clones of a partition into their positions.
func (p *placement) clone(i int, list []int32) []int32 {
	for at, c := range p.m.clones[int32(i)] {
		if at == 0 {
			list = slices.Clone(list)
		}
		list = c.place(list, p.m.keepsLeader(i))
	}
	return list
}

// chooseFirst chooses the first replica of the free items among their new brokers.
func (p *placement) chooseFirst(ctx context.Context, first []int32, free []int) error {
	m := p.m
	f := newOneBinProblem(m)
	for i := range m.parts() {
		f.Base[m.replicasOf(i)[0]]++
	}
	for k, b := range first {
		f.Base[m.replicasOf(int(p.items[k]))[0]]--
		if b >= 0 {
			f.Base[b]++
		}
	}
	for _, k := range free {
		f.Own = append(f.Own, p.newBrokers(k)...)
		f.add()
	}
	f.Level = make([]uint8, len(f.Own))
	chosen, err := flow.Solve(ctx, &f.Problem)
	if err != nil {
		return err
	}
	for at, k := range free {
		first[k] = chosen.Of(at)[0]
	}
	return nil
}
