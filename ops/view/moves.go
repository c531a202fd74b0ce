package view

import (
	"kdeck/ops/state"
)

// Copied tells how many bytes the replicas that a move adds hold, and how many they shall hold: each as many as the leader or,
// where the leader doesn't tell, as the largest of the replicas that stay. known is false where a broker doesn't tell a size.
// A new replica may hold more than its leader, which deletes old segments: that counts as all.
func Copied(p state.Partition) (have, want int64, known bool) {
	whole, leader := int64(-1), p.Leader()
	for r := range p.Replicas() {
		if r.Broker == leader && r.Size >= 0 {
			whole = r.Size
			break
		}
		if !r.Adding {
			whole = max(whole, r.Size)
		}
	}
	for r := range p.Replicas() {
		if !r.Adding {
			continue
		}
		if r.Size < 0 || whole < 0 {
			return 0, 0, false
		}
		have, want = have+min(r.Size, whole), want+whole
	}
	return have, want, true
}

// MovesJSON is the answer of `kdeck moves`.
type MovesJSON struct {
	Envelope
	Run   *RunJSON   `json:"run"` // null: no run of this machine is on, and none was left undone
	Moves []MoveJSON `json:"moves"`
}

// MoveJSON is one move of an answer. Sizes are null where a broker doesn't tell one, and ours where the journal of this machine
// can't be read.
type MoveJSON struct {
	Topic       string              `json:"topic"`
	Partition   int32               `json:"partition"`
	Leader      *int32              `json:"leader"`
	Replicas    []int32             `json:"replicas"` // when it is over
	Adding      []int32             `json:"adding"`
	Removing    []int32             `json:"removing"`
	CopiedBytes *int64              `json:"copied_bytes"`
	TotalBytes  *int64              `json:"total_bytes"`
	BytesLeft   *int64              `json:"bytes_left"`
	Rate        *float64            `json:"rate"` // bytes a second; null where no run of this machine tells it
	Ours        state.Reading[bool] `json:"ours"`
	Whose       *string             `json:"whose"` // kdeck, where it began on this machine, or others
	BegunBy     *string             `json:"run"`   // the id of the run of this machine that made it; null: none, or it isn't known
	Stuck       *string             `json:"stuck"`
}

// MovesAnswer makes the answer of `kdeck moves`. Those of the moves that wait become the queue of the run, which is nil where none is on.
func MovesAnswer(s *state.Snapshot, moves []Move, run *state.Run) MovesJSON {
	out := MovesJSON{Envelope: EnvelopeOf(s), Moves: []MoveJSON{}}
	var queue []state.RunMove
	for _, m := range moves {
		if m.InFlight() {
			out.Moves = append(out.Moves, m.answer())
		} else {
			queue = append(queue, *m.Run)
		}
	}
	if run != nil {
		out.Run = RunAnswer(run)
		out.Run.Flying, out.Run.Queue = nil, runMoveAnswers(queue) // the moves tell of those in flight
	}
	return out
}

// answer is a move in flight.
func (m Move) answer() MoveJSON {
	j := MoveJSON{
		Topic: m.Topic().Name(), Partition: m.ID(), Replicas: m.AppendLasting([]int32{}),
		Adding: m.AppendAdding([]int32{}), Removing: m.AppendRemoving([]int32{}), Stuck: named(m.why()), Rate: OrNull(m.rate()),
	}
	if left, known := m.left(); known {
		j.BytesLeft = &left
	}
	if m.Begun.Known {
		o := m.Begun.Value
		j.Ours, j.BegunBy = state.Read(o.Ours, m.Begun.At, m.Begun.From), named(o.Run)
		j.Whose = named(map[bool]string{true: "kdeck", false: "others"}[o.Ours])
	}
	if l := m.Leader(); l >= 0 {
		j.Leader = &l
	}
	if have, want, known := Copied(m.Partition); known {
		j.CopiedBytes, j.TotalBytes = &have, &want
	}
	return j
}
