package pane

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"kdeck/ops/state"
	"kdeck/ops/view"
	"kdeck/ui/cell"
	"kdeck/ui/layout"
	"kdeck/ui/table"
)

// brokerDetail fills the pane with one broker. With metrics these come first, and a narrow screen holds them alone; without,
// it is what others and itself say of it, above its partitions.
type brokerDetail struct {
	id      int32
	scene   Scene
	peers   *peers
	shown   *state.Snapshot
	row     *view.BrokerRow // nil when it is gone
	numbers numbers
	page    page // with metrics: the figures, and on a narrow screen the facts under them
	facts   page
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
	return &brokerDetail{id: id, table: table.New(partitionColumns(), table.Order{Column: "state"})}
}

// see gives the detail a scene and the rows of all brokers.
func (d *brokerDetail) see(s Scene, rows []view.BrokerRow, p *peers) []Effect {
	d.scene, d.peers = s, p
	d.metered = len(s.State.Metrics) > 0
	snap := s.snapshot()
	if snap == d.shown {
		return nil
	}
	d.shown, d.row = snap, nil
	if i := slices.IndexFunc(rows, func(r view.BrokerRow) bool { return r.ID == d.id }); i >= 0 {
		d.row = &rows[i]
	}
	id := d.id
	return work(d.table.Set(partitionRows(snap, &d.scene), func(p state.Partition) bool { return p.Has(id) }, false))
}

