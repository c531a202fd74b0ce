package ui

import (
	"context"
	"io"
	"testing"

	"kdeck/ops/history"
	"kdeck/ops/state"
	"kdeck/ui/fixture"
	"kdeck/ui/pane"
)

// oneState is a States with one State.
type oneState struct{ *state.State }

func (s oneState) Next(context.Context, uint64) (*state.State, *history.History, error) {
	var r history.Recorder
	return s.State, r.Add(s.State), nil
}

// slowPane is a pane whose rows are there only after its work, and the work that follows from it.
type slowPane struct {
	pane.Pane
	ready *bool
}

func (p slowPane) See(pane.Scene) []pane.Effect {
	sort := pane.Background(func() func() { return func() { *p.ready = true } })
	return []pane.Effect{pane.Work(func() func() []pane.Effect { return func() []pane.Effect { return sort } })}
}

func TestAllWorkOfAPaneIsDoneBeforeItIsPrinted(t *testing.T) {
	d := newDriver(t, "mono", 80, 24, func(o *Options) { o.States = oneState{fixture.Small().State(1)} })
	ready := false
	d.app.panes[0] = slowPane{d.app.panes[0], &ready}
	if err := d.app.printOnce(io.Discard); err != nil {
		t.Fatal(err)
	}
	if !ready {
		t.Error("the pane was printed before its work was done")
	}
}
