package metrics

import (
	"fmt"
	"net"
	"slices"
	"strconv"
	"time"
)

// A text page may be a Prometheus server's /federate in place of an exporter's own: its series have labels of the targets that the server
// scrapes, which may be several, other brokers', or another cluster's, and they have the times of the scrapes.

// targets are those of a reader's pages. A line holds the number of its target: its place in the list plus 1, 0 where the line has
// no label of a target, as those of an exporter.
type targets struct {
	list  []map[string]string
	byKey map[string]uint16
}

// maxTargets bounds them. The targets beyond it are taken for one.
const maxTargets = 1000

// target returns the number of the target that a series comes from.
func (r *reader) target(labels []label) uint16 {
	of, key := targetOf(labels, r.match)
	if key == "" {
		return 0
	}
	n, seen := r.targets.byKey[key]
	if !seen && len(r.targets.list) < maxTargets {
		r.targets.list = append(r.targets.list, of)
		n = uint16(len(r.targets.list))
		if r.targets.byKey == nil {
			r.targets.byKey = map[string]uint16{}
		}
		r.targets.byKey[key] = n
	}
	return n
}

// own notes that a page has a series from a target. Where it has it from another one too, they are rivals.
func (p *Page) own(place int32, target uint16) {
	if target == 0 && p.owners == nil || place < 0 {
		return
	}
	if p.owners == nil {
		p.owners = map[int32]uint16{}
	}
	switch owner, owned := p.owners[place]; {
	case !owned:
		p.owners[place] = target
	case owner != target:
		for _, t := range []uint16{owner, target} {
			if t > 0 && !slices.Contains(p.rivals, t) {
				p.rivals = append(p.rivals, t)
			}
		}
	}
}

// oneBroker returns an error if a page's figures may be those of several brokers, or if they are another one's.
func (r *reader) oneBroker(p *Page) error {
	if p.Others > 0 && p.kept == 0 {
		return fmt.Errorf("its %d series are of other brokers than %d, such as %s: is the address that of another broker?", p.Others, r.broker, p.other)
	}
	if len(p.rivals) < 2 {
		return nil
	}
	var rivals []*scrape
	for _, t := range p.rivals {
		rivals = append(rivals, &scrape{labels: r.targets.list[t-1]})
	}
	told := tellApart([][]*scrape{rivals})
	return fmt.Errorf("%w: say which in the address, as in /federate?match[]={%s}", told.err, told.matcher)
}

// foreign tells whether a series is of another broker than the reader's, by a label that holds an id, or a host that one broker has.
func (r *reader) foreign(labels []label) bool {
	if r.hosts == nil {
		return false
	}
	for _, name := range idLabels {
		for _, l := range labels {
			if l.name != name {
				continue
			}
			if id, err := strconv.ParseInt(l.value, 10, 32); err == nil {
				return int32(id) != r.broker
			}
		}
	}
	for _, name := range hostLabels {
		for _, l := range labels {
			if l.name != name {
				continue
			}
			host := l.value
			if h, _, err := net.SplitHostPort(host); err == nil {
				host = h
			}
			if ids := r.hosts[host]; len(ids) == 1 {
				return ids[0] != r.broker
			}
		}
	}
	return false
}

// maxTime bounds the times that are believed, in milliseconds since 1970: the year 5138.
const maxTime = 1e14

// scraped reads the time that follows a value: milliseconds, or seconds in OpenMetrics. A page is as old as its newest sample.
func (p *Page) scraped(s []byte, seconds bool) {
	s = trimLeft(s)
	end := 0
	for end < len(s) && !blank(s[end]) {
		end++
	}
	at, err := strconv.ParseFloat(view(s[:end]), 64)
	if err != nil || !(at > 0 && at < maxTime) { // an exemplar, or nothing
		return
	}
	if seconds {
		at *= 1000
	}
	if t := time.UnixMilli(int64(at)); t.After(p.Scraped) {
		p.Scraped = t
	}
}
