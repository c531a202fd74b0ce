// Package plan is the console's pane that builds a reassignment plan from stages and shows what it would change. It changes
// no cluster: the user saves the plan, and kdeck apply carries it out. Start reading at Pane.
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

// Pane shows the chain of stages, the partitions that the plan changes, what the plan costs and risks, and the load of the
// brokers before and after it.
type Pane struct {
	*pane.List[planRow]
	draft  draft
	undo   []draft // the drafts before, the latest last
	chosen int     // the chosen stage

	outcome *outcome                // the latest; while planning, of an earlier draft
	wanted  uint64                  // the number of the latest request to plan
	planned uint64                  // the number of the request that made the outcome
	anew    bool                    // plan on the latest snapshot
	cancel  context.CancelCauseFunc // of the planning under way, of which there is at most one; nil: there is none
	checked *state.Snapshot         // the latest one that was compared with the plan
	changed string                  // how the planned partitions have changed since; "" for not
	saved   string                  // the file of the outcome's plan

	open      bool // the summary fills the pane
	quantity  quantity
	summary   pane.Page
	fixed     pane.Page // the summary without the row under the cursor, made of barsInput
	barsInput barsInput
	parts     layout.Plan
}

// New makes the pane.
func New() *Pane {
	p := &Pane{}
	p.List = pane.NewList(pane.Spec[planRow]{
		Name: "plan", Title: "Plan", Row: "change", Letters: "RX",
		Columns: planColumns(), Order: table.Order{Column: "topic"},
		Rows: p.rows, Names: func(r planRow) []string { return []string{r.after().Topic} },
		JSON: func(pane.Scene, []planRow) (func(io.Writer) error, error) { return p.outcome.plan.Write, nil }, // filtered or not
		Document: func(_ pane.Scene, r planRow) any {
			return struct {
				plan.Assignment
				Before []int32 `json:"before"`
			}{*r.after(), r.before()}
		},
	})
	return p
}

// See implements [pane.Screen]. It doesn't plan again on a new snapshot; it checks whether the planned partitions changed.
func (p *Pane) See(s pane.Scene) []pane.Effect {
	p.Scene = s
	snap := s.Snapshot()
	if snap == nil {
		return nil
	}
	if p.pending() {
		if p.cancel != nil {
			return nil
		}
		return p.start()
	}
	if !p.ready() || snap == p.outcome.snap || snap == p.checked {
		return nil
	}
	o := p.outcome
	p.checked = snap
	return pane.Background(func() func() {
		err := o.proposal.CheckUnchanged(snap)
		return func() {
			if o != p.outcome {
				return
			}
			p.changed = ""
			if err != nil {
				p.changed = err.Error()
			}
		}
	})
}

// pending tells that the plan of the draft isn't there yet.
func (p *Pane) pending() bool { return p.wanted != p.planned }

// hasPlan tells that there is a plan to show; while planning, of an earlier draft.
func (p *Pane) hasPlan() bool { return p.outcome != nil && p.outcome.err == nil }

// ready tells that there is a plan of the draft.
func (p *Pane) ready() bool { return !p.pending() && p.hasPlan() }

// replan plans the draft: on the latest snapshot if anew is set or if its stages changed, or else on the snapshot of the
// plan, of which it only drops changes.
func (p *Pane) replan(anew bool) []pane.Effect {
	p.wanted++
	p.anew = p.anew || anew
	return p.start()
}

// start plans the draft off the update loop. If planning is under way it cancels that, and plans when it has ended: a plan
// may need much memory.
func (p *Pane) start() []pane.Effect {
	snap := p.Scene.Snapshot()
	if snap == nil {
		return nil
	}
	if p.cancel != nil {
		p.cancel(errSuperseded)
		return nil
	}
	wanted, d, anew := p.wanted, p.draft, p.anew
	if len(d.stages) == 0 {
		return p.finish(wanted, nil)
	}
	var proposal *plan.Proposal
	if o := p.outcome; o != nil && o.err == nil && o.chain == d.words() && !anew {
		snap, proposal = o.snap, o.proposal
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	p.cancel, p.anew = cancel, false
	return []pane.Effect{pane.Work(func() func() []pane.Effect {
		o := outcomeOf(ctx, snap, d, proposal)
		return func() []pane.Effect {
			cancel(nil)
			p.cancel = nil
			if wanted != p.wanted {
				p.anew = p.anew || anew
			}
			return p.finish(wanted, o)
		}
	})}
}

// finish shows an outcome, or plans again if another one is wanted by now.
func (p *Pane) finish(wanted uint64, o *outcome) []pane.Effect {
	if wanted != p.wanted {
		return p.start()
	}
	p.planned, p.outcome, p.checked, p.changed, p.saved = wanted, o, nil, "", ""
	return p.Fill()
}

func (p *Pane) rows(*pane.Scene) table.Rows[planRow] {
	if !p.hasPlan() {
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
			p.summary.Home()
		}
		p.describe(d.W-2, d.H, ascii)
	}
}

// Lists implements [pane.Screen].
func (p *Pane) Lists() []pane.Placed {
	if p.parts.List.Empty() || !p.hasPlan() {
		return nil
	}
	return []pane.Placed{{Table: p.Table, At: p.parts.List}}
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
		s += ", " + format.Thousands(n) + " dropped"
	}
	return s
}

// Trail implements [pane.Screen].
func (p *Pane) Trail() []string {
	if p.open {
		return []string{"summary"}
	}
	return nil
}

// Back implements [pane.Screen].
func (p *Pane) Back() ([]pane.Effect, bool) {
	if p.cancel != nil && p.pending() {
		p.cancel(errCancelled)
		return nil, true
	}
	was := p.open
	p.open = false
	p.summary.Home()
	return nil, was
}

// Print implements [pane.Screen].
func (p *Pane) Print(w io.Writer, ascii bool) error {
	if !p.ready() {
		_, err := fmt.Fprintln(w, "no plan yet; without a terminal use kdeck plan STAGE")
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
