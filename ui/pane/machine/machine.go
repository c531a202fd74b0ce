// Package machine is the screen of a broker's own machine: what was found, where each thread's time went, and what threads wait for on disks. It judges nothing:
// package health does. Start reading at Pane.
package machine

import (
	"cmp"
	"io"
	"slices"

	"kdeck/ops/health"
	"kdeck/ops/state"
	"kdeck/ops/view"
	"kdeck/ui/cell"
	"kdeck/ui/layout"
	"kdeck/ui/pane"
	"kdeck/ui/table"
)

// Pane lists the threads of a broker's JVM.
type Pane struct {
	*pane.List[view.HostRow]
	waits    *table.Table[state.HostWait]
	findings pane.Page
	figures  pane.Page
	single   bool // each thread has a row, also those with little to do
	ascii    bool
	at       layout.Machine
}

// New makes the pane.
func New() *Pane {
	p := &Pane{waits: table.New(waitColumns(), table.Order{})}
	p.waits.Keep("ABCDEFGHIJKLMNOPQRSTUVWXYZ") // the keys are the threads'
	p.List = pane.NewList(pane.Spec[view.HostRow]{
		Name: "machine", Title: "Machine", Row: "thread",
		Columns: columns(), Rows: p.rows,
		Version: func(s pane.Scene) any { return s.State.Seq },
		Keys:    p.keys, Describe: p.describe,
		RowName: p.name,
		Empty:   func(pane.Scene) string { return "no thread of the broker's JVM was seen" },
		JSON: func(s pane.Scene, rows []view.HostRow) (func(io.Writer) error, error) {
			return pane.JSON(threadsOf(s.State.Host, rows)), nil
		},
		Document: func(s pane.Scene, r view.HostRow) any { return threadsOf(s.State.Host, []view.HostRow{r}) },
	})
	return p
}

// columns are those of threads on the screen.
func columns() []table.Column[view.HostRow] {
	all := table.Dress(view.HostColumns(false), map[string]func(*table.Column[view.HostRow]){
		"disk": func(c *table.Column[view.HostRow]) {
			c.Style = func(r view.HostRow) cell.Style { return pane.FigureStyle(health.ThreadOnDisk(r.Group, r.Disk)) }
		},
		"waiting_for_core": func(c *table.Column[view.HostRow]) {
			c.Style = func(r view.HostRow) cell.Style {
				return pane.FigureStyle(health.ThreadWithoutCore(r.Group, r.WaitingForCore.Or(0)))
			}
		},
		"name": func(c *table.Column[view.HostRow]) { c.Max = 24 },
	})
	time := table.Column[view.HostRow]{
		Column: view.Column[view.HostRow]{Head: "TIME", Name: "time", Help: "the time of the look as a bar: on a core, waiting for a core, waiting for a device, in other calls, idle",
			Cell: func(r view.HostRow) string { return bar(r, true).Text() }, Key: func(r view.HostRow) int64 { return view.Key(1 - r.Idle) }},
		Spans: func(r view.HostRow, ascii bool) []cell.Span { return bar(r, ascii).Spans() },
	}
	return slices.Insert(all, 2, time)
}

func waitColumns() []table.Column[state.HostWait] {
	return table.Dress(view.HostWaitColumns(), map[string]func(*table.Column[state.HostWait]){
		"partition": func(c *table.Column[state.HostWait]) { c.Max = 40 },
		"log_dir":   func(c *table.Column[state.HostWait]) { c.Max = 30 },
	})
}

func rowID(r view.HostRow) table.ID { return table.ID{Name: cmp.Or(r.TID, string(r.Group))} }

// rows are the threads of the look.
func (p *Pane) rows(s *pane.Scene) table.Rows[view.HostRow] {
	h := s.State.Host
	if h == nil {
		return table.RowsOf[view.HostRow](nil, rowID)
	}
	of := table.RowsOf(view.HostRows(h, p.single), rowID)
	of.Style = func(view.HostRow) cell.Style { return s.RowStyle() }
	return of
}

// See implements [pane.Screen].
func (p *Pane) See(s pane.Scene) []pane.Effect {
	before := p.Scene.State
	effects := p.List.See(s)
	h := s.State.Host
	if h == nil || before == s.State {
		return effects
	}
	p.figures.Reset()
	describeFigures(&p.figures, h)
	waits := table.RowsOf(view.HostWaits(h, false), func(w state.HostWait) table.ID {
		return table.ID{Name: w.Call + " " + w.File + " " + w.Client, N: int32(w.TID)}
	})
	waits.Style = func(state.HostWait) cell.Style { return p.Scene.RowStyle() }
	return append(effects, pane.Background(p.waits.Set(waits, nil, false))...)
}

