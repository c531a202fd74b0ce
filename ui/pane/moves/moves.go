// Package moves is the console's pane of the run that moves partitions, and of all reassignments in flight. It changes nothing: its keys
// put command lines into the palette, and one pauses the run. Start reading at Pane; head.go draws the run, keys.go has the keys.
package moves

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"kdeck/ops/format"
	"kdeck/ops/state"
	"kdeck/ops/view"
	"kdeck/ui/cell"
	"kdeck/ui/layout"
	"kdeck/ui/pane"
	"kdeck/ui/table"
)

// Pane shows the run on top, and below it the partitions that are being reassigned.
type Pane struct {
	*pane.List[view.Move]
	moving moving
	head   head
	listAt layout.Rect
}

// moving are the partitions of a snapshot that are being reassigned. They are looked for once.
type moving struct {
	in   *state.Snapshot
	list []state.Partition
}

// of returns those of a snapshot.
func (m *moving) of(s *state.Snapshot) []state.Partition {
	if m.in == s {
		return m.list
	}
	m.in, m.list = s, nil
	for i := range s.NumPartitions() {
		if p := s.Partition(i); p.Moving() {
			m.list = append(m.list, p)
		}
	}
	return m.list
}

// version tells scenes apart whose rows differ.
type version struct {
	snapshot *state.Snapshot
	run      *state.Run
	known    bool
}

// New makes the pane.
func New() *Pane {
	p := &Pane{}
	p.List = pane.NewList(pane.Spec[view.Move]{
		Name: "moves", Title: "Moves", Row: "move", Verb: "moves",
		Columns: columns(), Order: table.Order{Column: "copied"},
		Rows:    p.rows,
		Version: func(s pane.Scene) any { return version{s.State.Snapshot, s.Run.Value, s.Run.Known} },
		Match: func(s *pane.Scene, f view.Filter) (func(view.Move) bool, error) {
			match, err := pane.MatchPartitions(s, f)
			return func(m view.Move) bool { return match(m.Partition) }, err
		},
		Words:   view.PartitionFilterWords,
		Letters: "SXR", Keys: p.keys,
		Describe: p.describe,
		Empty:    empty,
		JSON: func(s pane.Scene, rows []view.Move) (func(io.Writer) error, error) {
			if s.Snapshot() == nil {
				return nil, pane.ErrNothingYet
			}
			if len(rows) == 0 && s.Run.Value == nil {
				return nil, errors.New("nothing is being reassigned")
			}
			return pane.JSON(answer(s, rows)), nil
		},
		Document: func(s pane.Scene, m view.Move) any {
			if s.Snapshot() == nil {
				return nil
			}
			return answer(s, []view.Move{m}).Moves[0]
		},
	})
	return p
}

// answer is the document of `kdeck moves`.
func answer(s pane.Scene, rows []view.Move) view.MovesJSON {
	doc := view.MovesAnswer(s.Snapshot(), rows)
	if s.Run.Value != nil {
		doc.Run = view.RunAnswer(s.Run.Value)
		doc.Run.Flying = nil // the moves tell the same
	}
	return doc
}

// columns are those of moves on the screen.
func columns() []table.Column[view.Move] {
	type column = table.Column[view.Move]
	warn := func(c *column) {
		c.Style = func(view.Move) cell.Style { return cell.Warning }
		c.Max = 60
	}
	return table.Dress(view.OwnedMoveColumns(), map[string]func(*column){
		"topic":        func(c *column) { c.Grow = true },
		"move":         func(c *column) { c.Max, c.Style = 16, func(view.Move) cell.Style { return cell.Info } },
		"copied":       func(c *column) { c.Volatile = true },
		"bytes_left":   func(c *column) { c.Volatile = true },
		"rate":         func(c *column) { c.Volatile = true },
		"seconds_left": func(c *column) { c.Volatile = true },
		"size_bytes":   func(c *column) { c.Volatile = true },
		"stuck_why":    warn,
		"state": func(c *column) {
			c.Style = func(m view.Move) cell.Style { return pane.PartitionStyle(view.PartitionState(m.Partition)) }
		},
		"replicas": func(c *column) { c.Max = 24 },
	})
}

