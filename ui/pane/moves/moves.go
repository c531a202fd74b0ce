// Package moves is the console's pane of the run that moves partitions, and of all reassignments in flight. It changes nothing: its keys
// put command lines into the palette, and one pauses the run. Start reading at Pane; head.go draws the run, keys.go has the keys.
package moves

import (
	"cmp"
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
	flying int // how many of the rows are in flight; the others wait
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
	if m.in != s {
		m.in, m.list = s, view.Moving(s)
	}
	return m.list
}

// version tells scenes apart whose rows differ.
type version struct {
	snapshot *state.Snapshot
	run      *state.Run
	audit    *state.Audit
}

// New makes the pane.
func New() *Pane {
	p := &Pane{}
	p.List = pane.NewList(pane.Spec[view.Move]{
		Name: "moves", Title: "Moves", Row: "move", Verb: "moves", Below: commands,
		Columns: columns(), Order: table.Order{Column: "queue"},
		Rows:    p.rows,
		Version: func(s pane.Scene) any { return version{s.State.Snapshot, s.Run.Value, s.State.Audit.Value} },
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
		Document: document,
	})
	return p
}

// answer is the document of `kdeck moves`.
func answer(s pane.Scene, rows []view.Move) view.MovesJSON {
	return view.MovesAnswer(s.Snapshot(), rows, s.Run.Value)
}

// document is what the document of `kdeck moves` has of one move.
func document(s pane.Scene, m view.Move) any {
	if s.Snapshot() == nil {
		return nil
	}
	if !m.InFlight() {
		return view.RunMoveAnswer(m.Run)
	}
	return answer(s, []view.Move{m}).Moves[0]
}

// columns are those of moves on the screen.
func columns() []table.Column[view.Move] {
	type column = table.Column[view.Move]
	return table.Dress(view.MoveColumns(), map[string]func(*column){
		"topic":        func(c *column) { c.Max = 36 },
		"move":         func(c *column) { c.Max, c.Style = 16, func(view.Move) cell.Style { return cell.Info } },
		"copied":       func(c *column) { c.Volatile = true },
		"bytes_left":   func(c *column) { c.Volatile = true },
		"rate":         func(c *column) { c.Volatile = true },
		"seconds_left": func(c *column) { c.Volatile = true },
		"size_bytes":   func(c *column) { c.Volatile = true },
		"why": func(c *column) {
			c.Grow, c.Least = true, 15
			c.Style = func(m view.Move) cell.Style {
				if m.InFlight() {
					return cell.Warning
				}
				return cell.Plain
			}
		},
		"state": func(c *column) {
			c.Style = func(m view.Move) cell.Style { return pane.PartitionStyle(view.PartitionState(m.Partition)) }
		},
		"replicas": func(c *column) { c.Max = 24 },
	})
}

// rows are the moves in flight and those that wait.
func (p *Pane) rows(s *pane.Scene) table.Rows[view.Move] {
	list := view.Moves(s.Snapshot(), p.moving.of(s.Snapshot()), s.Run.Value, func(p state.Partition, replicas []int32) state.Reading[state.Origin] {
		of := s.State.Audit
		if of.Value == nil {
			return state.Missing[state.Origin](of.Why, of.At, of.From)
		}
		origin, known := of.Value.Began(p.Topic().Name(), p.ID(), replicas)
		if !known {
			return state.Missing[state.Origin]("the journal is read only in part", of.At, of.From)
		}
		return state.Read(origin, of.At, of.From)
	})
	p.flying = view.QueueAt(list)
	rows := table.RowsOf(list, func(m view.Move) table.ID { return pane.PartitionID(m.Partition) })
	rows.Style = func(m view.Move) cell.Style {
		if style := s.RowStyle(); style != cell.Plain || m.InFlight() {
			return style
		}
		return cell.Faint
	}
	return rows
}

// describe writes how a move gets on, or why it waits, and then its partition.
func (p *Pane) describe(to *pane.Page, s pane.Scene, of pane.Detail) {
	if m, ok := p.Table.Current(); ok && pane.PartitionID(m.Partition) == of.ID {
		cells := map[string]string{}
		for _, c := range p.Table.Columns() {
			cells[c.Name] = c.Cell(m)
		}
		if m.InFlight() {
			p.describeFlying(to, m, cells)
		} else {
			to.Say(cell.Strong.Span(pane.PartitionName(of.ID) + "  " + cells["move"]))
			to.Fact("waits", cell.Plain, fmt.Sprintf("number %s in the queue: %s", cells["queue"], cells["why"]))
			to.Fact("to copy", cell.Plain, cells["bytes_left"])
			to.Fact("replicas", cell.Plain, view.IDs(m.Run.From)+" -> "+view.IDs(m.Run.To))
		}
		to.Say()
	}
	pane.DescribePartition(to, s, of)
}

func (p *Pane) describeFlying(to *pane.Page, m view.Move, cells map[string]string) {
	to.Say(cell.Strong.Span(pane.PartitionName(pane.PartitionID(m.Partition)) + "  " + cells["move"]))
	copied := cells["copied"]
	for _, c := range [][2]string{{"bytes_left", " left"}, {"rate", ""}, {"seconds_left", " to go"}} {
		if text := cells[c[0]]; !view.NoText(text) {
			copied += ", " + text + c[1]
		}
	}
	to.Fact("copied", cell.Plain, copied)
	if why := cells["why"]; why != "" {
		to.Fact("stuck", cell.Warning, why)
	}
	switch o := m.Begun.Value; {
	case o.Run != "":
		to.Fact("made by", cell.Plain, "kdeck's run "+o.Run)
	case o.Ours:
		to.Fact("made by", cell.Plain, "kdeck on this machine; its journal doesn't tell which run")
	case m.Begun.Known:
		to.Fact("made by", cell.Plain, "others: kdeck's journal on this machine doesn't have it")
	default:
		to.Fact("made by", cell.Unknown, format.Unknown+" "+cmp.Or(m.Begun.Why, "this console reads no journal"))
	}
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
	return "nothing is being reassigned"
}

// Status implements [pane.Screen].
func (p *Pane) Status() string {
	if !p.Ready() {
		return ""
	}
	s := format.Thousands(p.flying) + " in flight"
	if r := p.Scene.Run.Value; r != nil && r.Waiting() > 0 {
		s += ", " + format.Thousands(r.Waiting()) + " waiting"
		if listed := p.Table.Total() - p.flying; listed < r.Waiting() {
			s += ", the first " + format.Thousands(listed) + " of them listed"
		}
	}
	if p.Table.Len() != p.Table.Total() {
		s = format.Thousands(p.Table.Len()) + " shown of " + s
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
