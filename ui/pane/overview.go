package pane

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"kdeck/ops/state"
	"kdeck/ops/view"
	"kdeck/ui/cell"
	"kdeck/ui/layout"
	"kdeck/ui/table"
)

// How far back the Overview looks.
const (
	newFor      = time.Minute
	changesBack = 15 * time.Minute
)

// Overview is the first screen: the verdict, the findings that lead to the rows they are about, the brokers by rack,
// and what changed in the last minutes.
type Overview struct {
	scene   Scene
	seq     uint64
	table   *table.Table[finding]
	seen    map[table.ID]time.Time // when a finding was first there
	changes []state.Change
	matrix  matrix
	parts   layout.Overview
	detail  page
	open    bool
	filter  string
	terms   view.Filter
}

// NewOverview makes the pane.
func NewOverview() *Overview {
	return &Overview{table: table.New(findingColumns(), table.Order{Column: "severity"}), seen: map[table.ID]time.Time{}}
}

// Name implements Pane.
func (o *Overview) Name() string { return "overview" }

// Title implements Pane.
func (o *Overview) Title() string { return "Overview" }

func findingID(f finding) table.ID { return table.ID{Name: f.Code + " " + f.Scope} }

// See implements Pane.
func (o *Overview) See(s Scene) []Effect {
	o.scene = s
	if s.State.Seq != o.seq {
		o.seq = s.State.Seq
		if s.History != nil {
			o.changes = s.History.Changes(s.Now.Add(-changesBack))
		}
		first := len(o.seen) == 0
		for _, f := range s.State.Findings {
			id := findingID(finding{Finding: f})
			if _, ok := o.seen[id]; !ok && first {
				o.seen[id] = time.Time{}
			} else if !ok {
				o.seen[id] = s.Now
			}
		}
		o.matrix.set(s.State.Snapshot)
	}
	return o.set()
}

func (o *Overview) set() []Effect {
	rows := make([]finding, 0, len(o.scene.State.Findings))
	at := map[table.ID]int{}
	for _, f := range o.scene.State.Findings {
		r := finding{Finding: f, rank: len(rows)}
		if f.Severity != state.SeverityOK {
			r.since = o.scene.since(f.Since)
		}
		if _, twice := at[findingID(r)]; twice {
			continue
		}
		at[findingID(r)] = len(rows)
		rows = append(rows, r)
	}
	match, err := view.MatchRow(plainColumns(o.table), o.terms)
	if err != nil { // SetFilter has tried it
		match = nil
	}
	return work(o.table.Set(table.Rows[finding]{
		Len: len(rows),
		At:  func(i int) finding { return rows[i] },
		ID:  findingID,
		Find: func(id table.ID) (int, bool) {
			i, ok := at[id]
			return i, ok
		},
		Style: func(f finding) cell.Style {
			s := cell.Plain
			if o.scene.State.Failed != "" {
				s |= cell.Stale
			}
			if first := o.seen[findingID(f)]; !first.IsZero() && o.scene.Now.Sub(first) < newFor {
				s |= cell.Changed
			}
			return s
		},
	}, match, true))
}

// Arrange implements Pane.
func (o *Overview) Arrange(width, height int, ascii bool) {
	body := layout.Rect{W: width, H: height}
	o.matrix.arrange(matrixWidth(body), height, ascii)
	o.parts = layout.ComputeOverview(body, max(o.table.Len(), 1)+1, o.matrix.rows())
	_, list := o.parts.Findings.Top(1)
	o.table.Arrange(list.W, list.H, ascii)
	if o.open || !o.parts.Detail.Empty() {
		top := o.detail.top
		o.detail = page{top: top}
		if f, ok := o.table.Current(); ok {
			describeFinding(&o.detail, f)
		}
		w, h := o.parts.Detail.W-2, o.parts.Detail.H
		if o.open {
			w, h = width-2, height
		}
		o.detail.arrange(w, h, ascii)
	}
}

