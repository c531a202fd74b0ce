// Package plan is the console's pane that builds a reassignment plan, stage by stage, and shows what it would change. It
// changes no cluster: a plan is saved, and handed to the palette's apply. Start reading at Pane.
package plan

import (
	"context"
	"fmt"
	"io"

	"kdeck/ops/format"
	"kdeck/ops/plan"
	"kdeck/ops/state"
	"kdeck/ui/cell"
	"kdeck/ui/layout"
	"kdeck/ui/pane"
	"kdeck/ui/table"
)

// Pane builds a plan: a chain of stages above, the changes that it comes to, what they cost, and the brokers before and
// after. It changes no cluster: a plan is saved, and handed over to the palette's apply.
type Pane struct {
	*pane.List[planRow]
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

	open    bool // the summary fills the pane
	measure measure
	summary pane.Page
	fixed   pane.Page // the summary's part that does not go with the cursor, kept while barsOf stays the same
	barsOf  barsOf
	parts   layout.Plan
}

// New makes the pane.
func New() *Pane {
	p := &Pane{}
	p.List = pane.NewList(pane.Spec[planRow]{
		Name: "plan", Title: "Plan", Row: "change",
		Columns: planColumns(), Order: table.Order{Column: "topic"},
		Rows: p.rows,
		JSON: func(pane.Scene, []planRow) (func(io.Writer) error, error) { return p.outcome.plan.Write, nil }, // filtered or not
	})
	return p
}

// See implements [pane.Screen]. A plan stays that of the snapshot that it was made on; what comes later is only held against it.
func (p *Pane) See(s pane.Scene) []pane.Effect {
	p.Scene = s
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
	snap := p.Scene.Snapshot()
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
		return pane.Background(p.Table.Set(table.Rows[planRow]{}, nil, false))
	}
	return p.Fill()
}

// rows are those of the outcome.
func (p *Pane) rows(*pane.Scene) table.Rows[planRow] {
	if !p.haveOutcome() {
		return table.Rows[planRow]{}
	}
	rows := p.outcome.rows()
	rows.Style = func(planRow) cell.Style {
		if p.pending() {
			return cell.Stale
		}
		return cell.Plain
	}
	return rows
}

// Arrange implements [pane.Screen].
func (p *Pane) Arrange(width, height int, ascii bool) {
	body := layout.Rect{W: width, H: height}
	p.parts = layout.ComputePlan(body, p.open)
	p.Table.Arrange(p.parts.List.W, p.parts.List.H, ascii)
	if d := p.parts.Detail; !d.Empty() {
		if !p.open {
			p.summary.Top = 0
		}
		p.describe(d.W-2, d.H, ascii)
	}
}

// Status implements [pane.Screen].
func (p *Pane) Status() string {
	switch {
	case p.Scene.Snapshot() == nil || len(p.draft.stages) == 0:
		return ""
	case p.pending():
		return "planning"
	case p.outcome.err != nil:
		return "no plan"
	}
	s := p.List.Status()
	if n := p.outcome.dropped; n > 0 {
		s += ", " + format.Thousands(n) + " taken out"
	}
	return s
}

// Trail implements [pane.Screen].
func (p *Pane) Trail() []string {
	if p.open {
		return []string{"what it comes to"}
	}
	return nil
}

// Back implements [pane.Screen].
func (p *Pane) Back() ([]pane.Effect, bool) {
	if p.giveUp != nil && p.pending() {
		p.giveUp(errGivenUp)
		return nil, true
	}
	was := p.open
	p.open, p.summary.Top = false, 0
	return nil, was
}

// Print implements [pane.Screen].
func (p *Pane) Print(w io.Writer, ascii bool) error {
	if !p.ready() {
		_, err := fmt.Fprintln(w, "no plan yet; without a terminal: kdeck plan STAGE")
		return err
	}
	return p.List.Print(w, ascii)
}

// Export implements [pane.Rows].
func (p *Pane) Export(format string) (func(io.Writer) error, error) {
	if !p.ready() {
		return nil, errNoPlan
	}
	return p.List.Export(format)
}
