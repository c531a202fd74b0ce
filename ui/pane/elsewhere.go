package pane

import (
	"errors"
	"fmt"
	"io"

	"kdeck/ui/cell"
	"kdeck/ui/table"
)

// Elsewhere holds the place of a pane that this console does not have: it says which command to use.
type Elsewhere struct{ name, title, command, about string }

// NewElsewhere makes the pane.
func NewElsewhere(name, title, command, about string) *Elsewhere {
	return &Elsewhere{name, title, command, about}
}

var errNoRows = errors.New("there are no rows here")

// The methods that follow implement Pane.

func (e *Elsewhere) Name() string                                 { return e.name }
func (e *Elsewhere) Title() string                                { return e.title }
func (e *Elsewhere) See(Scene) []Effect                           { return nil }
func (e *Elsewhere) Arrange(int, int, bool)                       {}
func (e *Elsewhere) Status() string                               { return "" }
func (e *Elsewhere) Trail() []string                              { return nil }
func (e *Elsewhere) Back() ([]Effect, bool)                       { return nil, false }
func (e *Elsewhere) Command() []string                            { return nil }
func (e *Elsewhere) Take([]string) ([]Effect, Taken)              { return nil, AsFilter }
func (e *Elsewhere) Filter() string                               { return "" }
func (e *Elsewhere) FilterWords() []string                        { return nil }
func (e *Elsewhere) Columns() []string                            { return nil }
func (e *Elsewhere) Groups() []string                             { return nil }
func (e *Elsewhere) GroupBy(string) ([]Effect, error)             { return nil, nil }
func (e *Elsewhere) OpenRow(table.ID) []Effect                    { return nil }
func (e *Elsewhere) Layout() Layout                               { return Layout{} }
func (e *Elsewhere) SetLayout(Layout) []Effect                    { return nil }
func (e *Elsewhere) SortBy(string, bool) ([]Effect, error)        { return nil, errNoRows }
func (e *Elsewhere) Export(string) (func(io.Writer) error, error) { return nil, errNoRows }

func (e *Elsewhere) SetFilter(s string) ([]Effect, error) {
	if s != "" {
		return nil, errNoRows
	}
	return nil, nil
}

func (e *Elsewhere) Bindings() []Binding {
	return []Binding{{Keys: []string{"c"}, Help: "copy the command", Label: "copy", Group: OnRows, Do: func() []Effect {
		return []Effect{Copy{e.command, "the command"}}
	}}}
}

func (e *Elsewhere) Print(w io.Writer, _ bool) error {
	_, err := fmt.Fprintf(w, "%s: %s\n", e.title, e.command)
	return err
}

func (e *Elsewhere) Draw(a cell.Area) {
	a.Text(3, 1, cell.Strong, e.title)
	w, _ := a.Size()
	y := 2
	for _, l := range cell.Wrap("Here will be "+e.about+".", w-6, a.Theme().ASCII) {
		a.Text(3, y, cell.Plain, l)
		y++
	}
	x := a.Text(3, y+1, cell.Plain, "Meanwhile, on the command line: ")
	a.Text(x, y+1, cell.KeyName, e.command)
}
