package pane

import (
	"io"
	"kdeck/ops/history"
	"time"

	"kdeck/ops/state"
	"kdeck/ui/cell"
	"kdeck/ui/table"
)

// Scene is what a pane is given to show.
type Scene struct {
	State   *state.State
	Now     time.Time        // State.Now, and what has passed since
	History *history.History // up to State
}

// Pane is one pane of the console.
type Pane interface {
	// Name is the pane's word in the palette, in findings and on the command line.
	Name() string
	// Title stands in the tabs.
	Title() string
	// See gives the pane a new scene: a new State, or only a later time.
	See(Scene) []Effect
	// Arrange is called after everything else and before Draw.
	Arrange(width, height int, ascii bool)
	Draw(a cell.Area)
	// Status stands at the right of the tabs: how many rows, filtered, sorted by what.
	Status() string
	// Trail names what is open in the pane, outermost first; nothing when it is as it was opened.
	Trail() []string
	// Bindings are the keys that mean something now; those that are Disabled say why.
	Bindings() []Binding
	// Back closes what is open in the pane, innermost first, and tells whether there was anything.
	Back() ([]Effect, bool)
	// Filter is the filter in force, in the words that SetFilter takes.
	Filter() string
	// SetFilter filters the pane's rows. On an error, which names the word, nothing changes.
	SetFilter(string) ([]Effect, error)
	// Layout is what is kept of the pane between starts.
	Layout() Layout
	SetLayout(Layout) []Effect
	// Print writes what is shown as plain text, once and whole, for where there is no terminal.
	Print(w io.Writer, ascii bool) error
	// Export returns a function that writes what is shown, "json" or "csv". It may be run anywhere.
	Export(format string) (func(io.Writer) error, error)
}

// Layout is how the user has set a pane up.
type Layout struct {
	Sort    string `json:"sort,omitempty"`
	Reverse bool   `json:"reverse,omitempty"`
	Wide    bool   `json:"wide,omitempty"`
	Group   string `json:"group,omitempty"`
}

// Binding is what keys do, said once: the console acts by it, and the key line, the help and the manual are made
// from it.
type Binding struct {
	Keys  []string // as Bubble Tea spells them: "j", "down", "ctrl+s"
	Show  string   // as the help shows them, where that is shorter
	Help  string   // what they do, a few words
	Group string   // Move, Rows, Columns, Screen, Go
	Label string   // in the key line: one or two words; "": only in the help
	// Changes tells that it leads to a change of the cluster. It may only open a dialog.
	Changes  bool
	Disabled string // why it does nothing now; "" when it does
	Do       func() []Effect
}

// Effect is what a pane wants done by the console.
type Effect interface{ effect() }

// Open goes to a pane, with a filter, and to the row with that identity, opened, where Row is set.
type Open struct {
	Pane, Filter string
	Row          *table.ID
}

// Copy puts text into the clipboard of the user's terminal; What says what it was.
type Copy struct{ Text, What string }

// Say shows one line, as an error where Bad is set.
type Say struct {
	Text string
	Bad  bool
}

// Work is run off the update loop; what it returns is called on it, in the pane's name. What Then returns after that,
// where it is set, is done.
type Work struct {
	Run  func() (apply func())
	Then func() []Effect
}

func (Open) effect() {}
func (Copy) effect() {}
func (Say) effect()  {}
func (Work) effect() {}

// Save makes a file, which must not be there yet. To is run off the update loop; what Done returns is done when the file
// is written.
type Save struct {
	Path string
	To   func(io.Writer) error
	Done func() []Effect
}

func (Save) effect() {}

// work wraps what a table hands back.
func Background(run func() func()) []Effect {
	if run == nil {
		return nil
	}
	return []Effect{Work{Run: run}}
}