// rows are the moves in flight, with what the run tells of its own.
func (p *Pane) rows(s *pane.Scene) table.Rows[view.Move] {
	type key struct {
		topic     string
		partition int32
	}
	told := map[key]*state.RunMove{}
	if r := s.Run.Value; r != nil {
		for i := range r.Flying {
			told[key{r.Flying[i].Topic, r.Flying[i].Partition}] = &r.Flying[i]
		}
	}
	parts := p.moving.of(s.Snapshot())
	list := make([]view.Move, len(parts))
	for i, part := range parts {
		run := told[key{part.Topic().Name(), part.ID()}]
		m := view.Move{Partition: part}
		if s.Run.Known {
			m.Ours = state.Read(run != nil, s.Run.At, "")
		}
		if run != nil && s.Run.Value.State != state.RunOrphaned { // else it is as it was when the process went
			m.Run = run
		}
		list[i] = m
	}
	rows := table.RowsOf(list, func(m view.Move) table.ID { return pane.PartitionID(m.Partition) })
	rows.Style = func(view.Move) cell.Style { return s.RowStyle() }
	return rows
}

// describe writes how a move gets on, and then its partition.
func (p *Pane) describe(to *pane.Page, s pane.Scene, of pane.Detail) {
	if m, ok := p.Table.Current(); ok && pane.PartitionID(m.Partition) == of.ID {
		cells := map[string]string{}
		for _, c := range p.Table.Columns() {
			cells[c.Name] = c.Cell(m)
		}
		begun := "  " + cells["move"]
		if m.Ours.Known {
			begun += ", begun by " + cells["whose"]
		}
		to.Say(cell.Strong.Span(pane.PartitionName(of.ID)), cell.Plain.Span(begun))
		to.Fact("copied", cell.Plain, fmt.Sprintf("%s, %s left, %s, %s to go", cells["copied"], cells["bytes_left"], cells["rate"], cells["seconds_left"]))
		if why := cells["stuck_why"]; why != "" {
			to.Fact("stuck", cell.Warning, why)
		}
		to.Say()
	}
	pane.DescribePartition(to, s, of)
}

// empty says why there is no row.
func empty(s pane.Scene) string {
	snap := s.Snapshot()
	if snap == nil { // a State may have lost the one before
		return ""
	}
	switch moves := snap.Moves; {
	case !moves.Known:
		return format.Unknown + " the reassignments in flight: " + moves.Why
	case s.Run.Value != nil:
		return "nothing of it is in flight"
	}
	return "nothing is being reassigned; kdeck plan and kdeck apply move partitions"
}

// Status implements [pane.Screen].
func (p *Pane) Status() string {
	if !p.Ready() {
		return ""
	}
	s := format.Count(p.Table.Total(), "move") + " in flight"
	if p.Table.Len() != p.Table.Total() {
		s = format.Thousands(p.Table.Len()) + " of " + s
	}
	if n := p.Table.Marks(); n > 0 {
		s = format.Thousands(n) + " marked, " + s
	}
	return s
}

// Arrange implements [pane.Screen].
func (p *Pane) Arrange(width, height int, ascii bool) {
	p.head.arrange(p.Scene, width, ascii)
	top := min(p.head.rows(), max(height-4, 0)) // the list keeps its heading and some rows
	p.listAt = layout.Rect{Y: top, W: width, H: height - top}
	p.List.Arrange(width, height-top, ascii)
}

// Draw implements [pane.Screen].
func (p *Pane) Draw(a cell.Area) {
	w, _ := a.Size()
	p.head.draw(a.In(layout.Rect{W: w, H: p.listAt.Y}))
	p.List.Draw(a.In(p.listAt))
}

// Lists implements [pane.Screen].
func (p *Pane) Lists() []pane.Placed {
	lists := slices.Clone(p.List.Lists())
	for i := range lists {
		lists[i].At.Y += p.listAt.Y
	}
	return lists
}

// Print implements [pane.Screen].
func (p *Pane) Print(w io.Writer, ascii bool) error {
	if err := p.head.print(w, p.Scene, ascii); err != nil {
		return err
	}
	return p.List.Print(w, ascii)
}
