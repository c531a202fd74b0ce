package ui

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"kdeck/ops/format"
	"kdeck/ops/health"
	"kdeck/ops/state"
	"kdeck/ui/cell"
	"kdeck/ui/layout"
	"kdeck/ui/pane"
)

// part is a piece of the header.
type part struct {
	style cell.Style
	text  string
	glyph rune // before the text; 0 none
	rank  int  // the part with the highest rank is left out first if there is no room
}

func (a *app) clusterStyle() cell.Style {
	s := cell.ContextColor(a.shown.Color)
	if a.shown.Production {
		s |= cell.Inverse
	}
	return s
}

// drawHeader draws the first line: the cluster, whether it may be changed, its verdict, and how old the data is.
func (a *app) drawHeader(area cell.Area) {
	width, _ := area.Size()
	if width == 0 {
		return
	}
	if a.single() {
		drawParts(area, a.machineHeader(area.Theme()), width)
		return
	}
	said := ""
	if a.shown.Verdict == state.VerdictHealthy { // of all others the Overview says more
		said = health.Headline(a.shown)
	}
	parts := a.headerParts(area.Theme(), said)
	if widthOf(parts, area.Theme().ASCII) > width {
		parts = a.shortHeader(area.Theme(), width)
	}
	drawParts(area, parts, width)
}

// drawParts draws as many pieces of the header as there is room for.
func drawParts(area cell.Area, parts []part, width int) {
	for widthOf(parts, area.Theme().ASCII) > width && len(parts) > 1 {
		parts = withoutLeast(parts)
	}
	x := 1
	for _, p := range parts {
		if p.glyph != 0 {
			area.Glyph(x, 0, p.style, p.glyph)
			x += 2
		}
		x = area.Text(x, 0, p.style, p.text) + 2
	}
}

// shortHeader are the pieces of the header with the longest of the verdict's short headlines that says what is wrong and has room beside how many brokers
// answer, or else beside the cluster's name.
func (a *app) shortHeader(t *cell.Theme, width int) []part {
	all := health.ShortHeadlines(a.shown)
	last := len(all) - 1
	for _, least := range []int{brokersRank, oldRank} {
		for _, said := range all[:last] {
			parts := a.headerParts(t, said)
			kept := slices.DeleteFunc(slices.Clone(parts), func(p part) bool { return p.rank > least })
			if widthOf(kept, t.ASCII) <= width {
				return parts
			}
		}
	}
	return a.headerParts(t, all[last])
}

func widthOf(parts []part, ascii bool) (n int) {
	for _, p := range parts {
		n += cell.Width(p.text, ascii) + 2
		if p.glyph != 0 {
			n += 2
		}
	}
	return n
}

// The ranks of how many brokers answer, and of an age that is too old.
const (
	brokersRank = 4
	oldRank     = 2
)

// withoutLeast leaves out the part with the highest rank.
func withoutLeast(parts []part) []part {
	least := 0
	for i := range parts {
		if parts[i].rank > parts[least].rank {
			least = i
		}
	}
	return slices.Delete(parts, least, least+1)
}

// headerParts are the pieces of the header. said stands behind the verdict's word.
func (a *app) headerParts(t *cell.Theme, said string) []part {
	s := a.shown
	name := s.Context
	if name == "" {
		name = "kdeck"
	}
	const longest = 24 // runes
	if r := []rune(name); len(r) > longest {
		name = string(r[:longest-1]) + string(t.Ellipsis)
	}
	if s.Production {
		name = " " + name + " PROD "
	}
	glyph, word, style := pane.VerdictMark(t, s.Verdict)
	if s.Snapshot == nil && s.Failed == "" {
		word, said = "WAITING", ""
	}
	parts := []part{
		{style: a.clusterStyle() | cell.Inverse&a.clusterStyle(), text: name, rank: 1},
		a.mode(),
		{style: style, text: word + said, glyph: glyph, rank: 0},
	}
	if counts := findingCounts(s.Findings); counts != "" {
		parts = append(parts, part{style: style, text: counts, rank: 7})
	}
	if a.frozen {
		parts = append(parts, part{style: cell.Warning | cell.Inverse, text: " FROZEN " + format.Duration(a.age()) + " ", rank: 3})
	}
	if s.Snapshot == nil {
		return parts
	}
	if c := s.Snapshot.Controller; c.Known {
		parts = append(parts, part{text: fmt.Sprintf("ctl %d", c.Value), rank: 6})
	} else {
		parts = append(parts, part{style: cell.Unknown, text: "ctl " + format.Unknown, rank: 6})
	}
	answering, known := s.Answering()
	brokers := part{text: fmt.Sprintf("%d/%d brokers", answering, known), rank: brokersRank}
	if answering < known {
		brokers.style = cell.Warning
	}
	parts = append(parts, brokers)
	if !a.frozen {
		age := part{text: "data " + format.Duration(a.age()), rank: 5}
		if s.Failed != "" || a.age() >= health.OldAfter {
			age.style, age.text = cell.Warning, age.text+" OLD"
			age.rank = oldRank
		}
		parts = append(parts, age)
	}
	return append(parts, part{style: cell.Faint, text: fmt.Sprintf("%.1f req/s", s.Spent.PerSecond), rank: 8})
}

