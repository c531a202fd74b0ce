package view

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"kdeck/ops/format"
	"kdeck/ops/health"
	"kdeck/ops/state"
)

// A Move is a partition that is being reassigned, or that waits in the queue of a run for that.
type Move struct {
	state.Partition
	Begun state.Reading[state.Origin] // who began it
	Run   *state.RunMove              // as the run of this machine tells that carries it out; nil: none does, or it doesn't tell
	Place int                         // in the run's queue, from 1 on; 0: it is in flight
}

// Moving are the partitions of a snapshot that are being reassigned.
func Moving(s *state.Snapshot) (moving []state.Partition) {
	for i := range s.NumPartitions() {
		if p := s.Partition(i); p.Moving() {
			moving = append(moving, p)
		}
	}
	return moving
}

// Moves are the reassignments in flight, those first that don't get on, and then what a run has waiting, in the order in which it is
// submitted. moving is what [Moving] returns of the snapshot; run is nil where none of this machine is on or was left undone. begun
// tells who began to reassign a partition to these replicas.
func Moves(s *state.Snapshot, moving []state.Partition, run *state.Run, begun func(p state.Partition, replicas []int32) state.Reading[state.Origin]) []Move {
	type key struct {
		topic     string
		partition int32
	}
	told := map[key]*state.RunMove{}
	var queue []state.RunMove
	id := ""
	if run != nil {
		id, queue = run.ID, run.Queue
		for i := range run.Flying {
			told[key{run.Flying[i].Topic, run.Flying[i].Partition}] = &run.Flying[i]
		}
	}
	moves := make([]Move, 0, len(moving)+len(queue))
	for _, p := range moving {
		m := Move{Partition: p, Run: told[key{p.Topic().Name(), p.ID()}]}
		if m.Run != nil {
			m.Begun = state.Read(state.Origin{Ours: true, Run: id}, run.ToldAt, "")
			if run.State == state.RunOrphaned { // it tells how it was when its process went
				m.Run = nil
			}
		} else {
			m.Begun = begun(p, p.AppendLasting(nil))
		}
		moves = append(moves, m)
	}
	slices.SortStableFunc(moves, func(a, b Move) int { return cmp.Compare(rankOf(a), rankOf(b)) })
	for i := range queue {
		p, found := s.FindPartition(queue[i].Topic, queue[i].Partition)
		if !found || p.Moving() { // it was deleted, or submitted since
			continue
		}
		m := queue[i]
		if m.Why == "" { // the whole run waits
			m.Why = waitsWith(run)
		}
		moves = append(moves, Move{Partition: p, Run: &m, Place: i + 1, Begun: state.Read(state.Origin{Ours: true, Run: id}, run.ToldAt, "")})
	}
	return moves
}

// rankOf puts moves that don't get on before the others.
func rankOf(m Move) int {
	if m.why() != "" {
		return 0
	}
	return 1
}

// waitsWith says why a run submits nothing.
func waitsWith(r *state.Run) string {
	switch {
	case r.State == state.RunOrphaned:
		return "the run's process is gone"
	case r.State == state.RunStopping:
		return "stays undone: the run is stopping"
	case r.Why != "":
		first, _, _ := strings.Cut(r.Why, "; ") // the run tells all of it
		return first
	}
	return "it is submitted next"
}

// QueueAt is the place of the first that waits in what [Moves] returned; where none waits, how many there are.
func QueueAt(moves []Move) int {
	if i := slices.IndexFunc(moves, func(m Move) bool { return !m.InFlight() }); i >= 0 {
		return i
	}
	return len(moves)
}

// InFlight tells a move that was submitted from one that waits.
func (m Move) InFlight() bool { return m.Place == 0 }

// percentCopied is how much of it is copied.
func (m Move) percentCopied() float64 {
	switch have, want, known := Copied(m.Partition); {
	case !known:
		return math.NaN()
	case want == 0: // nothing is to be copied
		return 100
	default:
		return 100 * float64(have) / float64(want)
	}
}

