package metrics

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unsafe"
)

const (
	// maxPage bounds the bytes of a page, decompressed. The largest page seen in use had a few dozen MB.
	maxPage = 256 << 20
	maxLine = 64 << 10
)

// Page holds the wanted series of one broker, from one page of its exporter or from another source.
type Page struct {
	At   time.Time // when its answer began
	From string    // the address that it came from

	Lines    int    // that hold a sample
	Kafka    int    // of these, lines whose name begins with kafka_
	Bad      int    // lines that can't be understood; they are skipped
	FirstBad string // how the first of them begins
	// Swallowed are lines of clients whose tags rules wrote into one label, so that they can't be told apart, or whose kind of quota they
	// left out.
	Swallowed int
	Others    int       // lines of other brokers, which are skipped
	Scraped   time.Time // of the newest sample, where the page tells it
	signs     sign

	swallowed string // the first of those series, and why it can't be told what it is of
	unclear   Attr
	other     string // the first series of another broker

	absurd  map[int32]bool   // by place: its value can't be, such as an infinity
	clashed map[int32]bool   // by place: several series have it, with different values; nil where none does
	owners  map[int32]uint16 // by place: the target that it is from; nil where no series has labels of a target
	rivals  []uint16         // targets that have the same series

	index *index
	left  int // series that there was no room for, but those of topics

	leftTopics int       // series of topics that there was no room for
	cut        error     // why there may be more series of clients; nil: the page was read to its end
	values     []float64 // by place in the index
	has        []bool    // which of them the page had
	kept       int
}

// Approximate tells whether the exporter's rules wrote tags into names, in lower case, so that users and client ids may
// not be what they seem.
func (p *Page) Approximate() bool { return p.signs&signMangled != 0 }

// errNotMetrics is a page that isn't in Prometheus' text format.
var errNotMetrics = errors.New("it answers with something else than metrics")

// text reads a page in Prometheus' classic text format or in OpenMetrics, and keeps the wanted series. Lines that can't be
// understood are skipped. complete says that the page must end with "# EOF", as OpenMetrics does.
func (r *reader) text(body io.Reader, complete bool) (*Page, error) {
	p := r.page()
	r.seconds = complete
	limited := &io.LimitedReader{R: body, N: maxPage + 1}
	lines := bufio.NewReaderSize(limited, maxLine)
	ended, first := false, ""
	var labels []label
	for {
		line, err := lines.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			p.Lines++
			p.bad(line)
			for errors.Is(err, bufio.ErrBufferFull) {
				_, err = lines.ReadSlice('\n')
			}
			line = nil
		}
		if limited.N == 0 {
			return nil, fmt.Errorf("its page is larger than %d MB: given up", maxPage>>20)
		}
		line = bytes.TrimSpace(line)
		switch {
		case len(line) == 0:
		case line[0] == '<' && p.Lines == 0:
			return nil, fmt.Errorf("%w: %.40q", errNotMetrics, line)
		case line[0] == '#':
			ended = ended || string(line) == "# EOF"
			r.help.read(line)
		default:
			p.Lines++
			if !r.reuse(p, line) {
				labels = r.line(p, line, labels[:0])
			}
			if p.Kafka == 1 && first == "" {
				first = string(nameOf(line))
			}
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, fmt.Errorf("its page is cut short after %d lines", p.Lines)
		}
		if err != nil {
			return nil, fmt.Errorf("its page can't be read on after %d lines: %w", p.Lines, err)
		}
		if p.Bad > 1000 && p.Bad > p.Lines/2 {
			return nil, fmt.Errorf("%w: line %q and %d more", errNotMetrics, p.FirstBad, p.Bad-1)
		}
	}
	switch {
	case complete && !ended:
		return nil, fmt.Errorf("its page is cut short after %d lines: OpenMetrics without # EOF", p.Lines)
	case p.Lines == p.Bad:
		return nil, fmt.Errorf("%w: not one line with a sample", errNotMetrics)
	case p.Kafka == 0:
		return nil, fmt.Errorf("its %d series are not Kafka's: no name begins with kafka_", p.Lines-p.Bad)
	case p.kept+p.Others+p.Swallowed == 0:
		return nil, fmt.Errorf("none of its %d series of Kafka, such as %s, is one that a broker's own exporter has: "+
			"kafka_exporter and kminion ask brokers over the protocol, as kdeck does itself", p.Kafka, first)
	}
	r.done(p)
	if err := r.oneBroker(p); err != nil {
		return nil, err
	}
	return p, nil
}

func (p *Page) bad(line []byte) {
	if p.Bad++; p.Bad == 1 {
		p.FirstBad = string(line[:min(len(line), 80)])
	}
}

// swallow counts a series of which can't be told what client or what kind of quota it is of.
func (p *Page) swallow(series []byte, why Attr) {
	if p.Swallowed++; p.swallowed == "" {
		p.swallowed, p.unclear = string(series[:min(len(series), 200)]), why
	}
}

// skip counts a series of another broker.
func (p *Page) skip(series []byte) {
	if p.Others++; p.other == "" {
		p.other = string(series[:min(len(series), 200)])
	}
}

var kafkaPrefix = []byte("kafka_")

