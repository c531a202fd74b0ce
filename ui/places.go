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

// find returns the index of the pane with that name, title or digit.
func (a *app) find(name string) (int, bool) { return findPane(a.panes, name) }

func (a *app) unknownPane(name string) error {
	names := make([]string, len(a.panes))
	for i, p := range a.panes {
		names[i] = p.Name()
	}
	return fmt.Errorf("unknown pane %q%s: there are %s", name, a.didYouMean(name, names), strings.Join(names, ", "))
}

// show goes to a pane, as the user has it filtered.
func (a *app) show(i int) tea.Cmd {
	own := a.ownFilter(i)
	if i == a.at && own == a.panes[i].Filter() {
		a.output = nil
		return a.seePane()
	}
	cmd, err := a.step(step{to: i, byHand: true}, own)
	if err != nil {
		a.fail(a.explain(err).Error())
	}
	return cmd
}

// ownFilter returns the filter of a pane without those that steps have set.
func (a *app) ownFilter(i int) string {
	filter := a.panes[i].Filter()
	for _, s := range slices.Backward(a.trail) {
		if s.to != i {
			continue
		}
		if s.byHand {
			break
		}
		filter = s.before
	}
	return filter
}

// maxTrail is the number of steps that esc takes back.
const maxTrail = 100

// step goes to the pane of a step and filters it. On an error it stays.
func (a *app) step(s step, filter string) (tea.Cmd, error) {
	s.from, s.output, s.before = a.place(), a.output, a.panes[s.to].Filter()
	a.at, a.output = s.to, nil
	cmd := a.seePane()
	filtered, err := a.setFilter(s.to, filter)
	if err != nil {
		a.at, a.output = s.from.pane, s.output
		return cmd, err
	}
	s.opened = a.panes[s.to].Filter()
	if a.trail = append(a.trail, s); len(a.trail) > maxTrail {
		a.trail = a.trail[1:]
	}
	a.visits.add(a.place())
	return tea.Batch(cmd, filtered), nil
}

// open goes where a pane or the palette leads.
func (a *app) open(o pane.Open) tea.Cmd {
	i, ok := a.find(o.Pane)
	if !ok {
		a.fail(a.unknownPane(o.Pane).Error())
		return nil
	}
	grouped := a.panes[i].Layout().Group
	cmd, err := a.step(step{to: i, row: o.Row != nil, grouped: grouped}, o.Filter)
	if err != nil {
		a.fail(a.explain(err).Error())
		return cmd
	}
	effects, _ := a.panes[i].GroupBy("none") // Open is about rows, not about groups
	if o.Row != nil {
		effects = append(effects, a.panes[i].OpenRow(*o.Row)...)
	}
	return tea.Batch(cmd, a.do(i, effects))
}

// stepBack takes back the last step: the pane that it led to is filtered and grouped as before.
func (a *app) stepBack() tea.Cmd {
	last := len(a.trail) - 1
	s := a.trail[last]
	a.trail = a.trail[:last]
	cmd, err := a.setFilter(s.to, s.before)
	if err != nil {
		a.fail(a.explain(err).Error())
	}
	if p := a.panes[s.to]; s.grouped != "" && p.Layout().Group == "" {
		effects, _ := p.GroupBy(s.grouped)
		cmd = tea.Batch(cmd, a.do(s.to, effects))
	}
	a.at, a.output = s.from.pane, s.output
	see := a.seePane()
	filtered, err := a.setFilter(a.at, s.from.filter)
	if err != nil {
		a.fail(a.explain(err).Error())
	}
	return tea.Batch(cmd, see, filtered)
}

// setFilter filters a pane by s, if it isn't filtered so already.
func (a *app) setFilter(pane int, s string) (tea.Cmd, error) {
	if a.panes[pane].Filter() == s {
		return nil, nil
	}
	effects, err := a.panes[pane].SetFilter(s)
	return a.do(pane, effects), err
}

// back closes what is open in the pane; or else clears the filter that was typed; or else takes back the last step, though
// one by hand only where byHand is set. It tells whether there was anything to do.
func (a *app) back(byHand bool) (tea.Cmd, bool) {
	p := a.panes[a.at]
	var last step
	if n := len(a.trail); n > 0 {
		last = a.trail[n-1]
	}
	effects, closed := p.Back()
	cmd := a.do(a.at, effects)
	if closed && !(last.row && len(p.Trail()) == 0 && p.Filter() == last.opened) {
		return cmd, true
	}
	if f := p.Filter(); !closed && f != last.opened {
		filtered, err := a.setFilter(a.at, last.opened)
		if err == nil {
			return filtered, true
		}
	}
	if len(a.trail) == 0 || last.byHand && !byHand {
		return cmd, closed
	}
	return tea.Batch(cmd, a.stepBack()), true
}

// visit goes to a place of the history.
func (a *app) visit(pos int) tea.Cmd {
	if pos < 0 || pos >= len(a.visits.places) {
		return nil
	}
	to := a.visits.places[pos]
	was := a.visits
	cmd, err := a.step(step{to: to.pane}, to.filter)
	if err != nil {
		a.fail(a.explain(err).Error())
	}
	a.visits = was
	a.visits.last, a.visits.pos = was.pos, pos
	return cmd
}
