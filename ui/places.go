package ui

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"kdeck/ui/pane"
)

// visits is the history of places, as in a browser.
type visits struct {
	places []place
	pos    int
	last   int // the position that was left for pos
}

const maxVisits = 50

func (v *visits) add(p place) {
	if len(v.places) > 0 && v.places[v.pos] == p {
		return
	}
	v.places = append(v.places[:min(v.pos+1, len(v.places))], p)
	if len(v.places) > maxVisits {
		v.places = v.places[1:]
	}
	v.last, v.pos = max(len(v.places)-2, 0), len(v.places)-1
}

// find returns the index of the pane with that name, title or number.
func (a *app) find(name string) (int, bool) {
	for i, p := range a.panes {
		if strings.EqualFold(p.Name(), name) || strings.EqualFold(p.Title(), name) || name == fmt.Sprint(i+1) {
			return i, true
		}
	}
	return 0, false
}

func (a *app) unknownPane(name string) error {
	names := make([]string, len(a.panes))
	for i, p := range a.panes {
		names[i] = p.Name()
	}
	return fmt.Errorf("unknown pane %q%s: there are %s", name, a.didYouMean(name, names), strings.Join(names, ", "))
}

// show goes to a pane. There is no step that esc takes back.
func (a *app) show(i int) tea.Cmd {
	cmd := a.unwind(0)
	a.at, a.output = i, nil
	a.visits.add(a.place())
	return tea.Batch(cmd, a.seePane())
}

// unwind takes back all but the first n steps, the last one first: each pane gets the filter again that it had before.
func (a *app) unwind(n int) tea.Cmd {
	var cmds []tea.Cmd
	for _, s := range slices.Backward(a.trail[n:]) {
		cmd, err := a.setFilter(s.to, s.before)
		if err != nil {
			a.fail(a.explain(err).Error())
		}
		cmds = append(cmds, cmd)
	}
	a.trail = a.trail[:n]
	return tea.Batch(cmds...)
}

// open goes where a pane or the palette leads. It is a step that esc takes back.
func (a *app) open(o pane.Open) tea.Cmd {
	i, ok := a.find(o.Pane)
	if !ok {
		a.fail(a.unknownPane(o.Pane).Error())
		return nil
	}
	from := a.place()
	a.at, a.output = i, nil
	before := a.panes[i].Filter()
	cmd := a.seePane()
	effects, _ := a.panes[i].GroupBy("none") // Open is about rows, not about groups
	cmd = tea.Batch(cmd, a.do(i, effects))
	filtered, err := a.setFilter(i, o.Filter)
	if err != nil {
		a.at = from.pane
		a.fail(a.explain(err).Error())
		return cmd
	}
	if o.Row != nil {
		filtered = tea.Batch(filtered, a.do(i, a.panes[i].OpenRow(*o.Row)))
	}
	a.trail = append(a.trail, step{from: from, to: i, opened: a.panes[i].Filter(), before: before})
	a.visits.add(a.place())
	return tea.Batch(cmd, filtered)
}

// restore goes to a place again.
func (a *app) restore(p place) tea.Cmd {
	a.at, a.output = p.pane, nil
	cmd := a.seePane()
	filtered, err := a.setFilter(p.pane, p.filter)
	if err != nil {
		a.fail(a.explain(err).Error())
	}
	return tea.Batch(cmd, filtered)
}

// setFilter filters a pane by s, if it isn't filtered so already.
func (a *app) setFilter(pane int, s string) (tea.Cmd, error) {
	if a.panes[pane].Filter() == s {
		return nil, nil
	}
	effects, err := a.panes[pane].SetFilter(s)
	return a.do(pane, effects), err
}

// back closes what is open in the pane; or else clears the filter that was typed; or else takes back the last step. It
// tells whether there was anything to do.
func (a *app) back() (tea.Cmd, bool) {
	effects, ok := a.panes[a.at].Back()
	if ok {
		return a.do(a.at, effects), true
	}
	opened := ""
	if n := len(a.trail); n > 0 {
		opened = a.trail[n-1].opened
	}
	if f := a.panes[a.at].Filter(); f != opened {
		cmd, err := a.setFilter(a.at, opened)
		if err == nil {
			return cmd, true
		}
	}
	if n := len(a.trail); n > 0 {
		to := a.trail[n-1].from
		return tea.Batch(a.unwind(n-1), a.restore(to)), true
	}
	return nil, false
}

// visit goes to a place of the history.
func (a *app) visit(pos int) tea.Cmd {
	if pos < 0 || pos >= len(a.visits.places) {
		return nil
	}
	a.visits.last, a.visits.pos = a.visits.pos, pos
	return tea.Batch(a.unwind(0), a.restore(a.visits.places[pos]))
}
