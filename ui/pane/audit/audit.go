// Package audit is the console's pane that lists what kdeck did to the cluster from this machine. It reads nothing: the journal comes
// with the State. It changes nothing: what takes an action back is put into the palette, to be run there. Start reading at Pane.
package audit

import (
	"io"
	"slices"
	"strings"

	"github.com/kballard/go-shellquote"

	"kdeck/ops/format"
	"kdeck/ops/state"
	"kdeck/ops/view"
	"kdeck/ui/cell"
	"kdeck/ui/pane"
	"kdeck/ui/table"
)

// Pane lists actions, the latest first. One opens into its steps.
type Pane struct {
	*pane.List[*state.Action]
	seen *state.Audit // whose rows are shown
	byID map[string]*state.Action
}

// New makes the pane.
func New() *Pane {
	p := &Pane{}
	p.List = pane.NewList(pane.Spec[*state.Action]{
		Name: "audit", Title: "Audit", Row: "action", Verb: "audit",
		Columns: columns(), Order: table.Order{Column: "when", Reverse: true},
		Rows:    p.rows,
		Version: func(s pane.Scene) any { return s.State.Audit.Value },
		Match: func(s *pane.Scene, f view.Filter) (func(*state.Action) bool, error) {
			return view.MatchActions(f, s.Now)
		},
		Words: view.ActionFilterWords, Keys: p.keys, Describe: p.describe,
		RowName: func(id table.ID) string { return p.name(id.Name) },
		Empty:   empty,
		JSON: func(s pane.Scene, rows []*state.Action) (func(io.Writer) error, error) {
			return pane.JSON(answer(s, rows, false)), nil
		},
		Document: func(s pane.Scene, a *state.Action) any { return view.ActionAnswer(a, true) },
	})
	return p
}

func answer(s pane.Scene, rows []*state.Action, steps bool) view.AuditJSON {
	list := make([]state.Action, len(rows))
	for i, a := range rows {
		list[i] = *a
	}
	a := s.State.Audit.Value
	if a == nil {
		a = &state.Audit{}
	}
	id := ""
	if snap := s.Snapshot(); snap != nil {
		id = snap.ClusterID
	}
	return view.AuditAnswer(a, list, id, s.Now, steps)
}

// columns are those of actions on the screen.
func columns() []table.Column[*state.Action] {
	of := view.Map(view.ActionColumns(), func(a *state.Action) state.Action { return *a })
	return table.Dress(of, map[string]func(*table.Column[*state.Action]){
		"when": func(c *table.Column[*state.Action]) { // the year stands in the detail
			c.Cell = func(a *state.Action) string { return a.Began.UTC().Format("01-02 15:04:05") }
		},
		"result": func(c *table.Column[*state.Action]) {
			c.Style = func(a *state.Action) cell.Style { return resultStyle(a.Result) }
		},
		"who":     func(c *table.Column[*state.Action]) { c.Max = 12 },
		"what":    func(c *table.Column[*state.Action]) { c.Grow, c.Least = true, 34 },
		"cluster": func(c *table.Column[*state.Action]) { c.Max = 24 },
		"why":     func(c *table.Column[*state.Action]) { c.Max = 40 },
		"undo":    func(c *table.Column[*state.Action]) { c.Max = 60 },
	})
}

func resultStyle(r state.ActionResult) cell.Style {
	switch r {
	case state.ActionDone:
		return cell.OK
	case state.ActionOpen:
		return cell.Info
	case state.ActionUnknown:
		return cell.Unknown
	case "":
		return cell.Plain
	}
	return cell.Warning
}

// rows are the actions that the journal tells of.
func (p *Pane) rows(s *pane.Scene) table.Rows[*state.Action] {
	a := s.State.Audit.Value
	p.byID = map[string]*state.Action{}
	if a == nil {
		return table.RowsOf[*state.Action](nil, actionID)
	}
	list := make([]*state.Action, len(a.Actions))
	for i := range a.Actions {
		list[i] = &a.Actions[i]
		p.byID[a.Actions[i].ID] = list[i]
	}
	return table.RowsOf(list, actionID)
}

func actionID(a *state.Action) table.ID { return table.ID{Name: a.ID} }

func (p *Pane) name(id string) string {
	if a := p.byID[id]; a != nil {
		return a.What
	}
	return id
}

// See implements [pane.Screen]. The journal is shown also before a broker has answered.
func (p *Pane) See(s pane.Scene) []pane.Effect {
	if s.Snapshot() != nil || s.State.Audit.Value == nil {
		return p.List.See(s)
	}
	p.Scene = s
	if p.Ready() && p.seen == s.State.Audit.Value {
		return nil
	}
	p.seen = s.State.Audit.Value
	return p.Fill()
}

// empty says why there is no row.
func empty(s pane.Scene) string {
	switch r := s.State.Audit; {
	case !r.Known && r.Why != "":
		return format.Unknown + " " + r.Why
	case !r.Known:
		return format.Unknown + " what was changed from this machine: this console reads no journal"
	case r.Value.Bad > 0:
		return "no line of the journal can be read: " + r.Value.Damaged[0]
	}
	return "kdeck has changed nothing in this cluster from this machine"
}

// Status implements [pane.Screen].
func (p *Pane) Status() string {
	s := p.List.Status()
	if s == "" || p.Scene.State == nil {
		return s
	}
	switch a := p.Scene.State.Audit.Value; {
	case a == nil:
	case a.Bad > 0:
		s += ", " + format.Count(a.Bad, "damaged line")
	case a.Skipped > 0:
		s += ", the journal's end"
	}
	return s
}

