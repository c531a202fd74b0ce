package lag

import (
	"slices"
	"time"

	"kdeck/ops/state"
)

// RateOver is the time over which rates are counted.
const RateOver = time.Minute

// before is how long before the first look times are counted from, so that none is 0, which stands for never: groups are read before the ends are, and
// that takes its time.
const before = time.Hour

// Ends is what was seen over time of the ends of logs. It takes about 200 bytes a partition, however long it watches: what is old is kept
// more roughly. The zero value is ready. It is not safe for concurrent use.
type Ends struct {
	base   time.Time
	topics map[string]*topicEnds
}

// topicEnds are the logs of one topic, by number of the partition.
type topicEnds struct {
	id     [16]byte
	number []int32 // ascending
	logs   []curve
	seen   bool // in the look that is being added
}

// find returns where the partition with that number stands. Numbers run from 0 on, unless a broker answers nonsense.
func (t *topicEnds) find(number int32) (int, bool) {
	if int(number) < len(t.number) && t.number[number] == number {
		return int(number), true
	}
	return slices.BinarySearch(t.number, number)
}

// Add notes where logs end now, forgets the topics that the snapshot doesn't have any more, and sets in now what it knows of the rates.
func (e *Ends) Add(now *state.Offsets) {
	if e.topics == nil {
		e.topics = map[string]*topicEnds{}
	}
	var topic state.Topic
	var of *topicEnds
	now.Each(func(p state.Partition, offset int64, at time.Time) {
		if e.base.IsZero() {
			e.base = at.Add(-before)
		}
		if of == nil || p.Topic() != topic {
			topic = p.Topic()
			of = e.topic(topic)
		}
		if i, ok := of.find(p.ID()); ok {
			of.logs[i].add(e.ticks(at), offset)
			now.SetRate(p.Index(), of.logs[i].rate(RateOver))
			return
		}
		var c curve
		c.add(e.ticks(at), offset)
		i, _ := slices.BinarySearch(of.number, p.ID())
		of.number, of.logs = slices.Insert(of.number, i, p.ID()), slices.Insert(of.logs, i, c)
	})
	for name, t := range e.topics {
		if !t.seen {
			if _, ok := now.Snapshot().FindTopic(name); !ok {
				delete(e.topics, name)
			}
		}
		t.seen = false
	}
}

// topic returns the logs of a topic, which are none where it was made anew under its name.
func (e *Ends) topic(t state.Topic) *topicEnds {
	of := e.topics[t.Name()]
	if of == nil || of.id != t.ID() {
		_, n := t.Range()
		of = &topicEnds{id: t.ID(), number: make([]int32, 0, n), logs: make([]curve, 0, n)}
		e.topics[t.Name()] = of
	}
	of.seen = true
	return of
}

func (e *Ends) ticks(at time.Time) int32 { return int32(at.Sub(e.base) / tick) }

func (e *Ends) time(ticks float64) time.Time { return e.base.Add(time.Duration(ticks * float64(tick))) }

func (e *Ends) log(topic string, id [16]byte, partition int32) *curve {
	t := e.topics[topic]
	if t == nil || t.id != id {
		return nil
	}
	if i, ok := t.find(partition); ok {
		return &t.logs[i]
	}
	return nil
}

// Written returns when the record with that offset was written, as interpolated between two looks, and by how much that can be wrong. It is unknown
// where the record was there at the first look already: At is then the time of that look, and the record is older. It is unknown, with the
// zero time, where no look has shown the record.
func (e *Ends) Written(p state.Partition, offset int64) (at state.Reading[time.Time], wrong time.Duration) {
	c := e.log(p.Topic().Name(), p.Topic().ID(), p.ID())
	if c == nil || c.n == 0 {
		return state.Missing[time.Time]("its log wasn't looked at yet", time.Time{}, ""), 0
	}
	ticks, off, known := c.written(offset)
	last := e.time(float64(c.at[c.n-1]))
	switch {
	case known:
		return state.Read(e.time(ticks), last, "kdeck"), time.Duration(off * float64(tick))
	case offset >= c.off[c.n-1]:
		return state.Missing[time.Time]("it isn't written yet", time.Time{}, ""), 0
	}
	return state.Missing[time.Time]("it was written before kdeck looked", e.time(ticks), "kdeck"), 0
}

// Rate returns how many records a second were written to a partition over about [RateOver]; NaN where that takes another look.
func (e *Ends) Rate(p state.Partition) float64 {
	c := e.log(p.Topic().Name(), p.Topic().ID(), p.ID())
	if c == nil {
		return unknown
	}
	return c.rate(RateOver)
}
