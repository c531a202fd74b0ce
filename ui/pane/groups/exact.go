package groups

import (
	"context"

	"kdeck/ops/state"
	"kdeck/ui/pane"
	"kdeck/ui/table"
)

// askOf begins to ask of a group that is opened. Looks are ten seconds apart, and between two of them a burst may have come at any moment: leaders know when.
func (p *Pane) askOf(id table.ID) []pane.Effect {
	if p.reader == nil {
		return nil
	}
	p.opened = pane.AskOf[state.GroupRead](p.ctx, id.Name)
	return p.ask()
}

// See implements [pane.Screen]. After each look it asks again of the group that is open.
func (p *Pane) See(s pane.Scene) []pane.Effect {
	return append(p.List.See(s), p.ask()...)
}

// ask asks of the group that is open, unless that was done since it was looked at.
func (p *Pane) ask() []pane.Effect {
	o, s := p.opened, p.Scene.State
	if o == nil || s == nil || s.Ends == nil {
		return nil
	}
	g, before, ends := s.Groups.Find(o.Name), o.Answer, s.Ends
	if g == nil || !g.Partitions.Known || before != nil && before.Of == g {
		return nil
	}
	return o.Ask(func(ctx context.Context) *state.GroupRead { return p.reader(ctx, g, before, ends) }, p.DescribeAgain)
}

// exact is the group with exact times, and why not all of them are known. While leaders are asked about the latest look, it is that of the look before, so
// that figures don't change to and fro.
func (p *Pane) exact(g *state.Group) (*state.Group, string) {
	if o := p.opened; g != nil && o != nil && o.Answer != nil && (o.Answer.Of == g || o.Busy()) {
		return o.Answer.Exact, o.Answer.Why
	}
	return g, ""
}

// letGo forgets what was found of the group that was opened, and stops what is under way.
func (p *Pane) letGo() {
	p.opened.Stop()
	p.opened = nil
}
