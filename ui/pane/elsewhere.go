package pane

import (
	"errors"
	"fmt"
	"io"

	"kdeck/ui/cell"
)

// Elsewhere is a pane that this console doesn't have yet: it says which command to use. It is a list that stays empty.
type Elsewhere struct {
	*List[struct{}]
	command, about string
}

// NewElsewhere makes the pane. about says what will be there: "what was changed by kdeck".
func NewElsewhere(name, title, command, about string) *Elsewhere {
	return &Elsewhere{NewList(Spec[struct{}]{Name: name, Title: title}), command, about}
}

var errNoRows = errors.New("there are no rows here")

// See implements [Screen].
func (e *Elsewhere) See(Scene) []Effect { return nil }

// Legends implements [Rows].
func (e *Elsewhere) Legends() []Legend { return nil }

// SetFilter implements [Rows].
func (e *Elsewhere) SetFilter(s string) ([]Effect, error) {
	if s != "" {
		return nil, errNoRows
	}
	return nil, nil
}

// SortBy implements [Rows].
func (e *Elsewhere) SortBy(string, bool) ([]Effect, error) { return nil, errNoRows }

// Export implements [Rows].
func (e *Elsewhere) Export(string) (func(io.Writer) error, error) { return nil, errNoRows }

// Bindings implements [Screen].
func (e *Elsewhere) Bindings() []Binding {
	return []Binding{{Keys: []string{"c"}, Help: "copy the command", Label: "copy", Group: OnRows, Do: func() []Effect {
		return []Effect{Copy{e.command, "the command"}}
	}}}
}

// Lists implements [Screen].
func (e *Elsewhere) Lists() []Placed { return nil }

// Print implements [Screen].
func (e *Elsewhere) Print(w io.Writer, _ bool) error {
	_, err := fmt.Fprintf(w, "%s: %s\n", e.Title(), e.command)
	return err
}

// Draw implements [Screen].
func (e *Elsewhere) Draw(a cell.Area) {
	a.Text(3, 1, cell.Strong, e.Title())
	w, _ := a.Size()
	y := 2
	for _, l := range cell.Wrap("Here will be "+e.about+".", w-6, a.Theme().ASCII) {
		a.Text(3, y, cell.Plain, l)
		y++
	}
	x := a.Text(3, y+1, cell.Plain, "Meanwhile, on the command line: ")
	a.Text(x, y+1, cell.KeyName, e.command)
}
