package health

import (
	"fmt"
	"slices"

	"kdeck/ops/format"
	"kdeck/ops/state"
)

// stale judges brokers that live and don't keep up with the metadata log: they may give clients outdated leaders. A
// broker is stale if it has not even reached what the others had a look ago, or if the quorum's leader misses its
// fetches; after one look alone it may be.
func (j *judge) stale() {
	now := offsets(j.s)
	before := map[int32]int64{}
	if j.Before != nil && j.s.Taken.Sub(j.Before.Taken) >= minLookGap {
		before = offsets(j.Before)
	}
	for i := range j.s.Brokers {
		b := &j.s.Brokers[i]
		if !b.Alive {
			continue
		}
		f := state.Finding{
			Code: StaleBroker, Severity: state.SeverityWarning, Subject: ofBroker(b.ID), Scope: fmt.Sprintf("broker %d", b.ID), Fault: "kafka",
			Next: "kdeck compare", Pane: "brokers", Filter: brokerFilter([]int32{b.ID}),
		}
		mine, known := now[b.ID]
		others, compared := lowerMedianOfOthers(now, b.ID)
		if known && compared {
			f.Evidence = append(f.Evidence, fmt.Sprintf("its metadata is at offset %s, the others' at %s", format.Thousands(mine), format.Thousands(others)))
		}
		_, had := before[b.ID]
		past, judged := lowerMedianOfOthers(before, b.ID)
		switch {
		case read(j.s, b.SilentSince):
			f.Since = b.SilentSince
			f.Sentence = fmt.Sprintf("Broker %d is alive but has fetched no metadata for %s: it may give clients outdated leaders",
				b.ID, age(j.now.Sub(b.SilentSince.Value)))
			f.Evidence = append(f.Evidence, "as "+line(b.SilentSince.From)+" says")
		case known && had && judged:
			if mine >= past {
				continue
			}
			f.Sentence = fmt.Sprintf("Broker %d is alive but %s metadata records behind: it may give clients outdated leaders",
				b.ID, format.Thousands(others-mine))
			f.Evidence = append(f.Evidence, fmt.Sprintf("%s earlier the others were at %s already", age(j.s.Taken.Sub(j.Before.Taken)), format.Thousands(past)))
		case known && compared && others-mine > FarBehind:
			f.Code = MaybeStale
			f.Sentence = fmt.Sprintf("Broker %d was %s metadata records behind the others in this one look: look again",
				b.ID, format.Thousands(others-mine))
			f.Evidence = append(f.Evidence, "offsets are read at slightly different times")
			f.Next = "kdeck status"
			j.find(f)
			continue
		default:
			continue
		}
		j.find(f)
	}
}

// PerhapsStale tells whether a broker of a single look may be stale, which a second look can tell.
func PerhapsStale(s *state.Snapshot) bool {
	j := &judge{Input: Input{State: &state.State{Snapshot: s}}, s: s, now: s.Taken}
	j.stale()
	return slices.ContainsFunc(j.findings, func(f state.Finding) bool { return f.Code == MaybeStale })
}

// offsets are the metadata offsets of the live brokers that gave theirs in that look.
func offsets(s *state.Snapshot) map[int32]int64 {
	m := make(map[int32]int64, len(s.Brokers))
	for i := range s.Brokers {
		if b := &s.Brokers[i]; b.Alive && read(s, b.MetadataOffset) {
			m[b.ID] = b.MetadataOffset.Value
		}
	}
	return m
}

// lowerMedianOfOthers is the lower median of the other brokers' offsets. One broker with a wrong offset doesn't make the rest look
// stale.
func lowerMedianOfOthers(m map[int32]int64, but int32) (int64, bool) {
	list := make([]int64, 0, len(m))
	for id, o := range m {
		if id != but {
			list = append(list, o)
		}
	}
	if len(list) == 0 {
		return 0, false
	}
	slices.Sort(list)
	return list[(len(list)-1)/2], true
}
