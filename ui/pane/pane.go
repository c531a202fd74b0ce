package pane

import (
	"io"
	"time"

	"kdeck/ops/history"
	"kdeck/ops/state"
	"kdeck/ui/cell"
	"kdeck/ui/layout"
	"kdeck/ui/table"
)

// Scene is what a pane shows.
type Scene struct {
	State   *state.State
	Now     time.Time        // State.Now and the time that has passed since
	History *history.History // up to State

	// Run is the run that moves the cluster's partitions from this machine. Its Value is nil where none is on and none was left undone;
	// Why says why that isn't known.
	Run state.Reading[*state.Run]
	// Writable tells that the read-write window is open.
	Writable bool
}

// Pane is a pane of the console: a screen and the rows on it. A pane that is only a table is a [List]. Other panes embed a List
// and draw more around it.
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
	// See gives the pane a new scene, with a new State or only with a later time.
	See(Scene) []Effect
	// Arrange works out what a screen of that size shows. It is called after all other methods and before Draw.
	Arrange(width, height int, ascii bool)
	Draw(a cell.Area)
	// Lists returns the tables on the screen, where Arrange has put them.
	Lists() []Placed
	// Status stands at the right of the tabs: how many rows, filtered, sorted by what.
	Status() string
	// Trail names what is open in the pane, outermost first.
	Trail() []string
	// Bindings returns the keys of the pane as it is now.
	Bindings() []Binding
	// Back closes what is open in the pane, innermost first, and tells whether there was anything.
	Back() (effects []Effect, closed bool)
	// Print writes all that the pane shows as plain text, for where there is no terminal.
	Print(w io.Writer, ascii bool) error
	// Command returns the words of the command that gives the same answer; none where there is no such command.
	Command() []string
	// Take takes the words that follow the pane's name in the palette, and says what they are. It returns effects only for words
	// that are AsOwn.
	Take(words []string) ([]Effect, Taken)
}

// Placed is a table and its place on the screen of a pane.
type Placed struct {
	Table table.Any
	At    layout.Rect
	Focus func() // gives the table the keys; nil: it has them
}

// Taken says what the words behind a pane's name in the palette are.
type Taken int

// What words behind a pane's name can be.
const (
	AsFilter  Taken = iota // a filter of the pane's rows
	AsOwn                  // words that the pane understands, and acts on
	AsCommand              // a command line, whose verb is the pane's name
)

// Rows is the list in a pane. The palette filters, sorts, groups and exports it.
type Rows interface {
	// Filter returns the filter, in the words that SetFilter takes.
	Filter() string
	// SetFilter filters the rows. On an error, which names the word, nothing changes.
	SetFilter(string) ([]Effect, error)
	// FilterWords returns the words and fields that a filter may name.
	FilterWords() []string
	// Columns returns the names that SortBy takes; none where there is nothing to sort.
	Columns() []string
	// Legends explains the columns of the tables that the pane can show, first of the one that it shows now.
	Legends() []Legend
	// SortBy sorts the rows; without a column, in the pane's own order. An error names the columns.
	SortBy(column string, reverse bool) ([]Effect, error)
	// Groups returns the words that GroupBy takes; none where rows can't be grouped.
	Groups() []string
	// GroupBy shows a row for each group; "none" shows every row again. An error names the words.
	GroupBy(by string) ([]Effect, error)
	// OpenRow opens the detail of the row with that identity.
	OpenRow(table.ID) []Effect
	// Layout returns how the user has set the pane up. The console keeps it between starts.
	Layout() Layout
	SetLayout(Layout) []Effect
	// Export returns a function that writes the rows that pass the filter, as "json" or "csv". It may run off the update loop.
	Export(format string) (func(io.Writer) error, error)
}

// Legend explains the columns of a table.
type Legend struct {
	Of      string // what its rows are: "partitions"
	Columns []table.Explained
}

// Layout is how the user has set a pane up.
type Layout struct {
	Sort    string `json:"sort,omitempty"`
	Reverse bool   `json:"reverse,omitempty"`
	Wide    bool   `json:"wide,omitempty"`
	Group   string `json:"group,omitempty"`
}
