package state

import (
	"math"
	"slices"
	"time"
)

// Offsets are offsets of partitions as their leaders gave them: where the logs end, where they begin, or where they stood at a time.
// Each is as old as the answer that gave it. A nil *Offsets knows none.
//
// Whoever makes one uses New, Answer, Set, SetRate and Keep before anybody else sees it.
type Offsets struct {
	snapshot *Snapshot
	offset   []int64 // by the index of the partition
	millis   []int64 // of the record at the offset, as its leader gave it
	answer   []int32 // index in answers
	answers  []OffsetAnswer
	rate     []float32 // NaN: unknown; nil: all are
}

// OffsetAnswer is one answer about many partitions: when and from whom it came, or why there is none.
type OffsetAnswer struct {
	At   time.Time
	From string
	Why  string // "" where there is an answer
}

// NoOffset stands for an offset, or for the time of a record, that an answer doesn't give: no record is that young, or the log is empty.
const NoOffset = -1

// NotAsked is why an offset isn't known that nobody was asked for.
const NotAsked = "not asked for"

// NewOffsets makes offsets of the partitions of a snapshot, of which none is known yet.
func NewOffsets(s *Snapshot) *Offsets {
	n := s.NumPartitions()
	return &Offsets{snapshot: s, offset: make([]int64, n), millis: make([]int64, n), answer: make([]int32, n), answers: []OffsetAnswer{{Why: NotAsked}}}
}

// Snapshot is the snapshot whose partitions these are.
func (o *Offsets) Snapshot() *Snapshot { return o.snapshot }

// Answer adds an answer and returns its number.
func (o *Offsets) Answer(a OffsetAnswer) int {
	o.answers = append(o.answers, a)
	return len(o.answers) - 1
}

// Set notes what an answer has of the partition with that index. millis is the time of the record at the offset in ms since 1970, or
// [NoOffset].
func (o *Offsets) Set(partition int, offset, millis int64, answer int) {
	o.offset[partition], o.millis[partition], o.answer[partition] = offset, millis, int32(answer)
}

// SetRate notes how many records a second were written to a partition; NaN is unknown.
func (o *Offsets) SetRate(partition int, perSecond float64) {
	if o.rate == nil {
		o.rate = make([]float32, len(o.offset))
		for i := range o.rate {
			o.rate[i] = float32(math.NaN())
		}
	}
	o.rate[partition] = float32(perSecond)
}

// Keep takes from an earlier look what isn't known now, with its time. A topic that was made anew under the same name has nothing in
// common with the one before.
func (o *Offsets) Keep(old *Offsets) {
	if old == nil {
		return
	}
	kept := map[int32]int32{}
	for t := range o.snapshot.NumTopics() {
		topic := o.snapshot.Topic(t)
		was, ok := old.snapshot.FindTopic(topic.Name())
		if !ok || was.ID() != topic.ID() {
			continue
		}
		first, n := topic.Range()
		for i := first; i < first+n; i++ {
			if o.answers[o.answer[i]].Why == "" {
				continue
			}
			j, ok := old.index(o.snapshot.Partition(i))
			if !ok || old.answers[old.answer[j]].Why != "" {
				continue
			}
			a, ok := kept[old.answer[j]]
			if !ok {
				a = int32(o.Answer(old.answers[old.answer[j]]))
				kept[old.answer[j]] = a
			}
			o.offset[i], o.millis[i], o.answer[i] = old.offset[j], old.millis[j], a
			if old.rate != nil {
				o.SetRate(i, float64(old.rate[j]))
			}
		}
	}
}

// index finds a partition of any snapshot among these.
func (o *Offsets) index(p Partition) (int, bool) {
	if p.s == o.snapshot {
		return int(p.i), true
	}
	here, ok := o.snapshot.FindPartition(p.Topic().Name(), p.ID())
	if !ok || here.Topic().ID() != p.Topic().ID() {
		return 0, false
	}
	return int(here.i), true
}

// Of returns the offset of a partition, which may be of a later snapshot. It is [NoOffset] where the leader answered that no record is
// that young.
func (o *Offsets) Of(p Partition) Reading[int64] {
	if o == nil {
		return Missing[int64]("not read yet", time.Time{}, "")
	}
	i, ok := o.index(p)
	if !ok {
		return Missing[int64]("not read yet: the partition is new", time.Time{}, "")
	}
	a := &o.answers[o.answer[i]]
	if a.Why != "" {
		return Missing[int64](a.Why, a.At, a.From)
	}
	return Read(o.offset[i], a.At, a.From)
}

// Millis returns the time of the record at the offset in ms since 1970, where records were asked for by their time; [NoOffset] where none has it.
func (o *Offsets) Millis(p Partition) int64 {
	i, ok := o.index(p)
	if !ok || o.answers[o.answer[i]].Why != "" {
		return NoOffset
	}
	return o.millis[i]
}

// Time is Millis with when and from whom it was had.
func (o *Offsets) Time(p Partition) Reading[time.Time] {
	offset := o.Of(p)
	if !offset.Known {
		return Missing[time.Time](offset.Why, offset.At, offset.From)
	}
	millis := o.Millis(p)
	if millis < 0 {
		return Missing[time.Time]("no record has that time", offset.At, offset.From)
	}
	return Read(time.UnixMilli(millis), offset.At, offset.From)
}

// Rate returns how many records a second were written to a partition, over about the last minute.
func (o *Offsets) Rate(p Partition) Reading[float64] {
	offset := o.Of(p)
	if !offset.Known {
		return Missing[float64](offset.Why, offset.At, offset.From)
	}
	i, _ := o.index(p)
	if o.rate == nil || math.IsNaN(float64(o.rate[i])) {
		return Missing[float64]("it takes two looks", offset.At, offset.From)
	}
	return Read(float64(o.rate[i]), offset.At, offset.From)
}

// Each calls do for each partition that is known, in their order.
func (o *Offsets) Each(do func(p Partition, offset int64, at time.Time)) {
	for i, a := range o.answer {
		if o.answers[a].Why == "" {
			do(o.snapshot.Partition(i), o.offset[i], o.answers[a].At)
		}
	}
}

// Oldest is the time of the oldest answer that is still in use, and false where none is known.
func (o *Offsets) Oldest() (at time.Time, known bool) {
	if o == nil {
		return at, false
	}
	for _, i := range slices.Compact(slices.Sorted(slices.Values(o.answer))) {
		if a := o.answers[i]; a.Why == "" && (!known || a.At.Before(at)) {
			at, known = a.At, true
		}
	}
	return at, known
}
