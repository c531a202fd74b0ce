package ui

import (
	"testing"

	"kdeck/ui/pane"
	"kdeck/ui/table"
)

// asker is a pane whose key works something out, and then wants something.
type asker struct {
	pane.Pane
	wants []pane.Effect
}

func (p asker) Bindings() []pane.Binding {
	return []pane.Binding{{Keys: []string{"A"}, Do: func() []pane.Effect {
		return []pane.Effect{pane.Work{Run: func() func() { return func() {} }, Then: func() []pane.Effect { return p.wants }}}
	}}}
}

func TestAPaneBehindAnotherAsksWhenItIsInFront(t *testing.T) {
	id := table.ID{N: 7}
	for _, c := range []struct {
		name  string
		wants pane.Effect
		sees  string // once the pane is in front again
	}{
		{"a field", pane.Field{Label: "what", Text: "so", Offers: func(string) []string { return nil }}, "what = so"},
		{"the palette", pane.Palette{Line: "apply plan.json"}, ":apply plan.json"},
		{"another pane", pane.Open{Pane: "brokers", Row: &id}, "broker 7"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDriver(t, "dark", 120, 24, nil)
			incident(d)
			d.keys("4")
			d.app.panes[3] = asker{d.app.panes[3], []pane.Effect{c.wants}}
			_, work := d.app.Update(keyPress('A'))
			d.keys("1")
			before := d.screen()
			d.run(work)
			if d.screen() != before {
				t.Fatalf("what the pane behind wants is on the screen:\n%s", d.screen())
			}
			d.keys("4")
			d.sees(c.sees)
		})
	}
}

func TestWhatAPaneAsksDoesNotTakeTheLineThatIsBeingTyped(t *testing.T) {
	d := newDriver(t, "dark", 80, 24, nil)
	incident(d)
	d.keys("4")
	d.app.panes[3] = asker{d.app.panes[3], []pane.Effect{pane.Field{Label: "what", Offers: func(string) []string { return nil }}}}
	_, work := d.app.Update(keyPress('A'))
	d.keys(":", "overv")
	d.run(work)
	d.sees(":overv")
	d.keys("esc")
	d.wait(1e9)
	d.sees("what =")
}
