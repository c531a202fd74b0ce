package brokers

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"kdeck/ops/format"
	"kdeck/ops/state"
	"kdeck/ops/view"
	"kdeck/ui/cell"
	"kdeck/ui/layout"
	"kdeck/ui/pane"
	"kdeck/ui/table"
)

// brokerDetail fills the pane with one broker. Without metrics, the facts about the broker stand above its partitions. With
// metrics, its figures come first: on a wide screen beside facts and partitions, on a narrow one above the facts alone.
type brokerDetail struct {
	of      *Pane
	id      int32
	scene   pane.Scene
	shown   *state.Snapshot
	row     *view.BrokerRow // nil when it is gone
	figures figuresPage
	page    pane.Page // with metrics: the figures, on a narrow screen the facts too
	facts   pane.Page
	table   *table.Table[state.Partition]
	onTable bool // the keys go to the partitions
	both    bool // partitions and figures are both on the screen
	metered bool

	pageAt, barAt, factsAt, ruleAt, tableAt layout.Rect
}

func newBrokerDetail(of *Pane, id int32) *brokerDetail {
	return &brokerDetail{of: of, id: id, table: table.New(pane.PartitionColumns(), table.Order{Column: "state"})}
}

// See implements [pane.Inside].
func (d *brokerDetail) See(s pane.Scene) []pane.Effect {
	d.scene = s
	d.metered = len(s.State.Metrics) > 0
	snap := s.Snapshot()
	if snap == d.shown {
		return nil
	}
	d.shown, d.row = snap, nil
	if i := slices.IndexFunc(d.of.rows, func(r view.BrokerRow) bool { return r.ID == d.id }); i >= 0 {
		d.row = &d.of.rows[i]
	}
	id := d.id
	return pane.Background(d.table.Set(pane.PartitionRows(snap, &d.scene), func(p state.Partition) bool { return p.Has(id) }, false))
}

// Arrange implements [pane.Inside].
func (d *brokerDetail) Arrange(width, height int, ascii bool) {
	body := layout.Rect{W: width, H: height}
	d.pageAt, d.barAt, d.both = layout.Rect{}, layout.Rect{}, d.metered && width >= layout.TwoColumns
	switch {
	case d.both:
		d.pageAt, d.barAt, body = layout.ListDetail(body)
	case d.metered:
		d.pageAt, body = body, layout.Rect{}
	}
	var title []cell.Span
	facts := &pane.Page{}
	if d.row == nil {
		title = []cell.Span{cell.Warning.Span(fmt.Sprintf("broker %d is no longer in the cluster's metadata", d.id))}
	} else {
		title = titleOf(*d.row)
		describeBroker(facts, d.scene, *d.row)
	}
	if d.metered {
		of := figuresKey{broker: d.id, seq: d.scene.State.Seq, width: d.pageAt.W - 2, ascii: ascii}
		d.page.Reset()
		d.page.Say(title...)
		figures, below := d.figures.of(d.scene, d.of.peers, of), facts
		if d.both {
			below = &pane.Page{}
		}
		appendBoth(&d.page, figures, below, d.row != nil && d.row.State() != "ok")
		d.page.Arrange(d.pageAt.W-2, d.pageAt.H, ascii)
	}
	d.facts.Reset()
	d.facts.Say(title...)
	d.facts.Append(facts)
	if d.row != nil && !d.metered {
		d.facts.Say(cell.Faint.Span(pane.NoMetrics(d.scene.State)))
	}
	d.facts.Arrange(body.W-2, body.H, ascii)
	d.factsAt, body = body.Top(min(d.facts.Rows(), max(body.H/2, body.H-12)))
	d.ruleAt, d.tableAt = body.Top(1)
	d.onTable = !d.metered || d.both && d.onTable
	d.table.Arrange(d.tableAt.W, d.tableAt.H, ascii)
}

// Draw implements [pane.Inside].
func (d *brokerDetail) Draw(a cell.Area) {
	if d.metered {
		d.page.Draw(a.In(d.pageAt.Inset()))
	}
	if d.factsAt.Empty() {
		return
	}
	a.In(d.barAt).Bar(cell.Frame)
	d.facts.Draw(a.In(d.factsAt.Inset()))
	a.In(d.ruleAt).Rule(cell.Frame)
	d.table.Draw(a.In(d.tableAt), d.onTable, "it holds no replica")
}

// Lists implements [pane.Inside].
func (d *brokerDetail) Lists() []pane.Placed {
	if d.tableAt.Empty() {
		return nil
	}
	return []pane.Placed{{Table: d.table, At: d.tableAt, Focus: func() { d.onTable = true }}}
}

// Status implements [pane.Inside].
func (d *brokerDetail) Status() string { return pane.ListStatus(d.table, "partition") }

// Legends implements [pane.Inside].
func (d *brokerDetail) Legends() []pane.Legend {
	return []pane.Legend{{Of: "partitions of the broker", Columns: d.table.Explain()}}
}