// age returns how old the snapshot is on the screen's clock.
func (a *app) age() time.Duration {
	if a.shown.Snapshot == nil {
		return 0
	}
	return max(a.clock.now().Sub(a.shown.Snapshot.Taken), 0)
}

func (a *app) mode() part {
	if !a.window.open {
		return part{style: cell.ReadOnly, text: "RO", rank: 2}
	}
	left := max(a.window.until.Sub(a.clock.now()), 0)
	return part{style: cell.ReadWrite | cell.Inverse, text: fmt.Sprintf(" RW %02d:%02d ", int(left.Minutes()), int(left.Seconds())%60), rank: 2}
}

func findingCounts(fs []state.Finding) string {
	n := map[state.Severity]int{}
	for _, f := range fs {
		n[f.Severity]++
	}
	var parts []string
	if c := n[state.SeverityCritical]; c > 0 {
		parts = append(parts, fmt.Sprintf("%d crit", c))
	}
	if c := n[state.SeverityWarning]; c > 0 {
		parts = append(parts, fmt.Sprintf("%d warn", c))
	}
	return strings.Join(parts, " ")
}

// shortTitles are the titles of panes where there is no room for the whole ones.
var shortTitles = map[string]string{"Overview": "Over", "Brokers": "Broker", "Tenants": "Tenant", "Topics": "Topic", "Partitions": "Parts", "Groups": "Group",
	"Requests": "Reqs"}

// titles returns the panes' titles, whole and short.
func (a *app) titles() (whole, short []string) {
	for _, p := range a.panes {
		title := p.Title()
		whole, short = append(whole, title), append(short, cmp.Or(shortTitles[title], title))
	}
	return whole, short
}

// drawTabs draws the second line: the panes.
func (a *app) drawTabs(area cell.Area) {
	if a.single() {
		a.drawLooked(area)
		return
	}
	width, _ := area.Size()
	whole, short := a.titles()
	for i, tab := range layout.Tabs(whole, short, a.at, width) {
		style, text := cell.Faint, digit(a.panes[i])+" "+tab.Name
		if i == a.at {
			style, text = cell.Strong|cell.Inverse, " "+text+" "
		}
		area.Text(tab.X, 0, style, text)
	}
}

// drawRule draws the line under the tabs. On it stand what is open in the pane in front or its filter, and the pane's status.
func (a *app) drawRule(area cell.Area) {
	area.Rule(a.clusterStyle() &^ cell.Inverse)
	width, _ := area.Size()
	ascii := area.Theme().ASCII
	const from = 2 // and as much at the right
	if status := a.panes[a.at].Status(); status != "" && a.output == nil {
		if x := width - from - cell.Width(status, ascii) - 2; x > from {
			area.Text(x, 0, cell.Plain, " "+status+" ")
			width = x + 1
		}
	}
	if path := a.path(area.Theme()); path != "" {
		room := min(width-2*from-1, cell.Width(path, ascii)+2)
		area.Fit(from, 0, room, cell.Input, " "+path+" ", false)
	}
}

// path returns what is open in the pane in front, or else its filter.
func (a *app) path(t *cell.Theme) string {
	if a.output != nil {
		return string(t.Arrow) + " " + a.output.title()
	}
	p := a.panes[a.at]
	var parts []string
	for _, s := range p.Trail() {
		parts = append(parts, string(t.Arrow)+" "+s)
	}
	if f := p.Filter(); f != "" && len(parts) == 0 && a.prompt.mode != typingFilter {
		parts = append(parts, "/"+f)
	}
	return strings.Join(parts, " ")
}
