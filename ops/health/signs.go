package health

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"kdeck/ops/format"
	"kdeck/ops/state"
)

// A Sign is one thing in a broker's metrics that is worse than it should be, and what mostly causes it.
type Sign struct {
	Severity state.Severity
	Sentence string
}

// Signs lists what in a broker's metrics points to a cause: threads first, then the phases of requests, then the disks.
func (p *Peers) Signs(m *state.BrokerMetrics) []Sign {
	var signs []Sign
	say := func(s state.Severity, format string, a ...any) {
		signs = append(signs, Sign{s, fmt.Sprintf(format, a...)})
	}
	bad := func(s state.Severity) bool { return s == state.SeverityCritical || s == state.SeverityWarning }
	if t, ok := m.Busiest(); ok && bad(Idle(t.Idle.Value)) {
		say(Idle(t.Idle.Value), "network thread %s idle %s%s, the mean %s: its clients wait", t, idle(t.Idle), alsoBusy(m, t), idle(m.NetworkIdle))
	}
	if s := p.Idle(m.ID, "network_idle", m.NetworkIdle); len(signs) == 0 && bad(s) {
		say(s, "network threads idle %s, peers %s: nearly all of their time is used", idle(m.NetworkIdle), idle(p.Median("network_idle")))
	}
	if s := p.Idle(m.ID, "handler_idle", m.HandlerIdle); bad(s) {
		say(s, "request handlers idle %s, peers %s: every request waits for one", idle(m.HandlerIdle), idle(p.Median("handler_idle")))
	}
	signs = append(signs, p.longPhases(m)...)
	if s := p.Figure(m.ID, "disk_read"); bad(s) {
		say(s, "disk reads %s, peers %s: somebody reads data that the page cache no longer holds",
			format.ByteRate(m.DiskRead.Value), format.ByteRate(p.Median("disk_read").Value))
	}
	if n := m.UnderMinISR; n.Known && n.Value > 0 {
		say(state.SeverityCritical, "%s that it leads %s fewer in sync than min.insync.replicas", format.Count(int(n.Value), "partition"), verb(int(n.Value), "has", "have"))
	}
	if s := AboveZero(m.ISRShrinks); bad(s) {
		say(s, "ISRs shrink %s times a second: followers of its partitions don't keep up", format.Short(m.ISRShrinks.Value))
	}
	return signs
}

func idle(r state.Reading[float64]) string { return format.Share(r.Or(math.NaN())) }

// alsoBusy names the other busy network threads.
func alsoBusy(m *state.BrokerMetrics, but state.Processor) string {
	text, more := "", 0
	for i := range m.Processors {
		t := &m.Processors[i]
		switch {
		case t.Listener == but.Listener && t.Number == but.Number || !t.Idle.Known || Idle(t.Idle.Value) == state.SeverityOK:
		case len(text) > 24:
			more++
		default:
			text += fmt.Sprintf(", %s idle %s", t.Number, idle(t.Idle))
		}
	}
	if more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// Phase is the severity of the time that a phase of a kind of request takes; "" where that isn't known.
func (p *Peers) Phase(kind string, ph state.Phase) state.Severity {
	of := p.phases[phaseOf{kind, ph.Name}]
	switch {
	case !ph.Mean.Known:
		return ""
	case p.Enough() && of.Known && meaning(ph.Name, kind) != "" && ph.Mean.Value >= of.Value*TimesLonger && ph.Mean.Value-of.Value >= LongerMS:
		return state.SeverityWarning
	}
	return state.SeverityOK
}

// longPhases lists the phases that take far longer than those of the peers, each with the kinds of requests in which it does.
func (p *Peers) longPhases(m *state.BrokerMetrics) []Sign {
	type long struct {
		phase, means string
		mean, of     float64
		kinds        []string
	}
	var all []long
	kinds := m.Kinds()
	for _, r := range kinds {
		for _, ph := range r.Phases {
			if p.Phase(r.Name, ph) != state.SeverityWarning {
				continue
			}
			of, means := p.phases[phaseOf{r.Name, ph.Name}], meaning(ph.Name, r.Name)
			i := slices.IndexFunc(all, func(l long) bool { return l.phase == ph.Name && l.means == means })
			if i < 0 {
				i = len(all)
				all = append(all, long{phase: ph.Name, means: means})
			}
			all[i].kinds = append(all[i].kinds, r.Name)
			if ph.Mean.Value > all[i].mean {
				all[i].mean, all[i].of = ph.Mean.Value, of.Value
			}
		}
	}
	var signs []Sign
	for _, l := range all {
		signs = append(signs, Sign{state.SeverityWarning, fmt.Sprintf("%s %sms, peers %sms, in %s: %s",
			l.phase, format.Millis(l.mean), format.Millis(l.of), someOf(l.kinds, len(kinds)), l.means)})
	}
	return signs
}

// someOf names the first of some kinds of requests; of is how many kinds there are.
func someOf(kinds []string, of int) string {
	switch {
	case len(kinds) > 3 && len(kinds)*5 >= of*4:
		return "nearly all requests"
	case len(kinds) > 3:
		return strings.Join(kinds[:2], ", ") + " and " + format.Count(len(kinds)-2, "kind") + " more"
	}
	return strings.Join(kinds, ", ")
}

// meaning says what is slow when a phase is long; "" where a long phase is normal, as the wait of a Fetch for new records.
func meaning(phase, kind string) string {
	fetch := strings.HasPrefix(kind, "Fetch")
	switch phase {
	case "request queue":
		return "they wait for a request handler"
	case "local":
		switch {
		case kind == "Produce":
			return "appending: disk, page cache, decompression, or one hot partition"
		case fetch:
			return "reading index or log that is in no page cache"
		}
		return "the broker's own work on them"
	case state.RemotePhase:
		if kind == "Produce" {
			return "a follower is slow (acks=all)"
		}
		return ""
	case "response queue":
		return "answers wait for their network thread"
	case "send":
		if fetch {
			return "reading from disk while sending, or a slow or far consumer"
		}
		return "a slow or far client, or the network"
	}
	return ""
}

// AllShown tells whether an exporter shows every metric that Signs goes by.
func AllShown(m *state.BrokerMetrics) bool {
	return len(m.Processors) > 0 && m.HandlerIdle.Known && m.DiskRead.Known && slices.ContainsFunc(m.Requests, func(r state.RequestKind) bool {
		return slices.ContainsFunc(r.Phases, func(p state.Phase) bool { return p.Mean.Known })
	})
}
