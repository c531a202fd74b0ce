package ui

import (
	"context"
	"io"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"kdeck/ui/pane"
	"kdeck/ui/table"
)

// asker is a pane whose key starts work, which ends with effects.
type asker struct {
	pane.Pane
	wants []pane.Effect
}

func (p asker) Bindings() []pane.Binding {
	return []pane.Binding{{Keys: []string{"A"}, Do: func() []pane.Effect {
		return []pane.Effect{pane.Work(func() func() []pane.Effect { return func() []pane.Effect { return p.wants } })}
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
			d, work := askerDriver(t, nil, c.wants)
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

// askerDriver has an asker as the pane of partitions, in front, and returns the work that its key starts.
func askerDriver(t *testing.T, change func(*Options), wants ...pane.Effect) (*driver, tea.Cmd) {
	t.Helper()
	d := newDriver(t, "dark", 120, 24, change)
	incident(d)
	d.keys("4")
	d.app.panes[d.at("partitions")] = asker{d.pane("partitions"), wants}
	_, work := d.app.Update(keyPress('A'))
	return d, work
}

func TestWhatAPaneAsksWaitsWhileTheKeyboardIsTaken(t *testing.T) {
	field := pane.Field{Label: "what", Offers: func(string) []string { return nil }}
	for _, c := range []struct {
		name  string
		taken func(d *driver)
		sees  string
	}{
		{"by a command being typed", func(d *driver) { d.keys(":", "overv") }, ":overv"},
		{"by a filter being typed", func(d *driver) { d.keys("/", "orders") }, "/orders"},
		{"by the help", func(d *driver) { d.keys("?") }, "Help: Partitions"},
		{"by a dialog", func(d *driver) {
			d.keys(":", "rw 10m trying", "enter")
			d.keys("q")
		}, "[ cancel ]"},
		{"by the output of a command", func(d *driver) { d.keys(":", "status", "enter") }, "output of status"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, work := askerDriver(t, withCommands(&commandLine{}, &readWrite{}), field)
			c.taken(d)
			d.run(work)
			d.sees(c.sees)
			d.seesNot("what =")
			d.keys("esc")
			d.sees("what =")
		})
	}
}

func TestWhatAPaneBehindAnotherSaysNamesIt(t *testing.T) {
	for _, c := range []struct {
		name  string
		wants pane.Effect
		sees  string
	}{
		{"a word", pane.Say{Text: "no broker 9"}, "Partitions: no broker 9"},
		{"an error", pane.Say{Text: "no broker 9", Bad: true}, "Partitions: no broker 9"},
		{"a copy", pane.Copy{Text: "x", What: "a row"}, "Partitions: copied a row"},
		{"a file", pane.Save{Path: "", To: func(io.Writer) error { return nil }}, "Partitions: not written"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, work := askerDriver(t, nil, c.wants)
			d.keys("1")
			d.run(work)
			d.sees(c.sees)
		})
		t.Run(c.name+" in front", func(t *testing.T) {
			d, work := askerDriver(t, nil, c.wants)
			d.run(work)
			d.seesNot("Partitions: ")
		})
	}
}

func TestAnErrorThatComesWhileSomethingIsTypedIsShownAfterwards(t *testing.T) {
	d, work := askerDriver(t, nil, pane.Say{Text: "no broker 9", Bad: true})
	d.keys(":")
	d.run(work)
	d.keys("x", "esc")
	d.sees("no broker 9")
}

func TestAPaneThatLeadsAwayAtOnceKeepsItsFilterToItself(t *testing.T) {
	d, work := askerDriver(t, nil, pane.Open{Pane: "brokers"})
	d.keys("1")
	d.run(work)
	d.keys(":", "partitions is:urp", "enter") // which leads to the brokers
	if f := d.pane("brokers").Filter(); f != "" {
		t.Errorf("the brokers got the filter of the partitions: %q", f)
	}
	if f := d.pane("partitions").Filter(); f != "is:urp" {
		t.Errorf("the partitions have the filter %q", f)
	}
	d.keys("esc")
	d.sees("/is:urp")
}

func TestADialogDoesNotTakeTheLineThatIsBeingTyped(t *testing.T) {
	d := newDriver(t, "dark", 120, 24, withCommands(&commandLine{}, &readWrite{}))
	incident(d)
	d.keys(":", "rw 10m trying", "enter")
	prepared := preparedMsg{line: "drain 7", action: Action{Phrase: "drain 7 demo"}}
	d.keys("/", "ord")
	d.send(prepared)
	d.keys("ers")
	d.sees("/orders")
	d.seesNot("drain 7 demo")
	d.keys("esc")
	d.sees("drain 7 demo")
	d.send(preparedMsg{line: "drain 8", action: Action{Phrase: "drain 8 demo"}})
	d.sees("drain 7 demo")
	d.keys("esc")
	d.sees("drain 8 demo")
}

func TestADialogThatWaitedTooLongIsNotAsked(t *testing.T) {
	d := newDriver(t, "dark", 120, 24, withCommands(&commandLine{}, &readWrite{}))
	incident(d)
	d.keys(":", "rw 10m trying", "enter")
	d.keys("/")
	d.send(preparedMsg{line: "drain 7", action: Action{Phrase: "drain 7 demo"}})
	d.wait(2 * dialogFor)
	d.keys("esc")
	d.wait(time.Second)
	d.seesNot("drain 7 demo")
	d.sees("expired")
}

func TestAWindowThatHasClosedLetsNoPhraseThrough(t *testing.T) {
	ran := false
	prepared := preparedMsg{line: "drain 7", action: Action{Phrase: "drain 7 demo", Run: func(context.Context, string) (string, int) {
		ran = true
		return "", 0
	}}}
	for _, tt := range []struct {
		name string
		late func(*driver)
	}{
		{"closed by the tick", func(d *driver) { d.wait(6 * time.Second) }},
		{"over, before any tick", func(d *driver) { d.app.window.until = d.app.clock.now() }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ran = false
			d := newDriver(t, "dark", 120, 24, withCommands(&commandLine{}, &readWrite{}))
			incident(d)
			d.keys(":", "rw 5s trying", "enter")
			d.send(prepared)
			d.sees("drain 7 demo")
			tt.late(d)
			if d.app.dialog != nil {
				d.keys("drain 7 demo", "enter")
			}
			d.sees("the read-write window has closed")
			if ran || d.app.dialog != nil {
				t.Errorf("carried out: %v, asked: %v", ran, d.app.dialog != nil)
			}
		})
	}
}

func TestTheOutputOfAChangeWaitsWhileAnotherIsRead(t *testing.T) {
	d := newDriver(t, "dark", 120, 24, nil)
	incident(d)
	change := func(line, output string) *running { return &running{line: line, output: output} }
	d.send(endedMsg{change("drain 7", "7 is empty")})
	d.send(endedMsg{change("drain 8", "8 is empty")})
	d.sees("7 is empty")
	d.keys("esc")
	d.sees("8 is empty")
	d.keys("esc", "/", "orders")
	d.send(endedMsg{change("drain 9", "9 is empty")})
	d.seesNot("9 is empty")
	d.keys("enter")
	d.sees("9 is empty")
}

func TestCompletionsOfAnotherLineAreDropped(t *testing.T) {
	d := newDriver(t, "dark", 80, 24, withCommands(&commandLine{}, nil))
	incident(d)
	d.keys("4")
	_, late := d.app.Update(keyPress(':'))
	d.keys("esc", "/")
	d.run(late)
	if len(d.app.prompt.offers) > 0 {
		t.Errorf("the filter is completed by %v", d.app.prompt.offers)
	}
}