// Bindings implements [pane.Inside].
func (d *brokerDetail) Bindings() []pane.Binding {
	none := ""
	r, ok := d.table.Current()
	if !ok {
		none = "there is no partition to open"
	}
	missing := pane.Binding{Keys: []string{"m"}, Help: "partitions that miss it", Label: "missing", Group: pane.Going,
		Do: openPartitions("missing", d.id)}
	machine := askMachine(d.id, "")
	if !d.onTable {
		keys := []pane.Binding{{Keys: []string{"enter", "p"}, Show: "enter", Help: "its partitions", Label: "partitions", Group: pane.Going, Disabled: none,
			Do: openPartitions("broker", d.id)}, missing, machine}
		if d.both {
			keys = append(keys, pane.Binding{Keys: []string{"right", "l"}, Show: "l →", Help: "to its partitions", Label: "partitions beside", Group: pane.Moving,
				Disabled: none, Do: pane.Quietly(func() { d.onTable = true })})
		}
		return append(keys, d.page.Bindings()...)
	}
	keys := []pane.Binding{{Keys: []string{"enter", "d"}, Show: "enter", Help: "the partition", Label: "open", Group: pane.Going, Disabled: none,
		Do: func() []pane.Effect {
			id := pane.PartitionID(r)
			return []pane.Effect{pane.Open{Pane: "partitions", Filter: fmt.Sprintf("broker:%d", d.id), Row: &id}}
		}}, missing, machine}
	list := pane.ListBindings(d.table, "partition", func() any {
		if !ok {
			return nil
		}
		return pane.PartitionDocument(d.scene, r)
	})
	if d.both {
		back := slices.IndexFunc(list, func(b pane.Binding) bool { return slices.Contains(b.Keys, "left") })
		list[back] = pane.Binding{Keys: []string{"left", "h"}, Show: "h ←", Help: "back to the figures", Label: "figures", Group: pane.Moving,
			Do: pane.Quietly(func() { d.onTable = false })}
	}
	return append(keys, list...)
}

// appendBoth adds a broker's figures and the facts about it. Of a broker in a bad state the facts say why, and come first.
func appendBoth(to, figures, facts *pane.Page, badState bool) {
	first, second := figures, facts
	if badState {
		first, second = facts, figures
	}
	to.Append(first)
	if !first.Empty() && !second.Empty() {
		to.Say()
	}
	to.Append(second)
}

// titleOf is a broker's name and state.
func titleOf(b view.BrokerRow) []cell.Span {
	name := fmt.Sprintf("broker %d", b.ID)
	if b.Controller {
		name += ", leads the metadata quorum"
	}
	return []cell.Span{cell.Strong.Span(name), cell.Plain.Span("  "), pane.BrokerStyle(b.State()).Span(b.State())}
}

// describeBroker writes what the cluster and the broker itself say of it.
func describeBroker(to *pane.Page, sc pane.Scene, b view.BrokerRow) {
	to.Fact("address", cell.Plain, b.Address())
	if b.Rack != "" {
		to.Fact("rack", cell.Plain, b.Rack)
	}
	if b.Answered.Known {
		to.Fact("answered", cell.Plain, fmt.Sprintf("in %.1fms, %s ago", float64(b.Answered.Value.Microseconds())/1000, sc.Ago(b.Answered.At)))
	} else {
		to.Fact("answered", cell.Unknown, pane.UnknownFor(sc, b.Answered.Why, b.Answered.At))
		to.Fact("silent for", cell.Unknown, strings.TrimPrefix(sc.SilentFor(b.ID), format.Unknown+" "))
	}
	if !b.Alive {
		if b.SilentSince.Known {
			to.Fact("no fetch", cell.Critical, fmt.Sprintf("for %s, since %s", sc.Since(b.SilentSince), pane.Clock(b.SilentSince.Value)))
		} else {
			to.Fact("no fetch", cell.Unknown, pane.UnknownFor(sc, b.SilentSince.Why, b.SilentSince.At))
		}
	}
	describeYesNo(to, sc, "fenced", b.Fenced)
	describeYesNo(to, sc, "cordoned", b.Cordoned)
	if b.MetadataOffset.Known {
		to.Fact("metadata", cell.Plain, "applied up to offset "+strconv.FormatInt(b.MetadataOffset.Value, 10))
	} else {
		to.Fact("metadata", cell.Unknown, pane.UnknownFor(sc, b.MetadataOffset.Why, b.MetadataOffset.At))
	}
	to.Fact("partitions", cell.Plain, fmt.Sprintf("leads %s of %s replicas", format.Thousands(b.Leaders), format.Thousands(b.Replicas)))
	if b.UnderReplicated > 0 {
		to.Fact("missing in", cell.Warning, format.Count(b.UnderReplicated, "partition"))
	}
	to.Head("LOG DIRS")
	if !b.LogDirs.Known {
		to.Say(cell.Unknown.Span("  " + pane.UnknownFor(sc, b.LogDirs.Why, b.LogDirs.At)))
	}
	for _, dir := range b.LogDirs.Value {
		describeDir(to, dir)
	}
}

func describeDir(to *pane.Page, dir state.LogDir) {
	if dir.Error != "" {
		to.Say(cell.Critical.Span("  " + dir.Path + "  " + dir.Error))
		return
	}
	text := fmt.Sprintf("  %s  %s, %s", dir.Path, format.Count(dir.Replicas, "replica"), format.Bytes(dir.Size))
	if dir.Total > 0 && dir.Usable >= 0 {
		text += fmt.Sprintf(", volume %s full of %s", format.Percent(100*float64(dir.Total-dir.Usable)/float64(dir.Total)), format.Bytes(dir.Total))
	}
	if dir.Future > 0 {
		text += ", " + format.Count(dir.Future, "replica") + " on the way in"
	}
	if dir.Cordoned {
		text += ", cordoned"
	}
	to.Say(cell.Plain.Span(text))
}

func describeYesNo(to *pane.Page, sc pane.Scene, name string, r state.Reading[bool]) {
	switch {
	case !r.Known:
		to.Fact(name, cell.Unknown, pane.UnknownFor(sc, r.Why, r.At))
	case r.Value:
		to.Fact(name, cell.Warning, "yes")
	default:
		to.Fact(name, cell.Plain, "no")
	}
}
