package ui

import (
	"context"
	"errors"
	"io"
	"time"

	tea "charm.land/bubbletea/v2"

	"kdeck/ops/history"
	"kdeck/ops/state"
	"kdeck/ui/cell"
	"kdeck/ui/layout"
	"kdeck/ui/pane"
)

// app is the root of the console: what is shown, where the focus is, and what is under way.
type app struct {
	ctx  context.Context
	opt  Options
	term terminal

	latest  stateMsg         // the last one that came
	came    time.Time        // the tick that was latest then
	shown   *state.State     // what the panes show: the latest, unless frozen
	history *history.History // up to what is shown
	frozen  bool
	clock   clock
	pace    pace
	lost    string // why no State will come any more

	panes []pane.Pane
	at    int                   // the pane in front
	held  map[int][]pane.Effect // of panes behind it
	trail []step                // where esc leads back to, outermost first
	visits

	prompt  prompt
	help    *help
	output  *output
	dialog  *dialog
	toast   toast
	window  window
	running []*running // changes being carried out

	width, height int
	frame         layout.Frame
	grid          *cell.Grid
	content       []byte // of the view; its memory is used again
	view          tea.View
	crash         *crash
}

// place is a pane with the filter that it was opened with.
type place struct {
	pane   int
	filter string
}

// step is a place that was left for another pane.
type step struct {
	from   place
	to     int
	opened string // the filter that came with the step
	before string // the filter that the other pane had
}

type (
	stateMsg struct {
		state   *state.State
		history *history.History
	}
	lostMsg struct{ err error }
	tickMsg time.Time
	// appliedMsg is what a pane's work has come to, addressed to the pane that asked.
	appliedMsg struct {
		pane  int
		apply func()
		then  func() []pane.Effect
	}
	crashMsg struct{ crash *crash }
)

func newApp(ctx context.Context, opt Options, term terminal) (*app, error) {
	a := &app{
		ctx: ctx, opt: opt, term: term,
		shown: &state.State{Waiting: "the first answer", Verdict: state.VerdictUnknown},
		panes: newPanes(ctx, opt.Requests),
		grid:  cell.NewGrid(0, 0, term.theme),
		held:  map[int][]pane.Effect{},
	}
	a.prompt = newPrompt()
	kept := a.loadView()
	for _, p := range a.panes {
		p.See(a.scene())
		p.SetLayout(kept.Panes[p.Name()])
	}
	if opt.Pane != "" {
		i, ok := a.find(opt.Pane)
		if !ok {
			return nil, unknownPane(opt.Pane, a.panes)
		}
		a.at = i
	}
	if _, err := a.panes[a.at].SetFilter(opt.Filter); err != nil {
		return nil, err
	}
	a.visits.add(a.place())
	return a, nil
}

func (a *app) place() place { return place{a.at, a.panes[a.at].Filter()} }

func (a *app) scene() pane.Scene {
	return pane.Scene{State: a.shown, Now: a.clock.now(), History: a.history}
}

// Init implements tea.Model.
func (a *app) Init() tea.Cmd {
	cmds := []tea.Cmd{a.nextState(0), a.nextTick()}
	if a.term.query {
		cmds = append(cmds, tea.RequestBackgroundColor)
	}
	return tea.Batch(cmds...)
}

// nextState waits for the State after seq. Only one wait is under way at any time, so that whatever came while the
// last one was being shown is passed over.
func (a *app) nextState(seq uint64) tea.Cmd {
	return a.guard(func() tea.Msg {
		s, past, err := a.opt.States.Next(a.ctx, seq)
		if err != nil {
			return lostMsg{err}
		}
		return stateMsg{s, past}
	})
}

func (a *app) nextTick() tea.Cmd {
	if a.opt.Ticks == nil {
		return nil
	}
	return a.guard(func() tea.Msg {
		select {
		case t, ok := <-a.opt.Ticks:
			if ok {
				return tickMsg(t)
			}
		case <-a.ctx.Done():
		}
		return nil
	})
}

// guard makes a panic in a command a message, so that the terminal is restored before anything is said of it.
func (a *app) guard(cmd tea.Cmd) tea.Cmd {
	now := a.clock.now()
	return func() (msg tea.Msg) {
		defer func() {
			if v := recover(); v != nil {
				msg = crashMsg{newCrash(v, now)}
			}
		}()
		return cmd()
	}
}

// Update implements tea.Model.
func (a *app) Update(msg tea.Msg) (model tea.Model, cmd tea.Cmd) {
	defer func() {
		if v := recover(); v != nil {
			a.crash = newCrash(v, a.clock.now())
			model, cmd = a, tea.Quit
		}
	}()
	cmd = a.handle(msg)
	a.compose()
	return a, cmd
}