// matrixWidth is how wide the brokers are drawn in a body.
func matrixWidth(body layout.Rect) int {
	return layout.ComputeOverview(body, 1, 1).Brokers.W
}

// Draw implements Pane.
func (o *Overview) Draw(a cell.Area) {
	if o.scene.snapshot() == nil && len(o.scene.State.Findings) == 0 {
		drawWaiting(a, o.scene)
		return
	}
	if o.open {
		w, h := a.Size()
		o.detail.draw(a.In(layout.Rect{X: 1, W: w - 2, H: h}))
		return
	}
	card, list := o.parts.Findings.Top(1)
	o.drawCard(a.In(card))
	o.table.Draw(a.In(list), true, "no finding"+o.reason())
	for _, r := range o.parts.Rules {
		a.In(r).Rule(cell.Frame)
	}
	for _, r := range o.parts.Bars {
		a.In(r).Bar(cell.Frame)
	}
	o.matrix.draw(a.In(o.parts.Brokers))
	o.drawChanges(a.In(o.parts.Changes))
	if d := o.parts.Detail; !d.Empty() {
		d.X, d.W = d.X+1, d.W-2
		o.detail.draw(a.In(d))
	}
}

func (o *Overview) reason() string {
	if o.filter != "" {
		return " passes the filter " + o.filter + " (esc clears it)"
	}
	return ""
}

// drawCard says the verdict, and what keeps it from being surer.
func (o *Overview) drawCard(a cell.Area) {
	glyph, word, style := VerdictLook(a.Theme(), o.scene.State.Verdict)
	a.Glyph(1, 0, style, glyph)
	x := a.Text(3, 0, style, word)
	w, _ := a.Size()
	a.Fit(x+2, 0, w-x-2, cell.Plain, o.cardText(), false)
}

func (o *Overview) cardText() string {
	n := map[state.Severity]int{}
	for _, f := range o.scene.State.Findings {
		n[f.Severity]++
	}
	var parts []string
	if c := n[state.SeverityCritical]; c > 0 {
		parts = append(parts, fmt.Sprintf("%d critical", c))
	}
	if c := n[state.SeverityWarning]; c > 0 {
		parts = append(parts, count(c, "warning"))
	}
	if snap := o.scene.snapshot(); snap != nil {
		if u := len(snap.Unknown); u > 0 {
			parts = append(parts, count(u, "thing")+" could not be read")
		}
		parts = append(parts, count(snap.NumTopics(), "topic"), count(snap.NumPartitions(), "partition"))
	}
	return strings.Join(parts, ", ")
}

// drawChanges lists what changed, the latest first.
func (o *Overview) drawChanges(a cell.Area) {
	_, h := a.Size()
	if h == 0 {
		return
	}
	a.Text(1, 0, cell.Heading, fmt.Sprintf("CHANGED IN THE LAST %d MINUTES", changesBack/time.Minute))
	if len(o.changes) == 0 {
		began := "nothing"
		if o.scene.History != nil && !o.scene.History.Began().IsZero() {
			began = "nothing since " + clock(o.scene.History.Began())
		}
		a.Text(3, 1, cell.Faint, began)
		return
	}
	for i, c := range o.changes {
		if i+1 >= h {
			break
		}
		a.Text(3, i+1, cell.Faint, clock(c.At))
		a.Glyph(14, i+1, severityStyle(c.Severity), severityGlyph(a.Theme(), c.Severity))
		a.Text(16, i+1, cell.Plain, c.Sentence)
	}
	if more := len(o.changes) - (h - 1); more > 0 && h > 1 {
		text := fmt.Sprintf("%d more", more)
		w, _ := a.Size()
		a.Text(w-len(text)-1, 0, cell.Faint, text)
	}
}

// Status implements Pane.
func (o *Overview) Status() string {
	if o.filter == "" {
		return "" // the names of the panes need the room
	}
	return listStatus(o.table, "finding")
}

// Trail implements Pane.
func (o *Overview) Trail() []string {
	if o.open {
		if f, ok := o.table.Current(); ok {
			return []string{f.Code}
		}
	}
	return nil
}

