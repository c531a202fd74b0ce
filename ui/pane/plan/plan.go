// Package plan is the console's pane that builds a reassignment plan, stage by stage, and shows what it would change. It
// changes no cluster: a plan is saved, and handed to the palette's apply. Start reading at Pane.
package plan

import (
	"context"
	"fmt"
	"io"
	"strings"

	"kdeck/ops/format"
	"kdeck/ops/plan"
	"kdeck/ops/state"
	"kdeck/ops/view"
	"kdeck/ui/cell"
	"kdeck/ui/layout"
	"kdeck/ui/pane"
	"kdeck/ui/table"
)

// Pane builds a plan: a chain of stages above, the changes that it comes to, what they cost, and the brokers before and
// after. It changes no cluster: a plan is saved, and handed over to the palette's apply.
type Pane struct {
	scene  pane.Scene
	draft  draft
	before []draft // to be returned to, the latest last
	chosen int     // stage

	outcome *outcome                // the last one; while the next one is worked out, of another draft
	asked   uint64                  // counts what was wanted
	got     uint64                  // asked, as it was when the outcome was
	anew    bool                    // what is wanted is wanted on the latest snapshot
	giveUp  context.CancelCauseFunc // of the one that is being worked out; nil: none is. Never two at once, for they may be large
	checked *state.Snapshot
	changed string // how the cluster has changed since in what is planned; "" for not
	saved   string // the outcome's file

	table   *table.Table[planRow]
	filter  string
	terms   view.Filter
	open    bool // the summary fills the pane
	measure measure
	summary pane.Page
	fixed   pane.Page // the summary's part that does not go with the cursor, kept while barsOf stays the same
	barsOf  barsOf
	parts   layout.Plan
}

// NewPlan makes the pane.
func New() *Pane {
	return &Pane{table: table.New(planColumns(), table.Order{Column: "topic"})}
}

// Name implements Pane.
func (p *Pane) Name() string { return "plan" }

// Title implements Pane.
func (p *Pane) Title() string { return "Plan" }

// See implements Pane. A plan stays that of the snapshot that it was made on; what comes later is only held against it.
func (p *Pane) See(s pane.Scene) []pane.Effect {
	p.scene = s
	snap := s.Snapshot()
	if snap == nil {
		return nil
	}
	if p.pending() {
		if p.giveUp != nil {
			return nil
		}
		return p.start()
	}
	if !p.ready() || snap == p.outcome.snap || snap == p.checked {
		return nil
	}
	o := p.outcome
	p.checked = snap
	return []pane.Effect{pane.Work{Run: func() func() {
		err := o.made.CheckUnchanged(snap)
		return func() {
			if o != p.outcome {
				return
			}
			p.changed = ""
			if err != nil {
				p.changed = err.Error()
			}
		}
	}}}
}

// pending tells that the outcome isn't that of the draft in force.
func (p *Pane) pending() bool { return p.asked != p.got }

// ready tells that there is a plan of the draft in force.
func (p *Pane) ready() bool { return !p.pending() && p.outcome != nil && p.outcome.err == nil }

// work asks for what the draft in force comes to: on the snapshot that is shown now where anew is set, and where only
// what is taken out by hand differs from the draft before, on that of the plan.
func (p *Pane) work(anew bool) []pane.Effect {
	p.asked++
	p.anew = p.anew || anew
	return p.start()
}

// start works out, off the update loop, what the draft in force comes to. Where something is being worked out already,
// that is given up, and what is wanted now begins when it has ended.
func (p *Pane) start() []pane.Effect {
	snap := p.scene.Snapshot()
	if snap == nil {
		return nil
	}
	if p.giveUp != nil {
		p.giveUp(errSuperseded)
		return nil
	}
	asked, d, anew := p.asked, p.draft, p.anew
	if len(d.stages) == 0 {
		return p.came(asked, nil)
	}
	var made *plan.Proposal
	if o := p.outcome; o != nil && o.err == nil && o.chain == d.words() && !anew {
		snap, made = o.snap, o.made
	}
	ctx, giveUp := context.WithCancelCause(context.Background())
	p.giveUp, p.anew = giveUp, false
	var next []pane.Effect
	return []pane.Effect{pane.Work{
		Run: func() func() {
			o := outcomeOf(ctx, snap, d, made)
			return func() {
				giveUp(nil)
				p.giveUp = nil
				if asked != p.asked {
					p.anew = p.anew || anew
				}
				next = p.came(asked, o)
			}
		},
		Then: func() []pane.Effect { return next },
	}}
}

