package ui

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"kdeck/ops/history"
	"kdeck/ops/state"
	"kdeck/ui/cell"
	"kdeck/ui/pane"
)

// driver is a console without a terminal: messages go in, screens come out, and commands are run at once.
type driver struct {
	t      testing.TB
	app    *app
	quit   bool
	copied []string
	ticks  time.Time

	recorder history.Recorder
}

// noMore is a States that has nothing to say: the driver hands States over itself.
type noMore struct{}

func (noMore) Next(context.Context, uint64) (*state.State, *history.History, error) {
	return nil, nil, io.EOF
}
func (noMore) Refresh() {}

func newDriver(t testing.TB, theme string, w, h int, change func(*Options)) *driver {
	t.Helper()
	th, ok := cell.NewTheme(theme, false)
	if !ok {
		t.Fatalf("no theme %s", theme)
	}
	opt := Options{Cluster: Cluster{States: noMore{}}}
	if change != nil {
		change(&opt)
	}
	a, err := newApp(context.Background(), opt, terminal{theme: th, profile: colorprofile.ANSI256, chosen: true})
	if err != nil {
		t.Fatal(err)
	}
	d := &driver{t: t, app: a, ticks: time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)}
	d.send(tea.WindowSizeMsg{Width: w, Height: h})
	return d
}

func (d *driver) send(msg tea.Msg) {
	_, cmd := d.app.Update(msg)
	if c := d.app.crash; c != nil {
		d.t.Fatalf("%v\n%s", c.value, c.stack)
	}
	d.run(cmd)
}

func (d *driver) run(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case nil:
	case tea.BatchMsg:
		for _, c := range msg {
			d.run(c)
		}
	case tea.QuitMsg:
		d.quit = true
	default:
		if name := fmt.Sprintf("%T", msg); name == "tea.setClipboardMsg" {
			d.copied = append(d.copied, fmt.Sprint(msg))
			return
		}
		d.send(msg)
	}
}

func (d *driver) state(s *state.State) { d.send(stateMsg{s, d.recorder.Add(s)}) }

// wait lets so much time pass, in ticks of a second.
func (d *driver) wait(span time.Duration) {
	if d.app.clock.ticks.IsZero() {
		d.send(tickMsg(d.ticks))
	}
	for range span / time.Second {
		d.ticks = d.ticks.Add(time.Second)
		d.send(tickMsg(d.ticks))
	}
}

var keyCodes = map[string]tea.Key{
	"enter": {Code: tea.KeyEnter}, "esc": {Code: tea.KeyEscape}, "tab": {Code: tea.KeyTab}, "backspace": {Code: tea.KeyBackspace},
	"up": {Code: tea.KeyUp}, "down": {Code: tea.KeyDown}, "left": {Code: tea.KeyLeft}, "right": {Code: tea.KeyRight},
	"pgup": {Code: tea.KeyPgUp}, "pgdown": {Code: tea.KeyPgDown}, "home": {Code: tea.KeyHome}, "end": {Code: tea.KeyEnd},
	"space": {Code: tea.KeySpace, Text: " "}, "shift+tab": {Code: tea.KeyTab, Mod: tea.ModShift},
}

// keys presses keys: names such as "enter" and "ctrl+s", or text to be typed.
func (d *driver) keys(names ...string) {
	for _, name := range names {
		if k, ok := keyCodes[name]; ok {
			d.send(tea.KeyPressMsg(k))
			continue
		}
		if c, ok := strings.CutPrefix(name, "ctrl+"); ok && len(c) == 1 {
			d.send(tea.KeyPressMsg{Code: rune(c[0]), Mod: tea.ModCtrl})
			continue
		}
		for _, r := range name {
			d.send(keyPress(r))
		}
	}
}

// at is the index of a pane.
func (d *driver) at(name string) int {
	d.t.Helper()
	i, ok := d.app.find(name)
	if !ok {
		d.t.Fatalf("there is no pane %s", name)
	}
	return i
}

// pane is the pane of that name.
func (d *driver) pane(name string) pane.Pane { return d.app.panes[d.at(name)] }

// screen is what is to be seen.
func (d *driver) screen() string { return d.app.grid.Text() }

func (d *driver) line(y int) string { return strings.Split(d.screen(), "\n")[y] }

func (d *driver) sees(parts ...string) {
	d.t.Helper()
	for _, p := range parts {
		if !strings.Contains(d.screen(), p) {
			d.t.Fatalf("%q is not on the screen:\n%s", p, d.screen())
		}
	}
}

func (d *driver) seesNot(parts ...string) {
	d.t.Helper()
	for _, p := range parts {
		if strings.Contains(d.screen(), p) {
			d.t.Fatalf("%q is on the screen:\n%s", p, d.screen())
		}
	}
}

func golden(name string) string { return filepath.Join("testdata", "screens", name) }

func keyPress(r rune) tea.KeyPressMsg { return tea.KeyPressMsg{Code: r, Text: string(r)} }
