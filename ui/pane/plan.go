package pane

import (
	"context"
	"fmt"
	"io"
	"strings"

	"kdeck/ops/plan"
	"kdeck/ops/state"
	"kdeck/ops/view"
	"kdeck/ui/cell"
	"kdeck/ui/layout"
	"kdeck/ui/table"
)

// Plan builds a plan: a chain of stages above, the changes that it comes to, what they cost, and the brokers before and
// after. It changes no cluster: a plan is saved, and handed over to the palette's apply.
type Plan struct {
	scene  Scene
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
	summary page
	fixed   page // the summary's part that does not go with the cursor, kept while barsOf stays the same
	barsOf  barsOf
	parts   layout.Plan
}

// NewPlan makes the pane.
func NewPlan() *Plan {
	return &Plan{table: table.New(planColumns(), table.Order{Column: "topic"})}
}

// Name implements Pane.
func (p *Plan) Name() string { return "plan" }

// Title implements Pane.
func (p *Plan) Title() string { return "Plan" }

// See implements Pane. A plan stays that of the snapshot that it was made on; what comes later is only held against it.
func (p *Plan) See(s Scene) []Effect {
	p.scene = s
	snap := s.snapshot()
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
	return []Effect{Work{Run: func() func() {
		err := o.made.Holds(snap)
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
func (p *Plan) pending() bool { return p.asked != p.got }

// ready tells that there is a plan of the draft in force.
func (p *Plan) ready() bool { return !p.pending() && p.outcome != nil && p.outcome.err == nil }

// work asks for what the draft in force comes to: on the snapshot that is shown now where anew is set, and where only
// what is taken out by hand differs from the draft before, on that of the plan.
func (p *Plan) work(anew bool) []Effect {
	p.asked++
	p.anew = p.anew || anew
	return p.start()
}

// start works out, off the update loop, what the draft in force comes to. Where something is being worked out already,
// that is given up, and what is wanted now begins when it has ended.
func (p *Plan) start() []Effect {
	snap := p.scene.snapshot()
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
	var next []Effect
	return []Effect{Work{
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
		Then: func() []Effect { return next },
	}}
}

// came takes in what was worked out, unless something else has been wanted since.
func (p *Plan) came(asked uint64, o *outcome) []Effect {
	if asked != p.asked {
		return p.start()
	}
	p.got, p.outcome, p.checked, p.changed, p.saved = asked, o, nil, "", ""
	if o == nil || o.err != nil {
		return work(p.table.Set(table.Rows[planRow]{}, nil, false))
	}
	return p.fill()
}

// fill gives the table the rows of the outcome that pass the filter.
func (p *Plan) fill() []Effect {
	match, err := view.MatchRow(plainColumns(p.table), p.terms)
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
	return work(p.table.Set(rows, match, false))
}

// Arrange implements Pane.
func (p *Plan) Arrange(width, height int, ascii bool) {
	body := layout.Rect{W: width, H: height}
	p.parts = layout.ComputePlan(body, p.open)
	p.table.Arrange(p.parts.List.W, p.parts.List.H, ascii)
	if d := p.parts.Detail; !d.Empty() {
		if !p.open {
			p.summary.top = 0
		}
		p.describe(d.W-2, d.H, ascii)
	}
}

// Status implements Pane.
func (p *Plan) Status() string {
	switch {
	case p.scene.snapshot() == nil || len(p.draft.stages) == 0:
		return ""
	case p.pending():
		return "planning"
	case p.outcome.err != nil:
		return "no plan"
	}
	s := listStatus(p.table, "change")
	if n := p.outcome.dropped; n > 0 {
		s += ", " + thousands(n) + " taken out"
	}
	return s
}

// Trail implements Pane.
func (p *Plan) Trail() []string {
	if p.open {
		return []string{"what it comes to"}
	}
	return nil
}

// Back implements Pane.
func (p *Plan) Back() ([]Effect, bool) {
	if p.giveUp != nil && p.pending() {
		p.giveUp(errGivenUp)
		return nil, true
	}
	was := p.open
	p.open, p.summary.top = false, 0
	return nil, was
}

// Filter implements Pane.
func (p *Plan) Filter() string { return p.filter }

// SetFilter implements Pane.
func (p *Plan) SetFilter(s string) ([]Effect, error) {
	terms, err := view.ParseFilter(s)
	if err != nil {
		return nil, err
	}
	if _, err := view.MatchRow(plainColumns(p.table), terms); err != nil {
		return nil, err
	}
	p.filter, p.terms = strings.TrimSpace(s), terms
	if !p.ready() {
		return nil, nil
	}
	return p.fill(), nil
}

// SortColumns are the columns that SortBy takes.
func (p *Plan) SortColumns() []string { return columnNames(p.table) }

// SortBy sorts the rows; no column is the pane's own order.
func (p *Plan) SortBy(column string, reverse bool) ([]Effect, error) {
	return sortBy(p.table, column, reverse)
}

// FilterWords are the fields that a filter may name.
func (p *Plan) FilterWords() []string { return fieldWords(p.table) }

// Layout implements Pane.
func (p *Plan) Layout() Layout { return layoutOf(p.table) }

// SetLayout implements Pane.
func (p *Plan) SetLayout(l Layout) []Effect { return setLayout(p.table, l) }

// Print implements Pane.
func (p *Plan) Print(w io.Writer, ascii bool) error {
	if !p.ready() {
		_, err := fmt.Fprintln(w, "no plan yet; without a terminal: kdeck plan STAGE")
		return err
	}
	return p.table.Print(w, ascii)
}

// Export implements Pane. As JSON it is the plan's file, filtered or not.
func (p *Plan) Export(format string) (func(io.Writer) error, error) {
	switch {
	case !p.ready():
		return nil, errNoPlan
	case format == "csv":
		return exportCSV(p.table), nil
	}
	return p.outcome.plan.Write, nil
}