func (d *brokerDetail) arrange(width, height int, ascii bool) {
	d.facts = page{top: d.facts.top}
	if d.row == nil {
		d.facts.say(span{cell.Warning, fmt.Sprintf("broker %d is no longer in the cluster's metadata", d.id)})
	} else {
		describeBroker(&d.facts, d.scene, *d.row)
		if !d.metered {
			d.facts.say(span{cell.Faint, noMetrics(d.scene.State)})
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
		d.page.lines = d.page.lines[:0]
		if d.row != nil {
			d.page.say(describeStanding(*d.row)...)
		}
		of := numbersFor{broker: d.id, seq: d.scene.State.Seq, width: d.left.W - 2, ascii: ascii}
		var facts [][]span
		if !d.besides {
			facts = d.facts.lines[min(1, len(d.facts.lines)):]
		}
		d.page.factsAnd(d.numbers.write(d.scene, d.peers, of).lines, facts, d.row != nil && d.row.State() != "ok")
		d.page.arrange(d.left.W-2, d.left.H, ascii)
	}
	d.facts.arrange(body.W-2, body.H, ascii)
	d.top, body = body.Top(min(len(d.facts.broken), max(body.H/2, body.H-12)))
	d.rule, d.list = body.Top(1)
	d.onTable = !d.metered || d.besides && d.onTable
	d.table.Arrange(d.list.W, d.list.H, ascii)
}

func (d *brokerDetail) draw(a cell.Area) {
	if d.metered {
		d.page.draw(a.In(inside(d.left)))
	}
	if d.top.Empty() {
		return
	}
	a.In(d.bar).Bar(cell.Frame)
	d.facts.draw(a.In(inside(d.top)))
	a.In(d.rule).Rule(cell.Frame)
	d.table.Draw(a.In(d.list), d.onTable, "it holds no replica")
}

// inside is what a margin of one column at either side leaves.
func inside(r layout.Rect) layout.Rect {
	r.X, r.W = r.X+1, max(r.W-2, 0)
	return r
}

func (d *brokerDetail) status() string { return listStatus(d.table, "partition") }

func (d *brokerDetail) bindings() []Binding {
	none := ""
	r, ok := d.table.Current()
	if !ok {
		none = "there is no partition to open"
	}
	missing := Binding{Keys: []string{"m"}, Help: "partitions that miss it", Label: "missing", Group: Going,
		Do: func() []Effect { return []Effect{Open{Pane: "partitions", Filter: fmt.Sprintf("missing:%d", d.id)}} }}
	if !d.onTable {
		keys := []Binding{{Keys: []string{"enter", "p"}, Show: "enter", Help: "its partitions", Label: "partitions", Group: Going, Disabled: none,
			Do: func() []Effect { return []Effect{Open{Pane: "partitions", Filter: fmt.Sprintf("broker:%d", d.id)}} }}, missing}
		if d.besides {
			keys = append(keys, Binding{Keys: []string{"right", "l"}, Show: "l →", Help: "to its partitions", Label: "partitions beside", Group: Moving,
				Disabled: none, Do: func() []Effect { d.onTable = true; return nil }})
		}
		return append(keys, d.page.bindings()...)
	}
	keys := []Binding{{Keys: []string{"enter", "d"}, Show: "enter", Help: "the partition", Label: "open", Group: Going, Disabled: none,
		Do: func() []Effect {
			id := partitionID(r)
			return []Effect{Open{Pane: "partitions", Filter: fmt.Sprintf("broker:%d", d.id), Row: &id}}
		}}, missing}
	list := listBindings(d.table)
	if d.besides {
		back := slices.IndexFunc(list, func(b Binding) bool { return slices.Contains(b.Keys, "left") })
		list[back] = Binding{Keys: []string{"left", "h"}, Show: "h ←", Help: "back to the figures", Label: "figures", Group: Moving,
			Do: func() []Effect { d.onTable = false; return nil }}
	}
	return append(keys, list...)
}

// factsAnd adds a broker's figures and the facts about it. Of a broker that doesn't stand well the facts say why, and come
// first.
func (p *page) factsAnd(figures, facts [][]span, unwell bool) {
	first, second := figures, facts
	if unwell {
		first, second = facts, figures
	}
	p.lines = append(p.lines, first...)
	if len(first) > 0 && len(second) > 0 {
		p.say()
	}
	p.lines = append(p.lines, second...)
}

// describeStanding is a broker's name and how it stands, in one line.
func describeStanding(b view.BrokerRow) []span {
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
	return []span{{cell.Strong, name}, {cell.Plain, "  "}, {style, word}}
}

// describeBroker writes all that is known of a broker, by others and by itself.
func describeBroker(to *page, sc Scene, b view.BrokerRow) {
	to.say(describeStanding(b)...)
	to.fact("address", cell.Plain, b.Address())
	if b.Rack != "" {
		to.fact("rack", cell.Plain, b.Rack)
	}
	if b.Answered.Known {
		to.fact("answered", cell.Plain, fmt.Sprintf("in %.1fms, %s ago", float64(b.Answered.Value.Microseconds())/1000, sc.ago(b.Answered.At)))
	} else {
		to.fact("answered", cell.Unknown, unknownFor(sc, b.Answered.Why, b.Answered.At))
		to.fact("silent for", cell.Unknown, strings.TrimPrefix(sc.silence(b.ID), view.Unknown+" "))
	}
	if !b.Alive {
		if b.SilentSince.Known {
			to.fact("no fetch", cell.Critical, fmt.Sprintf("for %s, since %s", sc.since(b.SilentSince), clock(b.SilentSince.Value)))
		} else {
			to.fact("no fetch", cell.Unknown, unknownFor(sc, b.SilentSince.Why, b.SilentSince.At))
		}
	}
	describeYesNo(to, sc, "fenced", b.Fenced)
	describeYesNo(to, sc, "cordoned", b.Cordoned)
	if b.MetadataOffset.Known {
		to.fact("metadata", cell.Plain, "applied up to offset "+strconv.FormatInt(b.MetadataOffset.Value, 10))
	} else {
		to.fact("metadata", cell.Unknown, unknownFor(sc, b.MetadataOffset.Why, b.MetadataOffset.At))
	}
	to.fact("partitions", cell.Plain, fmt.Sprintf("leads %s of %s replicas", thousands(b.Leaders), thousands(b.Replicas)))
	if b.UnderReplicated > 0 {
		to.fact("missing in", cell.Warning, count(b.UnderReplicated, "partition"))
	}
	to.head("LOG DIRS")
	if !b.LogDirs.Known {
		to.say(span{cell.Unknown, "  " + unknownFor(sc, b.LogDirs.Why, b.LogDirs.At)})
	}
	for _, dir := range b.LogDirs.Value {
		describeDir(to, dir)
	}
}

func describeDir(to *page, dir state.LogDir) {
	if dir.Error != "" {
		to.say(span{cell.Critical, "  " + dir.Path + "  " + dir.Error})
		return
	}
	text := fmt.Sprintf("  %s  %s, %s", dir.Path, count(dir.Replicas, "replica"), view.Bytes(dir.Size))
	if dir.Total > 0 && dir.Usable >= 0 {
		text += fmt.Sprintf(", volume %d%% full of %s", (dir.Total-dir.Usable)*100/dir.Total, view.Bytes(dir.Total))
	}
	if dir.Future > 0 {
		text += ", " + count(dir.Future, "replica") + " on the way in"
	}
	if dir.Cordoned {
		text += ", cordoned"
	}
	to.say(span{cell.Plain, text})
}

func describeYesNo(to *page, sc Scene, name string, r state.Reading[bool]) {
	switch {
	case !r.Known:
		to.fact(name, cell.Unknown, unknownFor(sc, r.Why, r.At))
	case r.Value:
		to.fact(name, cell.Warning, "yes")
	default:
		to.fact(name, cell.Plain, "no")
	}
}

// unknownFor says why something isn't known, and how long ago that was tried.
func unknownFor(sc Scene, why string, at time.Time) string {
	text := view.Unknown
	if why != "" {
		text += " " + why
	}
	if !at.IsZero() {
		text += " (tried " + sc.ago(at) + " ago)"
	}
	return text
}