// View implements tea.Model.
func (a *app) View() tea.View { return a.view }

func (a *app) handle(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case crashMsg:
		a.crash = msg.crash
		return tea.Quit
	case tea.WindowSizeMsg:
		a.width, a.height = msg.Width, msg.Height
	case stateMsg:
		return tea.Batch(a.see(msg), a.nextState(msg.state.Seq))
	case lostMsg:
		if !errors.Is(msg.err, context.Canceled) && !errors.Is(msg.err, io.EOF) {
			a.lost = msg.err.Error()
		}
	case tickMsg:
		a.clock.tick(time.Time(msg))
		a.pace.pass(time.Time(msg))
		return tea.Batch(a.pass(), a.nextTick())
	case appliedMsg:
		msg.apply()
		if msg.then != nil {
			return a.do(msg.pane, msg.then())
		}
	case tea.BackgroundColorMsg:
		if !a.term.asked && !msg.IsDark() {
			a.setTheme("light")
		}
	case tea.KeyPressMsg:
		return a.key(msg)
	case tea.PasteMsg:
		return a.paste(msg)
	case completedMsg:
		a.prompt.offer(msg)
	case preparedMsg:
		return a.prepared(msg)
	case ranMsg:
		a.ran(msg)
	case wroteMsg:
		return a.wrote(msg)
	case windowMsg:
		a.windowChanged(msg)
	}
	return nil
}

// see takes a new State in. While the screen is frozen it only waits to be shown.
func (a *app) see(s stateMsg) tea.Cmd {
	a.latest, a.came = s, a.clock.ticks
	if a.frozen || a.pace.keeps(s.state, a.shown) {
		return nil
	}
	return a.showLatest()
}

func (a *app) showLatest() tea.Cmd {
	a.shown, a.history = a.latest.state, a.latest.history
	a.clock.restart(a.shown, a.came)
	return a.seePane()
}

// seePane gives the pane that is shown what there is to see; the others wait until they are shown.
func (a *app) seePane() tea.Cmd {
	effects := append(a.panes[a.at].See(a.scene()), a.held[a.at]...)
	delete(a.held, a.at)
	return a.do(a.at, effects)
}

// pass lets time pass.
func (a *app) pass() tea.Cmd {
	a.toast.pass(a.clock.now())
	if a.pace.waiting && !a.frozen && !a.pace.keeps(a.latest.state, a.shown) {
		return tea.Batch(a.showLatest(), a.passWindow())
	}
	return tea.Batch(a.seePane(), a.passWindow())
}

// do carries out what a pane wants done. What would take the keyboard or the screen waits until the pane is in front and
// nothing else is being typed.
func (a *app) do(from int, effects []pane.Effect) tea.Cmd {
	var cmds []tea.Cmd
	for _, e := range effects {
		if needsFront(e) && (from != a.at || a.prompt.mode != notTyping || a.dialog != nil) {
			a.held[from] = append(a.held[from], e)
			continue
		}
		switch e := e.(type) {
		case pane.Open:
			cmds = append(cmds, a.open(e))
		case pane.Copy:
			a.say("copied " + e.What)
			cmds = append(cmds, tea.SetClipboard(e.Text))
		case pane.Say:
			a.toast.set(e.Text, e.Bad, a.clock.now())
		case pane.Field:
			cmds = append(cmds, a.askField(from, e))
		case pane.Palette:
			a.prompt.begin(typingCommand, e.Line)
			cmds = append(cmds, a.typed())
		case pane.Write:
			cmds = append(cmds, a.write(from, "", e.Ending, e.To))
		case pane.Save:
			cmds = append(cmds, a.guard(func() tea.Msg { return wroteMsg{from, e.Path, writeFile(e.Path, e.To), e.Done} }))
		case pane.Work:
			cmds = append(cmds, a.guard(func() tea.Msg { return appliedMsg{from, e.Run(), e.Then} }))
		}
	}
	return tea.Batch(cmds...)
}

// needsFront tells whether an effect is for the pane in front only: it opens the prompt, or leads to another pane.
func needsFront(e pane.Effect) bool {
	switch e.(type) {
	case pane.Field, pane.Palette, pane.Open:
		return true
	}
	return false
}

func (a *app) say(text string)  { a.toast.set(text, false, a.clock.now()) }
func (a *app) fail(text string) { a.toast.set(text, true, a.clock.now()) }

func (a *app) setTheme(name string) bool {
	t, ok := cell.NewTheme(name, a.term.theme.ASCII && name != "ascii" && a.term.theme.Name != "ascii")
	if ok {
		a.term.theme = t
	}
	return ok
}
