package brokers

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"kdeck/ops/health"

	"kdeck/ops/format"
	"kdeck/ops/state"
	"kdeck/ops/view"
	"kdeck/ui/cell"
	"kdeck/ui/layout"
	"kdeck/ui/pane"
	"kdeck/ui/table"
)

// brokerDetail fills the pane with one broker. With metrics these come first, and a narrow screen holds them alone; without,
// it is what others and itself say of it, above its partitions.
type brokerDetail struct {
	id      int32
	scene   pane.Scene
	peers   *health.Peers
	shown   *state.Snapshot
	row     *view.BrokerRow // nil when it is gone
	numbers numbers
	page    pane.Page // with metrics: the figures, and on a narrow screen the facts under them
	facts   pane.Page
	table   *table.Table[state.Partition]
	onTable bool // the keys go to the partitions
	left    layout.Rect
	bar     layout.Rect
	top     layout.Rect
	rule    layout.Rect
	list    layout.Rect
	besides bool // partitions and figures are both on the screen
	metered bool
}

func newBrokerDetail(id int32) *brokerDetail {
	return &brokerDetail{id: id, table: table.New(pane.PartitionColumns(), table.Order{Column: "state"})}
}

// see gives the detail a scene and the rows of all brokers.
func (d *brokerDetail) see(s pane.Scene, rows []view.BrokerRow, p *health.Peers) []pane.Effect {
	d.scene, d.peers = s, p
	d.metered = len(s.State.Metrics) > 0
	snap := s.Snapshot()
	if snap == d.shown {
		return nil
	}
	d.shown, d.row = snap, nil
	if i := slices.IndexFunc(rows, func(r view.BrokerRow) bool { return r.ID == d.id }); i >= 0 {
		d.row = &rows[i]
	}
	id := d.id
	return pane.Background(d.table.Set(pane.PartitionRows(snap, &d.scene), func(p state.Partition) bool { return p.Has(id) }, false))
}

func (d *brokerDetail) arrange(width, height int, ascii bool) {
	d.facts = pane.Page{Top: d.facts.Top}
	if d.row == nil {
		d.facts.Say(cell.Warning.Span(fmt.Sprintf("broker %d is no longer in the cluster's metadata", d.id)))
	} else {
		describeBroker(&d.facts, d.scene, *d.row)
		if !d.metered {
			d.facts.Say(cell.Faint.Span(pane.NoMetrics(d.scene.State)))
		}
	}
	body := layout.Rect{W: width, H: height}
	d.left, d.bar, d.besides = layout.Rect{}, layout.Rect{}, d.metered && width >= layout.TwoColumns
	switch {
	case d.besides:
		d.left, d.bar, body = layout.ListDetail(body)
	case d.metered:
		d.left, body = body, layout.Rect{}
	}
	if d.metered {
		d.page.Lines = d.page.Lines[:0]
		if d.row != nil {
			d.page.Say(describeStanding(*d.row)...)
		}
		of := numbersFor{broker: d.id, seq: d.scene.State.Seq, width: d.left.W - 2, ascii: ascii}
		var facts [][]cell.Span
		if !d.besides {
			facts = d.facts.Lines[min(1, len(d.facts.Lines)):]
		}
		factsAnd(&d.page, d.numbers.write(d.scene, d.peers, of).Lines, facts, d.row != nil && d.row.State() != "ok")
		d.page.Arrange(d.left.W-2, d.left.H, ascii)
	}
	d.facts.Arrange(body.W-2, body.H, ascii)
	d.top, body = body.Top(min(len(d.facts.Broken), max(body.H/2, body.H-12)))
	d.rule, d.list = body.Top(1)
	d.onTable = !d.metered || d.besides && d.onTable
	d.table.Arrange(d.list.W, d.list.H, ascii)
}

func (d *brokerDetail) draw(a cell.Area) {
	if d.metered {
		d.page.Draw(a.In(inside(d.left)))
	}
	if d.top.Empty() {
		return
	}
	a.In(d.bar).Bar(cell.Frame)
	d.facts.Draw(a.In(inside(d.top)))
	a.In(d.rule).Rule(cell.Frame)
	d.table.Draw(a.In(d.list), d.onTable, "it holds no replica")
}

