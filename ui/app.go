package ui

import (
	"context"
	"errors"
	"io"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"kdeck/ops/history"
	"kdeck/ops/state"
	"kdeck/ui/cell"
	"kdeck/ui/layout"
	"kdeck/ui/pane"
)

// app is the console's model: what is shown, what has the focus, and which changes are running.
type app struct {
	ctx  context.Context
	opt  Options
	term terminal
	stay stay

	latest     stateMsg                  // the State that arrived last
	latestTick time.Time                 // the latest tick when it arrived
	latestRun  state.Reading[*state.Run] // that was told last
	shownRun   state.Reading[*state.Run] // that the panes show: the latest, unless frozen
	shown      *state.State              // the State that the panes show: the latest, unless frozen
	history    *history.History          // up to the shown State
	frozen     bool
	followed   *followed // tells of the run; nil before it is known which cluster this is
	clock      clock
	limit      rateLimit
	stopped    string // why no further State will arrive; "" while States arrive

	panes   []pane.Pane
	at      int       // the pane in front
	waiting []waiting // for the keyboard or the screen, in order
	trail   []step    // the steps that esc takes back, the first one first
	visits

	settings settings
	mouse    bool // the terminal tells of clicks and of the wheel
	click    click

	prompt  prompt
	help    *help
	output  *output
	dialog  *dialog
	toast   toast
	window  window
	brief   string     // a line of whose output only the first line is shown
	held    string     // a line that was run while the console was read-only; it comes back when the window opens
	verbs   []string   // of the command line
	running []*running // changes being carried out

	width, height int
	frame         layout.Frame
	grid          *cell.Grid
	content       []byte // the view's content; reused for the next one
	view          tea.View
	crash         *crash
}

// place is a pane and its filter.
type place struct {
	pane   int
	filter string
}

// step is a change from one place to another that esc takes back.
type step struct {
	from    place
	output  *output // that covered it
	to      int
	opened  string // the filter that the step set in the other pane
	before  string // the filter that the other pane had before
	grouped string // how the rows of the other pane were grouped, which the step ended; "" for not
	row     bool   // it opened the detail of a row
	byHand  bool   // the user chose the pane, and nothing was set in it: its filter stays the user's
}

type (
	stateMsg struct {
		state   *state.State
		history *history.History
	}
	stoppedMsg struct{ err error }
	tickMsg    time.Time
	// doneMsg is the result of a pane's Work.
	doneMsg struct {
		pane  int
		apply func() []pane.Effect
	}
	crashMsg struct{ crash *crash }
	// ofVisit is a message of a command that began on the cluster of that visit.
	ofVisit struct {
		visit int
		msg   tea.Msg
	}
)

func newApp(ctx context.Context, opt Options, term terminal) (*app, error) {
	a := newConsole(ctx, opt, term)
	a.loadSettings()
	a.furnish(loadView(opt.StateDir, &a.opt.Cluster, a.settings))
	if opt.Pane != "" {
		i, ok := a.find(opt.Pane)
		if !ok {
			return nil, a.unknownPane(opt.Pane)
		}
		a.at = i
	}
	if _, err := a.panes[a.at].SetFilter(opt.Filter); err != nil {
		return nil, a.explain(err)
	}
	a.visits.add(a.place())
	return a, nil
}

// newConsole makes a console on which nothing was seen or typed yet.
func newConsole(ctx context.Context, opt Options, term terminal) *app {
	a := &app{
		opt: opt, term: term, stay: stay{root: ctx},
		shown: &state.State{Context: opt.Cluster.Name, Waiting: "the first answer", Verdict: state.VerdictUnknown},
		grid:  cell.NewGrid(0, 0, term.theme),
	}
	a.ctx, a.stay.end = context.WithCancel(ctx)
	a.panes = newPanes(a.ctx, &a.opt.Cluster)
	if opt.Commands != nil {
		a.verbs = opt.Commands.Complete("")
	}
	a.prompt = newPrompt()
	return a
}

func (a *app) place() place { return place{a.at, a.panes[a.at].Filter()} }

