package view

import (
	"math"
	"slices"

	"kdeck/ops/format"
	"kdeck/ops/health"
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

func percentCopied(p state.Partition) float64 {
	switch have, want, known := Copied(p); {
	case !known:
		return math.NaN()
	case want == 0: // nothing is to be copied
		return 100
	default:
		return 100 * float64(have) / float64(want)
	}
}

// MoveColumns are the columns of partitions that are being reassigned: how much of a move is copied, why it can't end, and then those
// of partitions that matter for a move.
func MoveColumns() []Column[state.Partition] {
	of := append(PartitionColumns(),
		Number("COPIED", "copied", "how much of the partition the replicas that are being added hold, in percent of the leader's bytes; ?? where a broker doesn't tell sizes", percentCopied,
			func(_ state.Partition, v float64) string { return format.Percent(v) }),
		Text("STUCK", "stuck", "why the move can't end; empty where it can", health.Stuck))
	names := []string{"topic", "partition", "move", "copied", "size_bytes", "stuck", "state", "isr", "leader", "replicas"}
	columns := make([]Column[state.Partition], len(names))
	for i, name := range names {
		columns[i] = *Find(of, name)
	}
	return columns
}

// A Move is a partition that is being reassigned, and whose move that is.
type Move struct {
	state.Partition
	Ours state.Reading[bool] // kdeck began it on this machine
	Run  *state.RunMove      // as the run tells that carries it out; nil: none does, or it doesn't tell
}

// left is how many bytes are still to be copied.
func (m Move) left() (int64, bool) {
	if r := m.Run; r != nil && r.Bytes != nil && r.BytesDone != nil {
		return *r.Bytes - *r.BytesDone, true
	}
	have, want, known := Copied(m.Partition)
	return want - have, known
}

// rate is how many bytes are copied a second.
func (m Move) rate() float64 {
	if m.Run == nil || m.Run.Rate == nil {
		return math.NaN()
	}
	return *m.Run.Rate
}

// secondsLeft is how long the rest takes at that rate.
func (m Move) secondsLeft() float64 {
	left, known := m.left()
	rate := m.rate()
	if !known || !(rate > 0) {
		return math.NaN()
	}
	return float64(left) / rate
}

// stuck says why it doesn't get on.
func (m Move) stuck() string {
	if why := health.Stuck(m.Partition); why != "" || m.Run == nil {
		return why
	}
	return m.Run.Why
}

func (m Move) whose() string {
	switch {
	case !m.Ours.Known:
		return format.Unknown
	case m.Ours.Value:
		return "kdeck, from here"
	}
	return "others"
}

// OwnedMoveColumns are the columns of moves with whose each is and, where its run tells, how fast it gets on.
func OwnedMoveColumns() []Column[Move] {
	of := append(Map(MoveColumns(), func(m Move) state.Partition { return m.Partition }),
		Measured("LEFT", "bytes_left", "bytes that are still to be copied; ?? where a broker doesn't tell sizes", Move.left, format.Bytes),
		Number("RATE", "rate", "bytes a second that are copied; ?? where no run of this machine tells it", Move.rate,
			func(_ Move, v float64) string { return format.ByteRate(v) }),
		Number("TIME LEFT", "seconds_left", "how long the rest takes at that rate", Move.secondsLeft, func(_ Move, v float64) string { return format.Seconds(v) }),
		Text("STUCK", "stuck_why", "why the move can't end, or doesn't get on; empty where it does", Move.stuck),
		Column[Move]{Head: "WHOSE", Name: "whose", Help: "who began the move: kdeck on this machine, or others; ?? where kdeck's journal can't be read",
			Cell: Move.whose,
			Key: func(m Move) int64 {
				switch {
				case !m.Ours.Known:
					return NoValue
				case m.Ours.Value:
					return 0
				}
				return 1
			}})
	names := []string{"topic", "partition", "move", "copied", "bytes_left", "rate", "seconds_left", "whose", "stuck_why", "state", "isr", "leader", "replicas", "size_bytes"}
	columns := make([]Column[Move], len(names))
	for i, name := range names {
		columns[i] = *Find(of, name)
		columns[i].Wide = columns[i].Wide || slices.Contains([]string{"state", "isr", "leader", "size_bytes"}, name) // those of the partition
	}
	return columns
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
	Stuck       *string             `json:"stuck"`
}

// MovesAnswer makes the answer of `kdeck moves`.
func MovesAnswer(s *state.Snapshot, moves []Move) MovesJSON {
	out := MovesJSON{Envelope: EnvelopeOf(s), Moves: []MoveJSON{}}
	for _, m := range moves {
		j := MoveJSON{
			Topic: m.Topic().Name(), Partition: m.ID(), Replicas: m.AppendLasting([]int32{}),
			Adding: m.AppendAdding([]int32{}), Removing: m.AppendRemoving([]int32{}), Ours: m.Ours, Stuck: named(m.stuck()), Rate: OrNull(m.rate()),
		}
		if left, known := m.left(); known {
			j.BytesLeft = &left
		}
		if m.Ours.Known {
			j.Whose = named(map[bool]string{true: "kdeck", false: "others"}[m.Ours.Value])
		}
		if l := m.Leader(); l >= 0 {
			j.Leader = &l
		}
		if have, want, known := Copied(m.Partition); known {
			j.CopiedBytes, j.TotalBytes = &have, &want
		}
		out.Moves = append(out.Moves, j)
	}
	return out
}