// inside is what a margin of one column at either side leaves.
func inside(r layout.Rect) layout.Rect {
	r.X, r.W = r.X+1, max(r.W-2, 0)
	return r
}

func (d *brokerDetail) status() string { return pane.ListStatus(d.table, "partition") }

func (d *brokerDetail) bindings() []pane.Binding {
	none := ""
	r, ok := d.table.Current()
	if !ok {
		none = "there is no partition to open"
	}
	missing := pane.Binding{Keys: []string{"m"}, Help: "partitions that miss it", Label: "missing", Group: pane.Going,
		Do: func() []pane.Effect {
			return []pane.Effect{pane.Open{Pane: "partitions", Filter: fmt.Sprintf("missing:%d", d.id)}}
		}}
	if !d.onTable {
		keys := []pane.Binding{{Keys: []string{"enter", "p"}, Show: "enter", Help: "its partitions", Label: "partitions", Group: pane.Going, Disabled: none,
			Do: func() []pane.Effect {
				return []pane.Effect{pane.Open{Pane: "partitions", Filter: fmt.Sprintf("broker:%d", d.id)}}
			}}, missing}
		if d.besides {
			keys = append(keys, pane.Binding{Keys: []string{"right", "l"}, Show: "l →", Help: "to its partitions", Label: "partitions beside", Group: pane.Moving,
				Disabled: none, Do: func() []pane.Effect { d.onTable = true; return nil }})
		}
		return append(keys, d.page.Bindings()...)
	}
	keys := []pane.Binding{{Keys: []string{"enter", "d"}, Show: "enter", Help: "the partition", Label: "open", Group: pane.Going, Disabled: none,
		Do: func() []pane.Effect {
			id := pane.PartitionID(r)
			return []pane.Effect{pane.Open{Pane: "partitions", Filter: fmt.Sprintf("broker:%d", d.id), Row: &id}}
		}}, missing}
	list := pane.ListBindings(d.table)
	if d.besides {
		back := slices.IndexFunc(list, func(b pane.Binding) bool { return slices.Contains(b.Keys, "left") })
		list[back] = pane.Binding{Keys: []string{"left", "h"}, Show: "h ←", Help: "back to the figures", Label: "figures", Group: pane.Moving,
			Do: func() []pane.Effect { d.onTable = false; return nil }}
	}
	return append(keys, list...)
}

// factsAnd adds a broker's figures and the facts about it. Of a broker that doesn't stand well the facts say why, and come
// first.
func factsAnd(to *pane.Page, figures, facts [][]cell.Span, unwell bool) {
	first, second := figures, facts
	if unwell {
		first, second = facts, figures
	}
	to.Lines = append(to.Lines, first...)
	if len(first) > 0 && len(second) > 0 {
		to.Say()
	}
	to.Lines = append(to.Lines, second...)
}

// describeStanding is a broker's name and how it stands, in one line.
func describeStanding(b view.BrokerRow) []cell.Span {
	word, style := b.State(), cell.Critical
	switch word {
	case "ok":
		style = cell.OK
	case "NO-ANSWER":
		style = cell.Unknown
	case "CORDONED":
		style = cell.Info
	}
	name := fmt.Sprintf("broker %d", b.ID)
	if b.Controller {
		name += ", leads the metadata quorum"
	}
	return []cell.Span{cell.Strong.Span(name), cell.Plain.Span("  "), style.Span(word)}
}

// describeBroker writes all that is known of a broker, by others and by itself.
func describeBroker(to *pane.Page, sc pane.Scene, b view.BrokerRow) {
	to.Say(describeStanding(b)...)
	to.Fact("address", cell.Plain, b.Address())
	if b.Rack != "" {
		to.Fact("rack", cell.Plain, b.Rack)
	}
	if b.Answered.Known {
		to.Fact("answered", cell.Plain, fmt.Sprintf("in %.1fms, %s ago", float64(b.Answered.Value.Microseconds())/1000, sc.Ago(b.Answered.At)))
	} else {
		to.Fact("answered", cell.Unknown, pane.UnknownFor(sc, b.Answered.Why, b.Answered.At))
		to.Fact("silent for", cell.Unknown, strings.TrimPrefix(sc.Silence(b.ID), format.Unknown+" "))
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
