package ui

import (
	"context"
	"io"
	"os"
	"time"

	"kdeck/ops/config"
	"kdeck/ops/history"
	"kdeck/ops/reassign"
	"kdeck/ops/state"
	"kdeck/ui/pane/groups"
	"kdeck/ui/pane/requests"
	"kdeck/ui/pane/topics"
)

// States delivers States.
type States interface {
	// Next waits for a State whose Seq is greater than after. It returns the latest one and the history up to it, which
	// includes the States in between. When ctx ends it returns the error of ctx.
	Next(ctx context.Context, after uint64) (*state.State, *history.History, error)
}

// Refresher is a States that can poll at once.
type Refresher interface{ Refresh() }

// Attender is a States that reads more often what the pane in front shows.
type Attender interface{ Attend(pane string) }

// Commands is the command line as the palette uses it. Complete and Prepare are called on any goroutine, the others on the
// update loop. Only Prepare may block.
type Commands interface {
	// Complete returns the words that may replace the last word of line, the best first. Of an empty line these are the
	// commands.
	Complete(line string) []string
	// Nearest returns the candidate that is spelled most like word, "" if none is.
	Nearest(word string, candidates []string) string
	// Prepare runs a command that changes nothing. Of a command that changes the cluster it only finds out what the
	// command would do.
	Prepare(ctx context.Context, words []string) Action
	// Live tells which pane, filtered by what, shows what a command line would write; ok is false where none does. Nothing is run.
	Live(words []string) (pane, filter string, ok bool)
	// Command returns the words as a command line for a shell, with the flags that lead to the console's cluster.
	Command(words []string) string
}

// Action is what a command of the palette does.
type Action struct {
	Phrase string   // the user has to type it before Run; "": the command changes nothing
	About  []string // what the command would change, line by line
	// Run makes the change if typed is the phrase. It returns what the command wrote to standard output and standard
	// error, and its exit code. It may run on after the console was closed; an interrupt of the process stops it in good
	// order. For a command that changes nothing, Run returns at once what Prepare wrote.
	Run func(ctx context.Context, typed string) (output string, exit int)
}

// Asker asks nodes what only reads, for the Requests pane: an [ask.Reader].
type Asker = requests.Asker

// Window is the read-write window: while it is open, commands may change the cluster.
type Window interface {
	// Open opens the window for a time. An error says why it stays closed.
	Open(d time.Duration, reason string) error
	Close()
}

// Contexts are the clusters that the console can go to. Its methods are called off the update loop, one at a time.
type Contexts interface {
	// List returns the clusters, in order.
	List() ([]Context, error)
	// Open opens a cluster by its name. It doesn't wait for an answer of the cluster. An error says which names there are, or why
	// the cluster can't be opened.
	Open(ctx context.Context, name string) (*Cluster, error)
}

// Context is a cluster that the console can go to.
type Context struct {
	Name       string
	About      string // addresses, or the file of a saved cluster
	Production bool
}

// Cluster is what the console shows and changes.
type Cluster struct {
	Name     string // stands in the header until the first State comes
	Key      string // tells the cluster from others in what is kept between starts; "": Name does
	States   States
	Commands Commands // nil: the palette has only the console's own commands
	Window   Window   // nil: the console stays read-only
	Requests Asker    // nil: the Requests pane sends nothing
	// Machine: the States are looks at a broker's own machine, and no cluster is shown.
	Machine bool
	// Topics reads what the Topics pane shows of a topic that is opened. nil: nobody can be asked.
	Topics topics.Reader
	// Groups finds out how old the records are that a group has to read which is opened in the Groups pane. nil: nobody can be asked.
	Groups groups.Reader
	// Runs calls told, one at a time, with what is new about the run that moves partitions of the cluster, whichever process of this
	// machine carries it out, until ctx ends: see [reassign.Follow]. It blocks. nil: no run is known of.
	Runs func(ctx context.Context, clusterID string, told func(reassign.News))
	// Mask hides the cluster's secrets on the screen and in what is copied and saved: a node may repeat them. nil: nothing is hidden.
	Mask *config.Mask
	// Close ends polling and every connection. The console calls it when it leaves the cluster, and at its end. nil: there is
	// nothing to end.
	Close func()
}

// Options is what a console needs.
type Options struct {
	In  io.Reader // the terminal; an *os.File, to be put into raw mode
	Out io.Writer // the terminal; anything else gets the pane once, as plain text
	Env []string  // "NAME=value": TERM, NO_COLOR, LANG, …
	// Hangup receives a signal when the terminal was closed; may be nil.
	Hangup <-chan os.Signal

	// Cluster is the one that the console begins on.
	Cluster
	Contexts Contexts // nil: there is no other cluster
	// Ticks advances the screen's clock between States, about once a second. nil: only States advance it.
	Ticks <-chan time.Time

	Pane   string // the first one shown; "": the Overview, which shows whether anything is wrong
	Filter string // of that pane
	Theme  string // one of cell.Themes; "": the terminal decides
	Mouse  string // "on" or "off"; "": as it was left, at first off
	// StateDir is where the layout of the panes and reports of panics are kept; "": nowhere.
	StateDir string
	// SaveDir is where exports and screens without a path are written; "": the working directory.
	SaveDir string
}
