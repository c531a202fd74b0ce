package brokers

import (
	"fmt"
	"slices"
	"strings"

	"kdeck/ops/format"
	"kdeck/ops/state"
	"kdeck/ops/view"
	"kdeck/ui/cell"
	"kdeck/ui/pane"
)

// sign is one thing in a broker's metrics that isn't as it is elsewhere, and what that mostly means.
type sign struct {
	style cell.Style
	text  string
}

// A phase is long where it takes many times what it takes the median of the peers, and by so many ms at the least.
const (
	timesLonger = 3
	longer      = 5
)

// enoughPeers is how many brokers it takes for a median to say what is normal.
const enoughPeers = 3

// signsOf are what points to a cause, what is worst first: threads, then the phases of requests, then the disks.
func signsOf(m *state.BrokerMetrics, p *pane.Peers) []sign {
	var signs []sign
	say := func(style cell.Style, format string, a ...any) {
		signs = append(signs, sign{style, fmt.Sprintf(format, a...)})
	}
	if t, ok := m.Busiest(); ok && pane.FloorLook(t.Idle.Value) != cell.Plain {
		say(pane.FloorLook(t.Idle.Value), "network thread %s idle %s%s, the mean %s: who is connected to it waits", view.ThreadName(t), pane.Idle(t.Idle), alsoBusy(m, t), pane.Idle(m.NetworkIdle))
	}
	if style := p.IdleLook(m.ID, "network_idle", m.NetworkIdle); len(signs) == 0 && m.NetworkIdle.Known && style != cell.Plain {
		say(style, "network threads idle %s, peers %s: nearly all of their time is used", pane.Idle(m.NetworkIdle), pane.Idle(p.Network))
	}
	if style := p.IdleLook(m.ID, "handler_idle", m.HandlerIdle); m.HandlerIdle.Known && style != cell.Plain {
		say(style, "request handlers idle %s, peers %s: every request waits for one", pane.Idle(m.HandlerIdle), pane.Idle(p.Handlers))
	}
	signs = append(signs, longPhases(m, p)...)
	if p.Look(m.ID, "disk_read") == cell.Warning {
		say(cell.Warning, "disk reads %s, peers %s: somebody reads what the page cache holds no more", pane.Rate(m.DiskRead), pane.Rate(p.Read))
	}
	if m.UnderMinISR.Known && m.UnderMinISR.Value > 0 {
		say(cell.Critical, "%s of its leaders below min.insync.replicas", format.Count(int(m.UnderMinISR.Value), "partition"))
	}
	if m.ISRShrinks.Known && m.ISRShrinks.Value > 0 {
		say(cell.Warning, "ISRs shrink %s times a second: followers of its partitions don't keep up", pane.Rounded(m.ISRShrinks))
	}
	return signs
}

