package groups

import (
	"cmp"
	"fmt"
	"math"
	"strings"

	"kdeck/ops/format"
	"kdeck/ops/state"
	"kdeck/ops/view"
	"kdeck/ui/cell"
	"kdeck/ui/pane"
)

// How many members and partitions a detail lists that fills the pane, and one beside the list: those that stand worst.
const (
	listedOpened = 200
	listedBeside = 20
)

// worstParts are so many partitions of a group, the worst first.
func worstParts(g *state.Group, most int) []*state.GroupPartition {
	worse := func(a, b *state.GroupPartition) int {
		return cmp.Or(cmp.Compare(b.Status, a.Status), cmp.Compare(b.Lag, a.Lag), cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Partition, b.Partition))
	}
	parts := func(yield func(*state.GroupPartition) bool) {
		for i := range g.Partitions.Value {
			if !yield(&g.Partitions.Value[i]) {
				return
			}
		}
	}
	return view.Least(parts, most, worse)
}

// describe writes the detail of a group: what it does, its members, its partitions.
func (p *Pane) describe(to *pane.Page, s pane.Scene, of pane.Detail) {
	g := s.State.Groups.Find(of.ID.Name)
	why := ""
	if of.Opened {
		g, why = p.exact(g)
	}
	if g == nil {
		to.Say(cell.Strong.Span(of.ID.Name))
		to.Say(cell.Warning.Span("no broker lists it any more"))
		return
	}
	to.Say(cell.Strong.Span(g.ID), cell.Plain.Span("  "), pane.GroupStyle(g.Status).Span(view.GroupStatusWord(g.Status)))
	to.Say(cell.Plain.Span(g.Why))
	kind := cmp.Or(string(g.Kind), format.Unknown)
	if g.Protocol != "" && g.Protocol != "consumer" {
		kind += ", of " + g.Protocol
	}
	to.Fact("state", cell.Plain, cmp.Or(g.State, format.Unknown)+", "+kind)
	if g.Coordinator >= 0 {
		to.Fact("coordinator", cell.Plain, fmt.Sprintf("broker %d", g.Coordinator))
	} else {
		to.Fact("coordinator", cell.Critical, "none: its commits fail")
	}
	describeLag(to, g)
	if why != "" {
		to.Fact("how old", cell.Unknown, format.Unknown+" not known exactly: "+why)
	}
	if !g.RebalancingSince.IsZero() {
		to.Fact("rebalancing", cell.Warning, "since "+pane.Clock(g.RebalancingSince))
	}
	if g.Partitions.Known {
		age := max(0, s.Now.Sub(g.Partitions.At))
		how, st := "", cell.Faint
		if g.Partitions.Why != "" {
			how, st = "; not again: "+g.Partitions.Why, cell.Warning
		}
		to.Fact("read", st, format.Duration(age)+" ago"+how)
	} else {
		to.Fact("offsets", cell.Unknown, format.Unknown+" "+g.Partitions.Why)
	}
	most := listedBeside
	if of.Opened {
		most = listedOpened
	}
	describeMembers(to, g, most)
	describePartitions(to, g, most)
}

func describeLag(to *pane.Page, g *state.Group) {
	if !g.Lag.Known {
		to.Fact("lag", cell.Unknown, format.Unknown+" "+g.Lag.Why)
		return
	}
	lag := format.Thousands(g.Lag.Value) + " records"
	if g.Behind.Known && g.Lag.Value > 0 {
		lag += ", the oldest " + view.OldestOf(g)
	}
	if g.Partial > 0 {
		lag += fmt.Sprintf("; of %s it isn't known", format.Count(g.Partial, "partition"))
	}
	to.Fact("lag", cell.Plain, lag)
	if g.Consumed.Known {
		to.Fact("rates", cell.Plain, fmt.Sprintf("commits %s/s, %s/s are written", format.Short(g.Consumed.Value), format.Short(g.Produced.Value)))
	}
	if g.Forecast != "" {
		to.Fact("forecast", cell.Plain, g.Forecast)
	}
}

func describeMembers(to *pane.Page, g *state.Group, most int) {
	to.Head("MEMBERS, those with the most to read first")
	switch {
	case !g.Members.Known:
		to.Say(cell.Unknown.Span(format.Unknown + " " + g.Members.Why))
		return
	case len(g.Members.Value) == 0:
		to.Say(cell.Faint.Span("none"))
	}
	shares := view.MemberShares(g)
	for _, m := range shares[:min(len(shares), most)] {
		words := []string{format.Count(m.Owns, "partition")}
		if !math.IsNaN(m.Share) {
			words = append(words, format.Share(m.Share)+" of the lag")
		}
		if m.Instance != "" {
			words = append(words, "instance "+m.Instance)
		}
		to.Say(cell.Strong.Span(m.Host+"  "), cell.Plain.Span(m.Client+"  "+strings.Join(words, ", ")))
	}
	sayMore(to, len(shares)-most, "member", g)
}

// sayMore tells where those are that a detail doesn't list.
func sayMore(to *pane.Page, n int, what string, g *state.Group) {
	if n > 0 {
		to.Say(cell.Faint.Span(fmt.Sprintf("and %s more: kdeck groups %s", format.Count(n, what), format.Shell(g.ID))))
	}
}

func describePartitions(to *pane.Page, g *state.Group, most int) {
	if !g.Partitions.Known { // which was said already
		return
	}
	to.Head("PARTITIONS, the worst first")
	if len(g.Partitions.Value) == 0 {
		to.Say(cell.Faint.Span("none: it has committed no offset, and its members own none"))
	}
	for _, of := range worstParts(g, most) {
		p := view.GroupPart{GroupPartition: of, Group: g}
		lag := format.Unknown
		if p.Lag >= 0 {
			lag = format.Thousands(p.Lag) + " to read"
			if age, within, known := p.Behind(g.Partitions.At); known && p.Lag > 0 {
				lag += ", " + view.Old(age, within, p.OldestOrBefore)
			}
		}
		owner, st := "nobody owns it", cell.Warning
		switch m := p.Owner(); {
		case m != nil:
			owner, st = m.Client+" at "+m.Host, cell.Plain
		case !g.Members.Known || p.Lag == 0 || len(g.Members.Value) == 0:
			owner, st = "", cell.Plain
		}
		words := []string{lag}
		for _, w := range []string{owner, p.Trouble.String()} {
			if w != "" {
				words = append(words, w)
			}
		}
		to.Say(pane.GroupStyle(p.Status).Span(fmt.Sprintf("%-8s", view.GroupStatusWord(p.Status))), cell.Strong.Span(fmt.Sprintf("%s/%d  ", p.Topic, p.Partition)), st.Span(strings.Join(words, "; ")))
	}
	sayMore(to, len(g.Partitions.Value)-most, "partition", g)
}
