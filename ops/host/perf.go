package host

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"

	"kdeck/ops/state"
)

// counters are the JVM's own counters, a file that it maps and that jstat reads (jdk.internal.perf, version 2.0). Reading them stops nobody.
type counters struct {
	f       Held
	order   binary.ByteOrder
	at      map[string]int64 // of the longs that are read again and again
	second  float64          // ticks a second
	java    string
	gc      []string // the names under sun.gc.collector
	gcNames map[string]string
}

// maxCounters bounds the file: it has 32 kB by default (-XX:PerfDataMemorySize).
const maxCounters = 4 << 20

var errNoCounters = errors.New("the JVM keeps no counters that can be read: it runs with -XX:-UsePerfData or -XX:+PerfDisableSharedMem, or its /tmp is another one")

// openCounters finds and reads the counters of a JVM.
func (s *System) openCounters(p *Process) (*counters, error) {
	tmp := proc(p.PID, "root", "tmp")
	entries, err := s.list(tmp)
	if err != nil && !gone(err) {
		return nil, err
	}
	var last error
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), "hsperfdata_") {
			continue
		}
		f, err := s.open(path.Join(tmp, e.Name(), strconv.Itoa(p.Inner)))
		if err != nil {
			if denied(err) {
				last = err
			}
			continue
		}
		c, err := readCounters(f)
		if err == nil {
			return c, nil
		}
		f.Close()
		last = err
	}
	if last != nil {
		return nil, last
	}
	return nil, errNoCounters
}

func readCounters(f Held) (*counters, error) {
	b, err := io.ReadAll(io.NewSectionReader(f, 0, maxCounters))
	if err != nil {
		return nil, err
	}
	if len(b) < 32 || binary.BigEndian.Uint32(b) != 0xcafec0c0 {
		return nil, errors.New("the file of the JVM's counters has another format")
	}
	c := &counters{f: f, order: binary.ByteOrder(binary.BigEndian), at: map[string]int64{}, gcNames: map[string]string{}}
	if b[4] == 1 {
		c.order = binary.LittleEndian
	}
	if b[5] != 2 {
		return nil, fmt.Errorf("the JVM's counters have version %d.%d, and 2.0 is known", b[5], b[6])
	}
	at, n := int(c.order.Uint32(b[24:])), int(c.order.Uint32(b[28:]))
	for range n {
		if at < 32 || at+20 > len(b) {
			break
		}
		length, name, units := int(c.order.Uint32(b[at:])), int(c.order.Uint32(b[at+4:])), int(c.order.Uint32(b[at+8:]))
		kind, data := b[at+12], int(c.order.Uint32(b[at+16:]))
		if length < 20 || length > len(b)-at || name < 20 || name >= length || data < 20 || data >= length || units < 0 {
			break
		}
		e := b[at : at+length]
		key, _, _ := bytes.Cut(e[name:], []byte{0})
		switch {
		case kind == 'J' && units == 0 && data+8 <= length:
			c.at[string(key)] = int64(at + data)
		case kind == 'B' && units <= length-data:
			text, _, _ := bytes.Cut(e[data:data+units], []byte{0})
			c.text(string(key), string(text))
		}
		at += length
	}
	if hz, ok := c.long("sun.os.hrt.frequency"); ok && hz > 0 {
		c.second = float64(hz)
	} else {
		return nil, errors.New("the JVM's counters don't say how long a tick is")
	}
	for name := range c.at {
		if rest, ok := strings.CutPrefix(name, "sun.gc.collector."); ok && strings.HasSuffix(rest, ".time") {
			c.gc = append(c.gc, strings.TrimSuffix(rest, ".time"))
		}
	}
	slices.Sort(c.gc)
	return c, nil
}

func (c *counters) text(key, value string) {
	if key == "java.property.java.version" {
		c.java = value
	}
	if rest, ok := strings.CutPrefix(key, "sun.gc.collector."); ok && strings.HasSuffix(rest, ".name") {
		c.gcNames[strings.TrimSuffix(rest, ".name")] = value
	}
}

// long reads one counter.
func (c *counters) long(name string) (int64, bool) {
	at, ok := c.at[name]
	if !ok {
		return 0, false
	}
	var b [8]byte
	if _, err := c.f.ReadAt(b[:], at); err != nil {
		return 0, false
	}
	return int64(c.order.Uint64(b[:])), true
}

// stops are the counters of safepoints at a moment.
type stops struct{ count, ticks, sync int64 }

func (c *counters) stops() (s stops, ok bool) {
	var ok1, ok2, ok3 bool
	s.count, ok1 = c.long("sun.rt.safepoints")
	s.ticks, ok2 = c.long("sun.rt.safepointTime")
	s.sync, ok3 = c.long("sun.rt.safepointSyncTime")
	return s, ok1 && ok2 && ok3
}

// collected are the counters of each collector at a moment.
func (c *counters) collected() (all []state.Collector) {
	for _, id := range c.gc {
		ticks, _ := c.long("sun.gc.collector." + id + ".time")
		n, _ := c.long("sun.gc.collector." + id + ".invocations")
		name := c.gcNames[id]
		if name == "" {
			name = "collector " + id
		}
		all = append(all, state.Collector{Name: name, Collections: n, Share: float64(ticks) / c.second}) // seconds, for now
	}
	return all
}

// pauses follows the counters through a look.
type pauses struct {
	c           *counters
	first, last stops
	collected   []state.Collector
	worst, sync int64 // ticks
}

func (c *counters) follow() (*pauses, bool) {
	s, ok := c.stops()
	if !ok {
		return nil, false
	}
	return &pauses{c: c, first: s, last: s, collected: c.collected()}, true
}

// look reads the counters once more: what was added since the last time is the length of the pauses that ended meanwhile.
func (p *pauses) look() {
	s, ok := p.c.stops()
	if !ok {
		return
	}
	p.worst, p.sync = max(p.worst, s.ticks+s.sync-p.last.ticks-p.last.sync), max(p.sync, s.sync-p.last.sync)
	p.last = s
}

// over sums up a look that took so many seconds.
func (p *pauses) over(seconds float64) state.Pauses {
	p.look()
	share := func(ticks int64) float64 { return min(1, max(0, float64(ticks)/p.c.second/seconds)) }
	out := state.Pauses{
		Safepoints: p.last.count - p.first.count, Share: share(p.last.ticks - p.first.ticks), SyncShare: share(p.last.sync - p.first.sync),
		Worst: float64(p.worst) / p.c.second * 1000, WorstSync: float64(p.sync) / p.c.second * 1000, Collectors: []state.Collector{},
	}
	// safepointTime counts from when all threads have stopped, and safepointSyncTime is the time before (RuntimeService::record_safepoint_end).
	out.Share = min(1, out.Share+out.SyncShare)
	out.ThreadsLive, _ = p.c.long("java.threads.live")
	for i, now := range p.c.collected() {
		was := p.collected[i]
		out.Collectors = append(out.Collectors, state.Collector{Name: now.Name, Collections: now.Collections - was.Collections, Share: min(1, max(0, (now.Share-was.Share)/seconds))})
	}
	return out
}