// came takes in what was worked out, unless something else has been wanted since.
func (p *Pane) came(asked uint64, o *outcome) []pane.Effect {
	if asked != p.asked {
		return p.start()
	}
	p.got, p.outcome, p.checked, p.changed, p.saved = asked, o, nil, "", ""
	if o == nil || o.err != nil {
		return pane.Background(p.table.Set(table.Rows[planRow]{}, nil, false))
	}
	return p.fill()
}

// fill gives the table the rows of the outcome that pass the filter.
func (p *Pane) fill() []pane.Effect {
	match, err := view.MatchRow(pane.PlainColumns(p.table), p.terms)
	if err != nil || len(p.terms) == 0 { // SetFilter has tried it
		match = nil
	}
	rows := p.outcome.rows()
	rows.Style = func(planRow) cell.Style {
		if p.pending() {
			return cell.Stale
		}
		return cell.Plain
	}
	return pane.Background(p.table.Set(rows, match, false))
}

// Arrange implements Pane.
func (p *Pane) Arrange(width, height int, ascii bool) {
	body := layout.Rect{W: width, H: height}
	p.parts = layout.ComputePlan(body, p.open)
	p.table.Arrange(p.parts.List.W, p.parts.List.H, ascii)
	if d := p.parts.Detail; !d.Empty() {
		if !p.open {
			p.summary.Top = 0
		}
		p.describe(d.W-2, d.H, ascii)
	}
}

// Status implements Pane.
func (p *Pane) Status() string {
	switch {
	case p.scene.Snapshot() == nil || len(p.draft.stages) == 0:
		return ""
	case p.pending():
		return "planning"
	case p.outcome.err != nil:
		return "no plan"
	}
	s := pane.ListStatus(p.table, "change")
	if n := p.outcome.dropped; n > 0 {
		s += ", " + format.Thousands(n) + " taken out"
	}
	return s
}

// Trail implements Pane.
func (p *Pane) Trail() []string {
	if p.open {
		return []string{"what it comes to"}
	}
	return nil
}

// Back implements Pane.
func (p *Pane) Back() ([]pane.Effect, bool) {
	if p.giveUp != nil && p.pending() {
		p.giveUp(errGivenUp)
		return nil, true
	}
	was := p.open
	p.open, p.summary.Top = false, 0
	return nil, was
}

// Filter implements Pane.
func (p *Pane) Filter() string { return p.filter }

// SetFilter implements Pane.
func (p *Pane) SetFilter(s string) ([]pane.Effect, error) {
	terms, err := view.ParseFilter(s)
	if err != nil {
		return nil, err
	}
	if _, err := view.MatchRow(pane.PlainColumns(p.table), terms); err != nil {
		return nil, err
	}
	p.filter, p.terms = strings.TrimSpace(s), terms
	if !p.ready() {
		return nil, nil
	}
	return p.fill(), nil
}

// SortColumns are the columns that SortBy takes.
func (p *Pane) SortColumns() []string { return pane.ColumnNames(p.table) }

// SortBy sorts the rows; no column is the pane's own order.
func (p *Pane) SortBy(column string, reverse bool) ([]pane.Effect, error) {
	return pane.SortBy(p.table, column, reverse)
}

// FilterWords are the fields that a filter may name.
func (p *Pane) FilterWords() []string { return pane.FieldWords(p.table) }

// Layout implements Pane.
func (p *Pane) Layout() pane.Layout { return pane.LayoutOf(p.table) }

// SetLayout implements Pane.
func (p *Pane) SetLayout(l pane.Layout) []pane.Effect { return pane.SetLayout(p.table, l) }

// Print implements Pane.
func (p *Pane) Print(w io.Writer, ascii bool) error {
	if !p.ready() {
		_, err := fmt.Fprintln(w, "no plan yet; without a terminal: kdeck plan STAGE")
		return err
	}
	return p.table.Print(w, ascii)
}

// Export implements Pane. As JSON it is the plan's file, filtered or not.
func (p *Pane) Export(format string) (func(io.Writer) error, error) {
	switch {
	case !p.ready():
		return nil, errNoPlan
	case format == "csv":
		return pane.ExportCSV(p.table), nil
	}
	return p.outcome.plan.Write, nil
}
