package metrics

import (
	"hash/maphash"
	"strconv"
)

// A reader reads one broker's pages, one after the other, and remembers what the lines of the last one stood for: most
// often a page has the same lines in the same order, and only their values have to be read. Whatever else it has is read
// anew, so that a page comes out as if nothing was remembered. It is not safe for concurrent use.
type reader struct {
	match *matcher
	index *index
	spare *Page // whose memory may be used again

	seed        maphash.Seed
	lines, next []line  // of the last page, and of this one so far
	expected    int     // the line of the last page that is expected next
	lineOf      []int32 // by place: the line of the last page that had it
	reread      int     // how many lines of this page had to be read anew
}

// line is what one line stands for, or several in a row of one name that isn't wanted.
type line struct {
	hash  uint64 // of its beginning; two lines in 2^64 share it
	place int32  // -1: not wanted
	end   uint16 // of that beginning: the name, and of a name that is wanted its labels
	shape shape
	sign  sign
}

// shape says what a line's beginning holds.
type shape uint8

const (
	nameOnly shape = 1 << iota // whose name isn't wanted, whatever its labels
	labelled                   // which ends with its labels
	addsUp                     // whose value is added to that of others
	kafkaName
)

// window is how many lines of the last page may be gone before one that is still there has to be read anew.
const window = 4

func newReader() *reader {
	return &reader{match: newMatcher(), index: newIndex(), seed: maphash.MakeSeed()}
}

func (r *reader) page() *Page {
	p := r.index.newPage(r.spare)
	r.spare, r.next, r.expected, r.reread = nil, r.next[:0], 0, 0
	return p
}

// done takes a page that was read to its end for the last one.
func (r *reader) done(p *Page) {
	r.lines, r.next = r.next, r.lines
	if len(r.index.keys) > 2*p.kept+1000 { // most of them are of clients that are gone
		r.index, r.lines, r.lineOf = newIndex(), nil, nil
	}
}

// release gives a page's memory back. Nobody may look at it any more.
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

// reuse takes a line in as it was understood the last time; false: it isn't the one that is expected.
func (r *reader) reuse(p *Page, s []byte) bool {
	for turn := r.expected; turn < min(r.expected+window, len(r.lines)); turn++ {
		l := &r.lines[turn]
		if !l.begins(s, r.seed) {
			continue
		}
		r.expected = turn
		if l.shape&nameOnly == 0 {
			r.expected++
		}
		if l.place >= 0 {
			value, ok := number(s[l.end:])
			if !ok {
				p.bad(s)
				return true
			}
			p.put(l.place, value, l.shape&addsUp != 0)
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

// rememberAs remembers a line that was read anew, of which s is the beginning.
func (r *reader) rememberAs(s []byte, l line) {
	l.hash, l.end = maphash.Bytes(r.seed, s), uint16(len(s))
	r.remember(l)
}

// expectAfter expects what came after that series in the last page.
func (r *reader) expectAfter(place int32) {
	if int(place) >= len(r.lineOf) {
		return
	}
	if was := int(r.lineOf[place]); was >= 0 && was < len(r.lines) && r.lines[was].place == place {
		r.expected = was + 1
	}
}

// number reads a value, behind which a time or an exemplar may follow.
func number(s []byte) (float64, bool) {
	s = trimLeft(s)
	end := 0
	for end < len(s) && !blank(s[end]) {
		end++
	}
	v, err := strconv.ParseFloat(view(s[:end]), 64) // also NaN, +Inf
	return v, err == nil
}