// left is how many bytes are still to be copied.
func (m Move) left() (int64, bool) {
	if r := m.Run; r != nil && r.Bytes != nil {
		if !m.InFlight() {
			return *r.Bytes, true
		}
		if r.BytesDone != nil {
			return *r.Bytes - *r.BytesDone, true
		}
	}
	if !m.InFlight() {
		return 0, false
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

// why says why it waits, or doesn't get on.
func (m Move) why() string {
	if m.InFlight() {
		if why := health.Stuck(m.Partition); why != "" || m.Run == nil {
			return why
		}
	}
	return m.Run.Why
}

// change is what it adds and removes.
func (m Move) change() string {
	if m.InFlight() {
		return moving(m.Partition)
	}
	var words []string
	for _, b := range m.Run.To {
		if !slices.Contains(m.Run.From, b) {
			words = append(words, "+"+strconv.Itoa(int(b)))
		}
	}
	for _, b := range m.Run.From {
		if !slices.Contains(m.Run.To, b) {
			words = append(words, "-"+strconv.Itoa(int(b)))
		}
	}
	return cmp.Or(strings.Join(words, " "), "order only")
}

func (m Move) whose() string {
	switch o := m.Begun.Value; {
	case !m.Begun.Known:
		return format.Unknown
	case o.Ours:
		return cmp.Or(o.Run, "kdeck")
	}
	return "others"
}

// ofMoves makes a column of partitions one of moves.
func ofMoves(name string) Column[Move] {
	return *Find(Map(PartitionColumns(), func(m Move) state.Partition { return m.Partition }), name)
}

// whileInFlight leaves the cells of moves that wait empty: nothing of them is copied.
func whileInFlight(c Column[Move]) Column[Move] {
	cell, key := c.Cell, c.Key
	c.Cell = func(m Move) string {
		if !m.InFlight() {
			return "-"
		}
		return cell(m)
	}
	c.Key = func(m Move) int64 {
		if !m.InFlight() {
			return NoValue
		}
		return key(m)
	}
	return c
}

// MoveColumns are the columns of moves.
func MoveColumns() []Column[Move] {
	return []Column[Move]{
		{Head: "#", Name: "queue", Help: "place in the queue of the run, 1 is submitted next; - where the move is in flight", Right: true,
			Cell: func(m Move) string {
				if m.InFlight() {
					return "-"
				}
				return strconv.Itoa(m.Place)
			},
			Key: func(m Move) int64 { return int64(m.Place) }},
		ofMoves("topic"), ofMoves("partition"),
		Text("MOVE", "move", "what the move adds (+4) and removes (-1)", Move.change),
		Measured("LEFT", "bytes_left", "bytes that are still to be copied; ?? where a broker doesn't tell sizes", Move.left, format.Bytes),
		Text("WHY", "why", "why the move waits, can't end, or doesn't get on; empty where it gets on", Move.why),
		whileInFlight(Number("TIME LEFT", "seconds_left", "how long the rest takes at that rate", Move.secondsLeft,
			func(_ Move, v float64) string { return format.Seconds(v) })),
		Text("WHOSE", "whose", "the id of the run of this machine that made the move, kdeck where its run isn't known, or others; ?? where kdeck's journal can't be read, or not far enough back", Move.whose),
		whileInFlight(Number("COPIED", "copied", "how much of the partition the replicas that are being added hold, in percent of the leader's bytes; ?? where a broker doesn't tell sizes",
			Move.percentCopied, func(_ Move, v float64) string { return format.Percent(v) })),
		whileInFlight(Number("RATE", "rate", "bytes a second that are copied; ?? where no run of this machine tells it", Move.rate,
			func(_ Move, v float64) string { return format.ByteRate(v) })),
		Wide(ofMoves("state")), Wide(ofMoves("isr")), Wide(ofMoves("leader")), Wide(ofMoves("replicas")), Wide(ofMoves("size_bytes")),
	}
}
