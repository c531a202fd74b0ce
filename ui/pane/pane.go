package pane

import (
	"io"
	"time"

	"kdeck/ops/history"
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

// Pane is one pane of the console: a screen, and the rows on it. A pane that is no more than a table is a [List]; others
// hold a List and draw more around it.
type Pane interface {
	Screen
	Rows
}

// Screen is what a pane shows, and the keys that it understands.
type Screen interface {
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
	Back() (effects []Effect, closed bool)
	// Print writes what is shown as plain text, once and whole, for where there is no terminal.
	Print(w io.Writer, ascii bool) error
	// Command is the words of the command that gives the same answer; none where there is no such command.
	Command() []string
	// Take says what the words are that follow the pane's name in the palette. Effects come only of those that are
	// AsOwn.
	Take(words []string) ([]Effect, Taken)
}

// Taken is what words behind a pane's name in the palette are.
type Taken int

const (
	AsFilter  Taken = iota // a filter of the pane's rows
	AsOwn                  // words that the pane understands, and acts on
	AsCommand              // a command line, whose verb is the pane's name
)

// Rows is the list in a pane, which the palette's words filter, sort, group and export.
type Rows interface {
	// Filter is the filter in force, in the words that SetFilter takes.
	Filter() string
	// SetFilter filters the rows. On an error, which names the word, nothing changes.
	SetFilter(string) ([]Effect, error)
	// FilterWords are the words and fields that a filter may name.
	FilterWords() []string
	// Columns are the names that SortBy takes; none where there is nothing to sort.
	Columns() []string
	// SortBy sorts the rows; no column is the pane's own order. An error names the columns.
	SortBy(column string, reverse bool) ([]Effect, error)
	// Groups are the words that GroupBy takes; none where rows can't be grouped.
	Groups() []string
	// GroupBy shows one row a group; "none" shows every row again. An error names the words.
	GroupBy(by string) ([]Effect, error)
	// OpenRow opens the detail of the row with that identity.
	OpenRow(table.ID) []Effect
	// Layout is what is kept of the pane between starts.
	Layout() Layout
	SetLayout(Layout) []Effect
	// Export returns a function that writes the rows that pass the filter, as "json" or "csv". It may be run anywhere.
	Export(format string) (func(io.Writer) error, error)
}

// Layout is how the user has set a pane up.
type Layout struct {
	Sort    string `json:"sort,omitempty"`
	Reverse bool   `json:"reverse,omitempty"`
	Wide    bool   `json:"wide,omitempty"`
	Group   string `json:"group,omitempty"`
}
