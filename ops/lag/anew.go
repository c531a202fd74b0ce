package lag

import "kdeck/ops/state"

// Coordinators keep offsets by the name of a topic (OffsetCommitValue has no id of it). They drop them when the topic is deleted, but a consumer that has not
// noticed commits its old position in the topic that is made anew under the name. Where that is beyond the end of the new log it is plain; where it lies within,
// only the offset that was seen in the topic before tells. kdeck that begins to look afterwards can't know.

// is notes which topic has the name now. What was seen of another one before says nothing of it.
func (t *seenTopic) is(id [16]byte, before int) {
	switch {
	case t.id == id && t.lost > 0:
		*t = seenTopic{id: id}
	case t.id == id:
	case t.id == [16]byte{}:
		t.id = id
	case t.lost > 0:
		*t = seenTopic{id: id, earlier: t.earlier}
	default:
		*t = seenTopic{id: id, earlier: t.committed(before)}
	}
}

// lose notes that the group has no partition of it any more.
func (t *seenTopic) lose(before int) {
	if t.lost++; t.lost == 1 {
		t.earlier, t.number, t.windows = t.committed(before), nil, nil
	}
}

// committed is what the look showed of each partition.
func (t *seenTopic) committed(look int) map[int32]int64 {
	last := map[int32]int64{}
	for i, n := range t.number {
		if off := t.windows[i].off[look]; off > 0 {
			last[n] = off
		}
	}
	return last
}

// leftOver says of a partition whose offset is still that of the topic before.
func (t *seenTopic) leftOver(p *state.GroupPartition) {
	last, was := t.earlier[p.Partition]
	switch {
	case !was:
	case p.Committed != last:
		delete(t.earlier, p.Partition)
	case p.Trouble == state.NoTrouble:
		p.Trouble = state.OtherTopic
	}
}