// Arrange implements [pane.Screen].
func (p *Pane) Arrange(width, height int, ascii bool) {
	p.ascii = ascii
	body := layout.Rect{W: width, H: height}
	if _, open := p.Opened(); open {
		p.List.Arrange(width, height, ascii)
		return
	}
	p.sayFindings(width-2, height, ascii)
	p.at = layout.ComputeMachine(body, p.findings.Rows(), p.Table.Len(), p.waits.Len())
	p.findings.Arrange(width-2, p.at.Findings.H, ascii)
	p.Table.Arrange(p.at.Threads.W, p.at.Threads.H, ascii)
	p.waits.Arrange(p.at.Waits.W, p.at.Waits.H, ascii)
	p.figures.Arrange(p.at.Figures.W-2, p.at.Figures.H, ascii)
	p.Page.Reset()
	if r, ok := p.Table.Current(); ok && !p.at.Detail.Empty() {
		p.describe(&p.Page, p.Scene, pane.Detail{ID: p.Table.ID(r), Width: p.at.Detail.W - 2, ASCII: ascii})
		p.Page.Arrange(p.at.Detail.W-2, p.at.Detail.H, ascii)
	}
}

// sayFindings writes what was found, with as much of the evidence as a third of the body has room for: all, or that of the worst, or none.
func (p *Pane) sayFindings(width, height int, ascii bool) {
	if p.Scene.State == nil {
		return
	}
	all := p.Scene.State.Findings
	for _, whole := range []int{len(all), 1, 0} {
		p.findings.Reset()
		for i, f := range all {
			sayFinding(&p.findings, f, i < whole)
		}
		p.findings.Arrange(width, height, ascii)
		if p.findings.Rows() <= height/3 {
			return
		}
	}
}

// Draw implements [pane.Screen].
func (p *Pane) Draw(a cell.Area) {
	if _, open := p.Opened(); open || !p.Ready() {
		p.List.Draw(a)
		return
	}
	p.findings.Draw(a.In(p.at.Findings.Inset()))
	for i, r := range p.at.Rules {
		in := a.In(r)
		in.Rule(cell.Frame)
		if i == 0 {
			x := in.Text(2, 0, cell.Plain, " ")
			for _, s := range legend(p.ascii) {
				x = in.Text(x, 0, s.Style, s.Text)
			}
		}
	}
	a.In(p.at.Bar).Bar(cell.Frame)
	p.Table.Draw(a.In(p.at.Threads), true, p.Empty())
	if !p.at.Waits.Empty() {
		p.waits.Draw(a.In(p.at.Waits), false, "")
	}
	p.Page.Draw(a.In(p.at.Detail.Inset()))
	p.figures.Draw(a.In(p.at.Figures.Inset()))
}

// Lists implements [pane.Screen].
func (p *Pane) Lists() []pane.Placed {
	if _, open := p.Opened(); open || !p.Ready() {
		return nil
	}
	return []pane.Placed{{Table: p.Table, At: p.at.Threads}}
}

// Legends implements [pane.Rows].
func (p *Pane) Legends() []pane.Legend {
	return append(p.List.Legends(), pane.Legend{Of: "waits on disks", Columns: p.waits.Explain()})
}

// Command implements [pane.Screen].
func (p *Pane) Command() []string { return []string{"host"} }

func (p *Pane) keys() []pane.Binding {
	help := "a row for each thread, also for those with little to do"
	if p.single {
		help = "threads with little to do in one row of their group"
	}
	return []pane.Binding{{Keys: []string{"a"}, Help: help, Label: "all threads", Group: pane.OnRows, Do: func() []pane.Effect {
		p.single = !p.single
		return p.Fill()
	}}}
}

// name is what a thread is called.
func (p *Pane) name(id table.ID) string {
	if r, ok := p.row(id); ok {
		return r.Name
	}
	return "thread " + id.Name
}

func (p *Pane) row(id table.ID) (r view.HostRow, ok bool) {
	for i := range p.Table.Len() {
		if r = p.Table.Row(i); p.Table.ID(r) == id {
			return r, true
		}
	}
	return r, false
}

// threadsOf are the threads that rows stand for, as the command has them.
func threadsOf(h *state.Host, rows []view.HostRow) []state.HostThread {
	of := []state.HostThread{}
	for _, t := range h.Threads {
		if slices.ContainsFunc(rows, func(r view.HostRow) bool { return r.Holds(&t) }) {
			of = append(of, t)
		}
	}
	return of
}

// Print implements [pane.Screen].
func (p *Pane) Print(w io.Writer, ascii bool) error { return p.Table.Print(w, ascii) }