// maxShown is how many steps a detail has: it is written anew for each screen.
const maxShown = 500

// describe writes what is known of an action, and its steps, the latest first.
func (p *Pane) describe(to *pane.Page, s pane.Scene, of pane.Detail) {
	a := p.byID[of.ID.Name]
	if a == nil {
		to.Say(cell.Strong.Span(of.ID.Name))
		to.Say(cell.Warning.Span("is no longer in what is read of the journal"))
		return
	}
	run := s.Run.Value
	if run != nil && (run.ID != a.Run || a.Run == "") {
		run = nil
	}
	for _, f := range view.ActionFacts(a) {
		if f.Name == "why" && run != nil { // the run itself tells more
			continue
		}
		style := cell.Plain
		switch f.Name {
		case "what":
			style = cell.Strong
		case "result":
			style = resultStyle(a.Result)
		case "began":
			f.Text = s.Ago(a.Began) + " ago, " + f.Text
		case "taken back by":
			if view.UndoCommand(a.Undo) != "" {
				style = cell.KeyName
			}
		}
		to.Fact(f.Name+" ", style, f.Text)
	}
	if run != nil {
		now := string(run.State) + ": " + view.RunMoved(run)
		if run.Why != "" {
			now += "; " + run.Why
		}
		to.Fact("now", cell.Info, now)
	}
	p.describeJournal(to)
	n := len(a.Steps)
	if n == 0 {
		return
	}
	to.Head(strings.ToUpper(format.Count(n+a.LeftOut, "step")) + ", the latest first")
	for i := n - 1; i >= max(n-maxShown, 0); i-- {
		step := &a.Steps[i]
		text := step.Text
		if step.Why != "" {
			text += ": " + step.Why
		}
		at := cell.Faint.Span(pane.Clock(step.At) + " ")
		if step.Result == "" || step.Result == state.ActionDone {
			to.Say(at, cell.Plain.Span(text))
			continue
		}
		to.Say(at, resultStyle(step.Result).Span(string(step.Result)+" "), cell.Plain.Span(text))
	}
	if more := n + a.LeftOut - maxShown; more > 0 {
		to.Say(cell.Faint.Span(format.Count(more, "earlier step") + ": kdeck audit " + a.ID))
	}
}

// describeJournal says what of the journal can't be read.
func (p *Pane) describeJournal(to *pane.Page) {
	if a := p.Scene.State.Audit.Value; a != nil {
		for _, why := range view.AuditUnknown(a) {
			to.Fact("journal ", cell.Warning, why)
		}
	}
}

// keys are the pane's own keys in the list.
func (p *Pane) keys() []pane.Binding {
	a, ok := p.Table.Current()
	return []pane.Binding{
		undoKey(a, ok),
		{Keys: []string{"!"}, Help: "only what isn't done, or all", Group: pane.OnRows, Label: "failed", Do: func() []pane.Effect { return p.ToggleWord("is:failed") }},
	}
}

// Bindings implements [pane.Screen]. An open action is taken back by the same key.
func (p *Pane) Bindings() []pane.Binding {
	keys := p.List.Bindings()
	if id, open := p.Opened(); open {
		a := p.byID[id.Name]
		keys = append(keys, undoKey(a, a != nil))
	}
	return keys
}

// undoKey is the key that puts what takes an action back into the palette.
func undoKey(a *state.Action, ok bool) pane.Binding {
	key := pane.Binding{Keys: []string{"u"}, Help: "put the command that takes it back into the palette", Group: pane.OnRows, Label: "undo"}
	switch {
	case !ok:
		key.Disabled = "there is no action"
	case a.Undo == "":
		key.Disabled = "the journal has no way back of it"
	case view.UndoCommand(a.Undo) == "" && strings.HasPrefix(a.Undo, "none"):
		key.Disabled = "nothing takes it back: " + strings.TrimPrefix(a.Undo, "none: ")
	case view.UndoCommand(a.Undo) == "":
		key.Disabled = "no command of kdeck takes it back, but this does: " + a.Undo
	default:
		key.Help, key.Changes = key.Help+": "+a.Undo, true
		line, more := paletteLine(a.Undo)
		key.Do = func() []pane.Effect {
			effects := []pane.Effect{pane.Palette{Line: line}}
			if more > 0 {
				effects = append(effects, pane.Say{Text: "this is the first; " + format.Count(more, "more command") + " of the way back: see the detail"})
			}
			return effects
		}
	}
	return key
}

// paletteLine is the first command of a way back without what leads to its cluster: the palette works on the console's. more is how
// many commands follow.
func paletteLine(undo string) (line string, more int) {
	all, err := shellquote.Split(undo)
	if err != nil {
		return undo, 0
	}
	var words []string
	ended := false
	for i := 1; i < len(all); i++ { // the first is kdeck
		w, last := strings.CutSuffix(all[i], ";")
		switch {
		case ended:
		case slices.Contains(leading, w) && !last && i+1 < len(all):
			i++
			_, last = strings.CutSuffix(all[i], ";")
		default:
			words = append(words, format.Shell(w))
		}
		if last {
			ended = true
			more++
		}
	}
	return strings.Join(words, " "), more
}

// leading are the flags that lead to a cluster. Each has a value.
var leading = []string{"--context", "--bootstrap-server", "-b", "--bootstrap-controller", "--command-config", "-X"}