func (a *app) scene() pane.Scene {
	return pane.Scene{State: a.shown, Now: a.clock.now(), History: a.history, Run: a.shownRun, Writable: a.writable()}
}

// Init implements tea.Model.
func (a *app) Init() tea.Cmd {
	cmds := []tea.Cmd{a.nextState(0), a.nextTick()}
	if a.term.query {
		cmds = append(cmds, tea.RequestBackgroundColor)
	}
	return tea.Batch(cmds...)
}

// nextState waits for the latest State after seq. The next wait begins when that State was handled, so States that
// arrive in between are skipped.
func (a *app) nextState(seq uint64) tea.Cmd {
	return a.guard(func() tea.Msg {
		s, past, err := a.opt.States.Next(a.ctx, seq)
		if err != nil {
			return stoppedMsg{err}
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

// guard turns a panic in a command into a message: the terminal is restored before the panic is reported. What the command
// says is dropped if the console has left the cluster by then.
func (a *app) guard(cmd tea.Cmd) tea.Cmd {
	now, visit := a.clock.now(), a.stay.visit
	return func() (msg tea.Msg) {
		defer func() {
			if v := recover(); v != nil {
				msg = crashMsg{newCrash(v, now)}
			}
		}()
		if m := cmd(); m != nil {
			return ofVisit{visit, m}
		}
		return nil
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
	cmd = tea.Batch(a.handle(msg), a.resume())
	a.compose()
	return a, cmd
}

// View implements tea.Model.
func (a *app) View() tea.View { return a.view }

func (a *app) handle(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case ofVisit:
		if msg.visit == a.stay.visit {
			return a.handle(msg.msg)
		}
		if left, ok := msg.msg.(openedMsg); ok && left.err == nil {
			return a.guard(closing(left.cluster))
		}
	case crashMsg:
		a.crash = msg.crash
		return tea.Quit
	case openedMsg:
		return a.opened(msg)
	case contextsMsg:
		a.listContexts(msg)
	case tea.WindowSizeMsg:
		a.width, a.height = msg.Width, msg.Height
	case stateMsg:
		return tea.Batch(a.see(msg), a.nextState(msg.state.Seq), a.followRun(msg.state.Snapshot))
	case runMsg:
		return a.seeRun(msg)
	case stoppedMsg:
		if !errors.Is(msg.err, context.Canceled) && !errors.Is(msg.err, io.EOF) {
			a.stopped = msg.err.Error()
		}
	case tickMsg:
		a.clock.tick(time.Time(msg))
		a.limit.tick(time.Time(msg))
		return tea.Batch(a.tick(), a.nextTick())
	case doneMsg:
		return a.do(msg.pane, msg.apply())
	case tea.BackgroundColorMsg:
		if !a.term.chosen && !msg.IsDark() {
			a.setTheme("light")
		}
	case tea.KeyPressMsg:
		return a.key(msg)
	case tea.MouseMsg:
		return a.pointed(msg)
	case clickOverMsg:
		if int(msg) == a.click.n {
			a.click.on = false
		}
	case tea.PasteMsg:
		return a.paste(msg)
	case completedMsg:
		a.prompt.offer(msg)
	case preparedMsg:
		msg.expires = a.clock.now().Add(dialogFor)
		a.whenFree(nil, func() tea.Cmd { return a.prepared(msg) })
	case endedMsg:
		a.ended(msg.change)
	case wroteMsg:
		return a.wrote(msg)
	case windowMsg:
		a.windowChanged(msg)
	}
	return nil
}

// see keeps a new State and shows it, unless the screen is frozen or the terminal is behind.
func (a *app) see(s stateMsg) tea.Cmd {
	a.latest, a.latestTick = s, a.clock.ticks
	if a.frozen || a.limit.delays(s.state, a.shown) {
		return nil
	}
	return a.showLatest()
}

func (a *app) showLatest() tea.Cmd {
	a.shown, a.history, a.shownRun = a.latest.state, a.latest.history, a.latestRun
	a.clock.restart(a.shown, a.latestTick)
	return a.seePane()
}

// seePane gives the pane in front the scene. The other panes get it when they are shown.
func (a *app) seePane() tea.Cmd {
	if attender, ok := a.opt.States.(Attender); ok {
		attender.Attend(a.panes[a.at].Name())
	}
	return a.do(a.at, a.panes[a.at].See(a.scene()))
}

// tick does what depends on the time.
func (a *app) tick() tea.Cmd {
	a.toast.tick(a.clock.now())
	see := a.seePane
	if a.limit.delayed && !a.frozen && !a.limit.delays(a.latest.state, a.shown) {
		see = a.showLatest
	}
	return tea.Batch(see(), a.tickWindow())
}

// do carries out the effects of a pane. An effect that needs the keyboard or leads to another pane waits until the pane
// is in front and nothing covers it; the others are carried out at once.
func (a *app) do(from int, effects []pane.Effect) tea.Cmd {
	var cmds []tea.Cmd
	inFront := func() bool { return a.at == from && a.output == nil }
	for _, e := range effects {
		switch e := e.(type) {
		case pane.Open:
			a.whenFree(inFront, func() tea.Cmd { return a.open(e) })
		case pane.Field:
			a.whenFree(inFront, func() tea.Cmd { return a.askField(from, e) })
		case pane.Palette:
			a.whenFree(inFront, func() tea.Cmd { return a.beginPrompt(typingCommand, e.Line) })
		case pane.Copy:
			a.tell(from, "copied "+e.What, false)
			cmds = append(cmds, tea.SetClipboard(a.opt.Mask.Text(e.Text)))
		case pane.Say:
			a.tell(from, e.Text, e.Bad)
		case pane.Refuse:
			a.tell(from, a.explain(e.Err).Error(), true)
		case pane.Show:
			a.showOutput(e.Title, e.Text, 0)
		case pane.Run:
			if a.brief = ""; e.Briefly {
				a.brief = e.Line
			}
			cmds = append(cmds, a.run(e.Line))
		case pane.Write:
			cmds = append(cmds, a.write(from, "", e.Ending, e.To))
		case pane.Save:
			cmds = append(cmds, a.writeTo(from, e.Path, e.To, e.Done))
		case pane.Work:
			cmds = append(cmds, a.guard(func() tea.Msg { return doneMsg{from, e()} }))
		}
	}
	return tea.Batch(cmds...)
}

// waiting is something that needs the keyboard or the screen.
type waiting struct {
	ready func() bool // nil: as soon as the keyboard is free
	run   func() tea.Cmd
}

// whenFree runs a function at the end of the update in which the keyboard is free and ready, if it is set, returns true:
// nothing may take the keyboard from a line that is being typed.
func (a *app) whenFree(ready func() bool, run func() tea.Cmd) {
	a.waiting = append(a.waiting, waiting{ready, run})
}

// resume runs what waits and no longer has to. Each function may take the keyboard, or lead to another pane.
func (a *app) resume() tea.Cmd {
	var cmds []tea.Cmd
	for a.prompt.mode == notTyping && a.dialog == nil && a.help == nil {
		i := slices.IndexFunc(a.waiting, func(w waiting) bool { return w.ready == nil || w.ready() })
		if i < 0 {
			break
		}
		run := a.waiting[i].run
		a.waiting = slices.Delete(a.waiting, i, i+1)
		cmds = append(cmds, run())
	}
	return tea.Batch(cmds...)
}

func (a *app) say(text string)  { a.tell(a.at, text, false) }
func (a *app) fail(text string) { a.tell(a.at, text, true) }

// tell shows a line. If it is about a pane that is not in front, it begins with that pane's title.
func (a *app) tell(from int, text string, bad bool) {
	if from != a.at {
		text = a.panes[from].Title() + ": " + text
	}
	a.toast.set(text, bad, a.clock.now())
}

func (a *app) setTheme(name string) bool {
	t, ok := cell.NewTheme(name, a.term.theme.ASCII && name != "ascii" && a.term.theme.Name != "ascii")
	if ok {
		a.term.theme = t
	}
	return ok
}
