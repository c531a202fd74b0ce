package metrics

import (
	"bytes"
	"hash/maphash"
	"strconv"
)

// A reader reads one broker's pages, one after the other, and remembers the meaning of the last page's lines. Usually a page has
// the same lines in the same order, and only their values have to be read. Other lines are read anew, so the result is the same
// as without memory. It is not safe for concurrent use.
type reader struct {
	match   *matcher
	index   *index
	targets targets
	help    help
	broker  int32              // the one that is read
	hosts   map[string][]int32 // which brokers have a host; nil: it isn't known
	seconds bool               // the page's times are seconds, as in OpenMetrics
	spare   *Page              // its memory may be reused

	seed        maphash.Seed
	lines, next []line  // of the last page, and of this one so far
	expected    int     // the line of the last page that is expected next
	lineOf      []int32 // by place: the line of the last page that had it
	reread      int     // how many lines of this page had to be read anew
	// familiar are the hashes of the beginnings of lines that the index has a place for, on whichever page they were.
	familiar map[uint64]struct{}

	// Of an answer of Jolokia: what the names of beans mean, and memory for the bean that is read.
	attributes    map[string]string
	metricNames   map[beanAttribute][]byte
	bean          []byte
	props, labels []label
}

// line is the meaning of one line, or of several successive lines with a name that isn't wanted.
type line struct {
	hash   uint64 // of its beginning
	place  int32  // -1: not wanted
	end    uint16 // the end of that beginning: of the name, or of the labels if the name is wanted
	target uint16
	help   Attr
	shape  shape
	sign   sign
}

// shape is a set of properties of a line.
type shape uint8

const (
	nameOnly shape = 1 << iota // its name isn't wanted, whatever its labels
	labelled                   // its beginning ends with its labels
	addsUp                     // its value is added to that of other lines
	kafkaName
	unclear  // its tags can't be told apart
	ofNoKind // and it is one that doesn't tell its kind of quota
	foreign  // it is of another broker
	byHelp   // the page's help may say of which attribute it is
)

// window is how many lines of the last page may be gone before one that is still there has to be read anew.
const window = 4

func newReader() *reader {
	return &reader{match: newMatcher(), index: newIndex(), seed: maphash.MakeSeed(),
		familiar: map[uint64]struct{}{}, attributes: map[string]string{}, metricNames: map[beanAttribute][]byte{}}
}

// in makes the reader share a room with those of other brokers.
func (r *reader) in(room *room) *reader {
	r.index.room = room
	return r
}

func (r *reader) page() *Page {
	p := r.index.newPage(r.spare)
	r.spare, r.next, r.expected, r.reread = nil, r.next[:0], 0, 0
	return p
}

// done makes a page that was read to its end the last one.
func (r *reader) done(p *Page) {
	r.lines, r.next = r.next, r.lines
	if len(r.index.keys) > 2*p.kept+1000 { // most of them are of clients that are gone
		room := r.index.room
		room.free(r.index.taken, r.index.takenTopics)
		r.index, r.lines, r.lineOf, r.familiar = newIndex(), nil, nil, map[uint64]struct{}{}
		r.index.room = room
	}
}

// wantTopics says whether series of single topics are kept. What the last page's lines mean is found out anew where that changes.
func (r *reader) wantTopics(want bool) {
	if r.match.topics != want {
		r.match.topics, r.lines = want, nil
	}
}

// release makes a page's memory available for reuse. The page must not be used any more.
func (r *reader) release(p *Page) { r.spare = p }

// begins tells whether s begins as the line did.
func (l *line) begins(s []byte, seed maphash.Seed) bool {
	end := int(l.end)
	if end >= len(s) {
		return false
	}
	switch c := s[end]; {
	case l.shape&labelled != 0:
		if s[end-1] != '}' {
			return false
		}
	case !blank(c) && (c != '{' || l.shape&nameOnly == 0):
		return false
	}
	return maphash.Bytes(seed, s[:end]) == l.hash
}

// reuse reads a line by its meaning on the last page. It returns false if the line isn't one of the expected ones.
func (r *reader) reuse(p *Page, s []byte) bool {
	for turn := r.expected; turn < min(r.expected+window, len(r.lines)); turn++ {
		l := &r.lines[turn]
		if !l.begins(s, r.seed) || l.shape&byHelp != 0 && l.help != r.help.attribute(nameOf(s)) {
			continue
		}
		r.expected = turn
		if l.shape&nameOnly == 0 {
			r.expected++
		}
		if l.place >= 0 {
			value, rest, ok := number(s[l.end:])
			if !ok {
				p.bad(s)
				return true
			}
			p.own(l.place, l.target)
			p.set(l.place, value, l.shape&addsUp != 0, s[:l.end])
			if len(rest) > 0 {
				p.scraped(rest, r.seconds)
			}
		} else if l.shape&unclear != 0 {
			why := swallowed
			if l.shape&ofNoKind != 0 {
				why = kindless
			}
			p.swallow(s[:l.end], why)
		} else if l.shape&foreign != 0 {
			p.skip(s[:l.end])
		}
		if l.shape&kafkaName != 0 {
			p.Kafka++
		}
		p.signs |= l.sign
		r.remember(*l)
		return true
	}
	r.reread++
	return false
}

// remember appends a line to those of this page.
func (r *reader) remember(l line) {
	n := len(r.next)
	if l.shape&nameOnly != 0 && n > 0 && r.next[n-1] == l || n >= maxSeries {
		return
	}
	if l.place >= 0 {
		for int(l.place) >= len(r.lineOf) {
			r.lineOf = append(r.lineOf, -1)
		}
		r.lineOf[l.place] = int32(n)
	}
	r.next = append(r.next, l)
}

// rememberAs remembers the meaning of a line that was read anew. s is its beginning.
func (r *reader) rememberAs(s []byte, l line) {
	l.hash, l.end = maphash.Bytes(r.seed, s), uint16(len(s))
	if l.place >= 0 && len(r.familiar) < 2*maxSeries {
		r.familiar[l.hash] = struct{}{}
	}
	r.remember(l)
}

// expectAfter makes the line that followed a series on the last page the expected one.
func (r *reader) expectAfter(place int32) {
	if int(place) >= len(r.lineOf) {
		return
	}
	if was := int(r.lineOf[place]); was >= 0 && was < len(r.lines) && r.lines[was].place == place {
		r.expected = was + 1
	}
}

// strange tells whether a line of a client is none of those that are kept. It finds that out by the line's beginning alone, so that
// the lines beyond the room cost little.
func (r *reader) strange(s []byte) bool {
	end := bytes.LastIndexByte(s, '}') + 1 // behind it stand a value and times; an exemplar has braces, and clients' series have none
	if end == 0 {
		return false
	}
	_, familiar := r.familiar[maphash.Bytes(r.seed, s[:end])]
	return !familiar
}

// number reads a value, which a timestamp or an exemplar may follow.
func number(s []byte) (v float64, rest []byte, ok bool) {
	s = trimLeft(s)
	end := 0
	for end < len(s) && !blank(s[end]) {
		end++
	}
	v, err := strconv.ParseFloat(view(s[:end]), 64) // also NaN, +Inf
	return v, s[end:], err == nil
}
