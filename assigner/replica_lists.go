package assigner

// lists holds the replica lists of all partitions, in the model's order.
type lists struct {
	m     *model
	start []int32
	flat  []int32
}

func newLists(m *model) *lists {
	return &lists{m: m, start: append(make([]int32, 0, m.parts()+1), 0), flat: make([]int32, 0, len(m.replicas))}
}

func (l *lists) append(list []int32) {
	l.flat = append(l.flat, list...)
	l.start = append(l.start, int32(len(l.flat)))
}

func (l *lists) of(i int) []int32 { return l.flat[l.start[i]:l.start[i+1]] }