// Bindings implements Pane.
func (o *Overview) Bindings() []Binding {
	none := ""
	f, ok := o.table.Current()
	if !ok {
		none = "there is no finding"
	}
	if o.open {
		b := o.detail.bindings()
		return append(b,
			Binding{Keys: []string{"enter"}, Help: "its rows", Group: Going, Label: "open", Disabled: noRows(f), Do: o.enter},
			Binding{Keys: []string{"c"}, Help: "copy what is shown", Group: Rows, Do: func() []Effect {
				return []Effect{Copy{o.detail.text(), "the finding"}}
			}})
	}
	return append([]Binding{
		{Keys: []string{"enter"}, Help: "what it is about", Label: "open", Group: Going, Disabled: none, Do: o.enter},
		{Keys: []string{"d"}, Help: "evidence", Label: "evidence", Group: Going, Disabled: none, Do: func() []Effect {
			o.open, o.detail = true, page{}
			return nil
		}},
	}, listBindings(o.table)...)
}

func noRows(f finding) string {
	if f.Pane == "" {
		return "this finding has no rows of its own"
	}
	return ""
}

// enter goes to the rows of the finding, or opens it where it has none.
func (o *Overview) enter() []Effect {
	f, ok := o.table.Current()
	if !ok {
		return nil
	}
	if f.Pane == "" {
		o.open, o.detail = true, page{}
		return nil
	}
	return []Effect{Open{Pane: f.Pane, Filter: f.Filter}}
}

// Back implements Pane.
func (o *Overview) Back() ([]Effect, bool) {
	was := o.open
	o.open = false
	return nil, was
}

// Filter implements Pane.
func (o *Overview) Filter() string { return o.filter }

// SetFilter implements Pane.
func (o *Overview) SetFilter(s string) ([]Effect, error) {
	terms, err := view.ParseFilter(s)
	if err != nil {
		return nil, err
	}
	if _, err := view.MatchRow(plainColumns(o.table), terms); err != nil {
		return nil, err
	}
	o.filter, o.terms = strings.TrimSpace(s), terms
	if o.scene.State == nil {
		return nil, nil
	}
	return o.set(), nil
}

// SortColumns are the columns that SortBy takes.
func (o *Overview) SortColumns() []string { return columnNames(o.table) }

// SortBy sorts the rows; no column is the pane's own order.
func (o *Overview) SortBy(column string, reverse bool) ([]Effect, error) {
	return sortBy(o.table, column, reverse)
}

// FilterWords are the fields that a filter may name.
func (o *Overview) FilterWords() []string { return fieldWords(o.table) }

// Layout implements Pane.
func (o *Overview) Layout() Layout { return layoutOf(o.table) }

// SetLayout implements Pane.
func (o *Overview) SetLayout(l Layout) []Effect { return setLayout(o.table, l) }

// Print implements Pane.
func (o *Overview) Print(w io.Writer, ascii bool) error {
	var b strings.Builder
	fmt.Fprintln(&b, o.cardText())
	for i := range o.table.Len() {
		f := o.table.Row(i)
		line := severityWord(f.Severity) + "  " + f.Sentence
		if f.Since.Known {
			line += " (since " + f.since + ")"
		}
		fmt.Fprintln(&b, cell.Safe(line, ascii))
		if f.Next != "" {
			fmt.Fprintln(&b, "      next: "+cell.Safe(f.Next, ascii))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Export implements Pane.
func (o *Overview) Export(format string) (func(io.Writer) error, error) {
	if format == "csv" {
		return exportCSV(o.table), nil
	}
	snap := o.scene.snapshot()
	if snap == nil {
		return nil, errNothingYet
	}
	var findings []state.Finding
	for _, f := range allRows(o.table) {
		findings = append(findings, f.Finding)
	}
	answer := view.Status(snap, o.scene.State.Verdict, findings)
	return func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(answer)
	}, nil
}
