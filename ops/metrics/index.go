package metrics

import (
	"cmp"
	"iter"
	"math"
	"slices"
	"strings"
)

// An index gives each series of one broker a number, its place, so that a page holds only values. It never shrinks, because the
// pages in use share it.
type index struct {
	places  map[Key]int32
	keys    []Key
	of      [metrics][]int32 // places by metric, in the order in which they were given
	clients clients
	topics  topics

	room        *room // of the pages of all brokers
	taken       int   // of that room, by clients
	takenTopics int
}

func newIndex() *index { return &index{places: map[Key]int32{}} }

// full tells whether there is no room for one more series of a client.
func (x *index) full() bool { return x.taken >= maxClientSeries || x.room.full() }

// place returns the place of a series, -1 where there is no room for it.
func (x *index) place(k Key) int32 {
	if place, ok := x.places[k]; ok {
		return place
	}
	switch {
	case k.Metric.ofClient():
		if x.taken >= maxClientSeries || !x.room.take() { // not full(): others take from the room at the same time
			return -1
		}
		x.taken++
	case k.Metric.ofTopic():
		if x.takenTopics >= maxTopicSeries || !x.room.takeTopic() {
			return -1
		}
		x.takenTopics++
	case len(x.keys)-x.taken-x.takenTopics >= maxOwnSeries:
		return -1
	}
	k.Tags[0], k.Tags[1] = strings.Clone(k.Tags[0]), strings.Clone(k.Tags[1]) // they point into the line
	place := int32(len(x.keys))
	x.places[k] = place
	x.keys = append(x.keys, k)
	x.of[k.Metric] = append(x.of[k.Metric], place)
	return place
}

// clientsIn counts the series of clients that a page has.
func (x *index) clientsIn(p *Page) (n int) {
	for m := range Metric(metrics) {
		if m.ofClient() {
			for _, place := range x.of[m] {
				if _, has := p.at(place); has {
					n++
				}
			}
		}
	}
	return n
}

// newPage returns an empty page. It reuses the memory of old, a page that is no longer needed, or nil.
func (x *index) newPage(old *Page) *Page {
	p := &Page{index: x, absurd: map[int32]bool{}}
	if old != nil && old.index == x {
		clear(old.has)
		p.values, p.has = old.values, old.has
	}
	return p
}

// leave counts a series that there is no room for.
func (p *Page) leave(m Metric) {
	if m.ofTopic() {
		p.leftTopics++
	} else {
		p.left++
	}
}

// put stores a series' value, or adds it to the value that is there.
func (p *Page) put(place int32, value float64, sum bool) {
	if place < 0 {
		p.left++
		return
	}
	if n := len(p.index.keys); int(place) >= len(p.has) {
		p.values = slices.Grow(p.values, n-len(p.values))[:n]
		p.has = append(p.has, make([]bool, n-len(p.has))...)
	}
	if p.has[place] && sum {
		value += p.values[place]
	}
	if !p.has[place] {
		p.kept++
	}
	if !possible(p.index.keys[place].Metric, value) {
		p.absurd[place], value = true, math.NaN()
	}
	p.values[place], p.has[place] = value, true
}

// maxFigure bounds the figures that are believed: no counter of a Java process holds more than a long.
const maxFigure = 1 << 63

// possible tells whether a broker can measure that, NaN included, which Kafka shows where there is nothing to measure. Only a bucket
// of tokens can hold less than nothing; Kafka shows -1 where it can't read the disk's counters (LinuxIoMetricsCollector).
func possible(m Metric, v float64) bool {
	return math.IsNaN(v) || v < maxFigure && v >= 0 || m == MutationTokens && v > -maxFigure
}

// set stores the value of a series that a page has once, or adds it up. Where it comes again with another value, rules have given several
// beans one name, and which of them is meant is unknown.
func (p *Page) set(place int32, value float64, sum bool, series []byte) {
	if was, again := p.at(place); again && !sum && was != value && !(math.IsNaN(was) && math.IsNaN(value)) || p.clashed[place] {
		if p.clashed == nil {
			p.clashed = map[int32]bool{}
		}
		if p.clashed[place] = true; p.index.keys[place].Metric >= ProduceRate {
			p.swallow(series, clashing)
		}
		value = math.NaN()
	}
	p.put(place, value, sum)
}

func (p *Page) at(place int32) (float64, bool) {
	if place < 0 || int(place) >= len(p.has) || !p.has[place] {
		return 0, false
	}
	return p.values[place], true
}

// Value returns the value of a series; ok is false if the page doesn't have it.
func (p *Page) Value(k Key) (v float64, ok bool) {
	place, ok := p.index.places[k]
	if !ok {
		return 0, false
	}
	return p.at(place)
}

// Kept returns how many series of the page were kept.
func (p *Page) Kept() int { return p.kept }

// Of iterates over all series of a metric.
func (p *Page) Of(m Metric) iter.Seq2[Key, float64] {
	return func(yield func(Key, float64) bool) {
		for _, place := range p.index.of[m] {
			if v, ok := p.at(place); ok && !yield(p.index.keys[place], v) {
				return
			}
		}
	}
}

// lacks tells whether the page has no series of a metric.
func (p *Page) lacks(m Metric) bool {
	for range p.Of(m) {
		return false
	}
	return true
}

// overlaps tells whether the pages have a series in common.
func (p *Page) overlaps(o *Page) bool {
	for place, k := range p.index.keys {
		if _, has := p.at(int32(place)); has {
			if _, both := o.Value(k); both {
				return true
			}
		}
	}
	return false
}

// take adds the series of a page that doesn't overlap this one.
func (p *Page) take(o *Page) {
	for place, k := range o.index.keys {
		if v, has := o.at(int32(place)); has {
			p.put(p.index.place(k), v, false)
		}
	}
	if o.At.After(p.At) {
		p.At = o.At
	}
	p.Lines, p.Kafka, p.Bad, p.signs = p.Lines+o.Lines, p.Kafka+o.Kafka, p.Bad+o.Bad, p.signs|o.signs
	p.FirstBad = cmp.Or(p.FirstBad, o.FirstBad)
	p.Swallowed, p.left = p.Swallowed+o.Swallowed, p.left+o.left
	if p.swallowed == "" {
		p.swallowed, p.unclear = o.swallowed, o.unclear
	}
}