// line reads one sample without the memory of the last page, and remembers its meaning. The memory of the labels is reused for the
// next line.
func (r *reader) line(p *Page, s []byte, labels []label) []label {
	end := 0
	for end < len(s) && s[end] != '{' && !blank(s[end]) {
		end++
	}
	if end == 0 || end == len(s) {
		p.bad(s)
		return labels
	}
	name, rest := s[:end], s[end:]
	if !bytes.HasPrefix(name, kafkaPrefix) { // series of others are counted, but not read
		if validName(name) {
			r.rememberAs(name, line{place: -1, shape: nameOnly})
		} else {
			p.bad(s)
		}
		return labels
	}
	f, wanted := r.match.known(name)
	if !wanted {
		p.Kafka++
		r.rememberAs(name, line{place: -1, shape: nameOnly | kafkaName})
		return labels
	}
	if (f.metric >= ProduceRate || f.byResource != nil) && r.index.full() && r.strange(s) {
		p.Kafka++
		p.left++
		return labels
	}
	l := line{place: -1, shape: kafkaName, sign: f.sign}
	if f.guessed {
		l.shape, l.help = l.shape|byHelp, r.help.attribute(name)
		if f.shape == meter && l.help != untold || l.help == Mean || l.help == skipped { // of a histogram's percentiles the labels tell
			f.attr = l.help
		}
	}
	if rest[0] == '{' {
		var ok bool
		if labels, rest, ok = scanLabels(rest[1:], labels); !ok {
			p.bad(s)
			return labels
		}
		l.shape |= labelled
	}
	beginning := s[:len(s)-len(rest)]
	if r.foreign(labels) {
		p.Kafka++
		p.skip(beginning)
		l.shape |= foreign
		r.rememberAs(beginning, l)
		return labels
	}
	target := r.target(labels)
	k, sum, ok := r.match.keyOf(name, f, labels)
	if !ok {
		p.Kafka++
		p.signs |= f.sign
		if k.Attr == swallowed || k.Attr == kindless {
			p.swallow(beginning, k.Attr)
			l.shape |= unclear
			if k.Attr == kindless {
				l.shape |= ofNoKind
			}
		}
		r.rememberAs(beginning, l)
		return labels
	}
	value, rest, ok := number(rest)
	if !ok {
		p.bad(s)
		return labels
	}
	if len(rest) > 0 {
		p.scraped(rest, r.seconds)
	}
	p.Kafka++
	p.signs |= f.sign
	if k.Attr == meanOrCount { // its meaning depends on the value: not remembered
		place := r.index.place(k.resolveMeter(value))
		p.own(place, target)
		p.set(place, value, sum, beginning)
		return labels
	}
	if r.index.counted(k) {
		r.rememberAs(beginning, l)
		return labels
	}
	l.place = r.index.place(k)
	if l.place < 0 {
		p.leave(k.Metric)
		return labels
	}
	if _, again := p.at(l.place); !again {
		r.expectAfter(l.place)
	}
	if sum {
		l.shape |= addsUp
	}
	l.target = target
	p.own(l.place, target)
	p.set(l.place, value, sum, beginning)
	r.rememberAs(beginning, l)
	return labels
}

// add adds a series whose labels don't come from a line.
func (p *Page) add(name []byte, m *matcher, f form, labels []label, value float64) {
	k, sum, ok := m.key(name, f, labels)
	if !ok {
		return
	}
	place := p.index.place(k.resolveMeter(value))
	if place < 0 {
		p.leave(k.Metric)
		return
	}
	p.put(place, value, sum)
}

func blank(c byte) bool { return c == ' ' || c == '\t' }

func trimLeft(s []byte) []byte {
	for len(s) > 0 && blank(s[0]) {
		s = s[1:]
	}
	return s
}

func validName(name []byte) bool {
	for i, c := range name {
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' || c == ':'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return true
}

// scanLabels reads k="v",… up to the closing brace.
func scanLabels(s []byte, labels []label) (_ []label, rest []byte, ok bool) {
	for {
		for len(s) > 0 && (s[0] == ',' || blank(s[0])) {
			s = s[1:]
		}
		if len(s) > 0 && s[0] == '}' {
			return labels, s[1:], true
		}
		eq := bytes.IndexByte(s, '=')
		if eq <= 0 {
			return labels, nil, false
		}
		name := s[:eq]
		s = trimLeft(s[eq+1:])
		if len(s) == 0 || s[0] != '"' {
			return labels, nil, false
		}
		s = s[1:]
		end := 0
		for end < len(s) && s[end] != '"' && s[end] != '\\' {
			end++
		}
		if end == len(s) {
			return labels, nil, false
		}
		value := view(s[:end])
		if s[end] == '\\' {
			if value, end = unescape(s); end < 0 {
				return labels, nil, false
			}
		}
		labels = append(labels, label{view(name), value})
		s = s[end+1:]
	}
}

// unescape reads a value with backslashes up to its closing quote. end is the position of that; -1: there is none.
func unescape(s []byte) (value string, end int) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '"':
			return b.String(), i
		case '\\':
			if i++; i == len(s) {
				return "", -1
			}
			switch s[i] {
			case 'n':
				b.WriteByte('\n')
			default: // \\ and \"
				b.WriteByte(s[i])
			}
		default:
			b.WriteByte(s[i])
		}
	}
	return "", -1
}

// view returns a string that shares the bytes of s: it is valid only as long as the line is.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