// alsoBusy names the other busy network threads.
func alsoBusy(m *state.BrokerMetrics, but state.Processor) string {
	text, more := "", 0
	for i := range m.Processors {
		t := &m.Processors[i]
		switch {
		case t.Listener == but.Listener && t.Number == but.Number || !t.Idle.Known || pane.FloorLook(t.Idle.Value) == cell.Plain:
		case len(text) > 24:
			more++
		default:
			text += fmt.Sprintf(", %s idle %s", t.Number, pane.Idle(t.Idle))
		}
	}
	if more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// longPhase tells whether a phase takes far longer than that of the peers, and not by its nature.
func longPhase(p *pane.Peers, kind string, ph state.Phase) bool {
	of := p.Phases[pane.PhaseOf{Kind: kind, Phase: ph.Name}]
	return p.Brokers >= enoughPeers && ph.Mean.Known && of.Known && meaning(ph.Name, kind) != "" &&
		ph.Mean.Value >= of.Value*timesLonger && ph.Mean.Value-of.Value >= longer
}

// longPhases are the phases that take far longer than those of the peers, with the kinds of requests that they are long
// for.
func longPhases(m *state.BrokerMetrics, p *pane.Peers) []sign {
	type long struct {
		phase, means string
		mean, of     float64
		kinds        []string
	}
	var all []long
	kinds := kindsOf(m)
	for _, r := range kinds {
		for _, ph := range r.Phases {
			if !longPhase(p, r.Name, ph) {
				continue
			}
			of, means := p.Phases[pane.PhaseOf{Kind: r.Name, Phase: ph.Name}], meaning(ph.Name, r.Name)
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
	var signs []sign
	for _, l := range all {
		signs = append(signs, sign{cell.Warning, fmt.Sprintf("%s %sms, peers %sms, in %s: %s",
			l.phase, pane.Millis(pane.Known(l.mean)), pane.Millis(pane.Known(l.of)), someOf(l.kinds, len(kinds)), l.means)})
	}
	return signs
}

// someOf names kinds of requests of so many.
func someOf(kinds []string, of int) string {
	switch {
	case len(kinds) > 3 && len(kinds)*5 >= of*4:
		return "nearly all requests"
	case len(kinds) > 3:
		return strings.Join(kinds[:2], ", ") + " and " + format.Count(len(kinds)-2, "kind") + " more"
	}
	return strings.Join(kinds, ", ")
}

// meaning says who is slow where a phase is long; "" where it is long by nature, as the wait of a Fetch for new records is.
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
	case "remote":
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

// kindsOf are the kinds of requests that there are any of, those of producers, consumers and followers first, then by
// about how many there are. Fetch is left out where the two that it consists of are known.
func kindsOf(m *state.BrokerMetrics) []*state.RequestKind {
	var kinds []*state.RequestKind
	split := m.Kind("FetchConsumer") != nil
	for i := range m.Requests {
		if r := &m.Requests[i]; (r.Name != "Fetch" || !split) && (!r.Rate.Known || r.Rate.Value > 0) {
			kinds = append(kinds, r)
		}
	}
	first := []string{"Produce", "FetchConsumer", "FetchFollower", "Fetch"}
	place := func(r *state.RequestKind) int {
		if i := slices.Index(first, r.Name); i >= 0 {
			return i
		}
		n := 1000
		for v := r.Rate.Value; v > 1; v /= 4 { // what changes from look to look is not to change the order
			n--
		}
		return n
	}
	slices.SortStableFunc(kinds, func(a, b *state.RequestKind) int { return place(a) - place(b) })
	return kinds
}

// describeSigns writes the signs, or that there are none.
func describeSigns(to *pane.Page, m *state.BrokerMetrics, p *pane.Peers, ascii bool) {
	signs := signsOf(m, p)
	for _, s := range signs {
		glyph := pane.GlyphsFor(ascii).Warn
		if s.style == cell.Critical {
			glyph = pane.GlyphsFor(ascii).Bad
		}
		to.Say(s.style.Span(string(glyph)+" "), cell.Plain.Span(s.text))
	}
	if len(signs) > 0 {
		return
	}
	text := "threads, request times and disk reads as those of its peers"
	if blind(m) {
		to.Say(cell.Unknown.Span(format.Unknown+" "), cell.Plain.Span("nothing stands out in what its exporter shows, which isn't all"))
		return
	}
	if p.Brokers < enoughPeers {
		text = "threads have time left; " + format.Count(p.Brokers, "broker") + " are too few to be peers"
	}
	to.Say(cell.OK.Span(string(pane.GlyphsFor(ascii).Good)+" "), cell.Plain.Span(text))
}

// unshown are the pillars that an exporter ought to show and doesn't.
func unshown(m *state.BrokerMetrics) []state.Pillar {
	var missing []state.Pillar
	for _, p := range m.Coverage.Pillars {
		if p.Have == state.NotExported && p.Name != state.TenantsPillar {
			missing = append(missing, p)
		}
	}
	return missing
}

// blind tells that what signs are found by isn't all known.
func blind(m *state.BrokerMetrics) bool {
	return len(m.Processors) == 0 || !m.HandlerIdle.Known || !m.DiskRead.Known || !slices.ContainsFunc(m.Requests, func(r state.RequestKind) bool {
		return slices.ContainsFunc(r.Phases, func(p state.Phase) bool { return p.Mean.Known })
	})
}

// describeSource says where metrics come from, how old they are, and what they don't hold.
func describeSource(to *pane.Page, s pane.Scene, r state.Reading[*state.BrokerMetrics], fresh bool) {
	m := r.Value
	to.Head("METRICS")
	to.Fact("from", cell.Plain, m.From)
	if m.Coverage.Dialect != "" {
		to.Fact("written by", cell.Plain, fmt.Sprintf("%s, %s", m.Coverage.Dialect, format.Count(m.Coverage.Lines, "line")))
	}
	if fresh {
		to.Fact("read", cell.Plain, pane.Clock(m.At))
	} else {
		to.Fact("read", cell.Warning, fmt.Sprintf("%s, %s before the latest look at the cluster", pane.Clock(m.At), format.Duration(s.State.Now.Sub(m.At))))
	}
	if !r.Known {
		to.Fact("last tried", cell.Unknown, pane.UnknownFor(s, r.Why, r.At))
	}
	if m.Coverage.Bad > 0 {
		to.Fact("unreadable", cell.Warning, fmt.Sprintf("%s: %s", format.Count(m.Coverage.Bad, "line"), m.Coverage.FirstBad))
	}
	missing := unshown(m)
	for _, p := range missing {
		to.Fact("not shown", cell.Unknown, p.Name+": "+p.Why)
	}
	if len(missing) > 0 {
		to.Fact("next", cell.Plain, "kdeck doctor: the rules that make the exporter show it")
	}
}
