package pane

import (
	"errors"
	"fmt"
	"io"

	"kdeck/ui/cell"
)

// elsewhere holds the place of a pane that this console does not have: it says which command to use.
type elsewhere struct{ name, title, command, about string }

func NewElsewhere(name, title, command, about string) *elsewhere {
	return &elsewhere{name, title, command, about}
}

func (e *elsewhere) Name() string              { return e.name }
func (e *elsewhere) Title() string             { return e.title }
func (e *elsewhere) See(Scene) []Effect        { return nil }
func (e *elsewhere) Arrange(int, int, bool)    {}
func (e *elsewhere) Status() string            { return "" }
func (e *elsewhere) Trail() []string           { return nil }
func (e *elsewhere) Back() ([]Effect, bool)    { return nil, false }
func (e *elsewhere) Filter() string            { return "" }
func (e *elsewhere) Layout() Layout            { return Layout{} }
func (e *elsewhere) SetLayout(Layout) []Effect { return nil }
func (e *elsewhere) Bindings() []Binding {
	return []Binding{{Keys: []string{"c"}, Help: "copy the command", Label: "copy", Group: Rows, Do: func() []Effect {
		return []Effect{Copy{e.command, "the command"}}
	}}}
}

func (e *elsewhere) SetFilter(s string) ([]Effect, error) {
	if s != "" {
		return nil, errors.New("there are no rows to filter here")
	}
	return nil, nil
}

// Print implements Pane.
func (e *elsewhere) Print(w io.Writer, _ bool) error {
	_, err := fmt.Fprintf(w, "%s: %s\n", e.title, e.command)
	return err
}

func (e *elsewhere) Export(string) (func(io.Writer) error, error) {
	return nil, errors.New("there are no rows to export here")
}

func (e *elsewhere) Draw(a cell.Area) {
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
