package ui

import (
	"context"
	"io"
	"os"
	"time"

	"kdeck/ops/history"
	"kdeck/ops/state"
	"kdeck/ui/pane/requests"
)

// States is where States come from.
type States interface {
	// Next returns the latest State whose Seq is greater than after, waiting for it where there is none yet, and the
	// history up to it. States in between are passed over, but are in the history. It returns when ctx ends, with its error.
	Next(ctx context.Context, after uint64) (*state.State, *history.History, error)
}

// Refresher is a States that can be asked not to wait for its next poll.
type Refresher interface{ Refresh() }

// Commands is what the palette needs of the command line. Only Prepare may take long; Command is called on the update loop,
// the others off it.
type Commands interface {
	// Complete returns the words that the last word of line may become, in the order to be offered.
	Complete(line string) []string
	// Nearest returns the candidate that word was probably meant to be, "" for none.
	Nearest(word string, candidates []string) string
	// Prepare reads the words of a command line. A command that changes nothing is run; of one that changes the cluster
	// the Action says what it would do, and nothing is changed yet.
	Prepare(ctx context.Context, words []string) Action
	// Command is the command line with those words, on the console's cluster, as a shell takes it.
	Command(words []string) string
}

// Action is what a command line of the palette does.
type Action struct {
	Phrase string   // that has to be typed before Run; "" for a command that changes nothing
	About  []string // what it would change, a line each
	// Run makes the change, if typed is the phrase, and returns what the command wrote to both outputs. The change may
	// outlive the console, and an interrupt of the process stops it in good order. Of a command that changes nothing, Run
	// returns at once what it has written.
	Run func(ctx context.Context, typed string) (output string, exit int)
}

// Asker asks nodes what only reads, for the Requests pane: an [ask.Reader].
type Asker = requests.Asker

// Window is the read-write window: while it is open, commands may change the cluster.
type Window interface {
	// Open opens it for that long. An error says why it stays closed.
	Open(d time.Duration, reason string) error
	Close()
}

// Options is what a console needs.
type Options struct {
	In  io.Reader // the terminal; an *os.File, to be put into raw mode
	Out io.Writer // the terminal; anything that is none gets the pane once, plain
	Env []string  // "NAME=value": TERM, NO_COLOR, LANG, …
	// Hangup says that the terminal was lost. nil: nothing does but the terminal itself.
	Hangup <-chan os.Signal

	States States
	// Ticks advances the ages between States; about one a second. nil: they only change with States.
	Ticks    <-chan time.Time
	Commands Commands // nil: the palette knows only the console's own words
	Window   Window   // nil: the console stays read-only
	Requests Asker    // nil: the Requests pane sends nothing

	Pane   string // to begin with; "": the Overview, which says whether anything is wrong
	Filter string // of that pane
	Theme  string // one of cell.Themes; "": by the terminal
	// StateDir keeps how the panes are set up between starts, and reports of panics; "": nowhere.
	StateDir string
	// SaveDir is where exports and screens go that are given no path; "": the working directory.
	SaveDir string
}
