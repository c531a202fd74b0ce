package subcmd

import (
	"context"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/term"

	"kdeck/ops/change"
	"kdeck/ops/host"
	"kdeck/ops/watch"
	"kdeck/ui/cell"
)

// Env is all that the command line takes from its process. Tests replace it.
type Env struct {
	In        io.Reader
	Out, Err  io.Writer
	LookupEnv func(string) (string, bool)
	Environ   []string
	Now       func() time.Time
	Version   string

	// Dial opens every connection; nil is the network.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// Notify subscribes to signals of the process; stop ends the subscription. nil: there are none.
	Notify func(signals ...os.Signal) (c <-chan os.Signal, stop func())
	// Self makes a command that runs this program as another process; nil: there is none.
	Self func(args ...string) *exec.Cmd
	// Host returns the machine that the program runs on; asks: a broker's JVM may be asked for the names of its threads. nil: there is none.
	Host func(asks bool) (*host.System, error)
	// Exit ends the process at once; nil: it can't be ended.
	Exit func(code int)
	// InTerminal and OutTerminal tell whether In and Out are a terminal.
	InTerminal, OutTerminal bool
	// InboundTime is how long what producers write is measured before a throttle is taken as meant; 0: it isn't.
	InboundTime time.Duration
	// Apart is the time between two looks at what one look can't tell, such as consumer groups; no other rest between looks is longer.
	Apart time.Duration

	quits     *atomic.Int32 // how many parts of the program handle ctrl-\ by themselves
	sessions  *sessions     // of the command line that runs
	masked    *masked       // of the command line that runs; nil before
	completes []string      // the words to be completed; nil where a command line is to be run
	console   *console      // where it is typed in the console's palette
}

// Process is the Env of the running process.
func Process(version string) *Env {
	return &Env{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
		LookupEnv: os.LookupEnv, Environ: os.Environ(), Now: time.Now, Version: version, Notify: notify, Self: reexecute, Exit: os.Exit, Host: host.This,
		InTerminal: term.IsTerminal(int(os.Stdin.Fd())), OutTerminal: term.IsTerminal(int(os.Stdout.Fd())),
		InboundTime: inboundTime, Apart: watch.Apart,
	}
}

func (e *Env) getenv(name string) string {
	v, _ := e.LookupEnv(name)
	return v
}

// stateDir is the directory of files that outlive a run.
func (e *Env) stateDir() (string, error) { return change.StateDir(e.LookupEnv) }

// color tells whether the answer may be coloured: on a terminal, unless NO_COLOR has any value (no-color.org).
func (e *Env) color(g *globals) bool {
	return e.OutTerminal && !g.noColor && e.getenv("NO_COLOR") == "" && e.getenv("TERM") != "dumb"
}

// ascii tells whether the locale can't show more than ASCII.
func (e *Env) ascii() bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := strings.ToLower(e.getenv(name)); v != "" {
			return !strings.Contains(v, "utf-8") && !strings.Contains(v, "utf8")
		}
	}
	return false // nothing is said: most terminals can
}

// safe escapes what a terminal would act on in a text from a broker, and cuts what is too long for people. JSON has it whole.
func (e *Env) safe(s string) string { return cell.Cut(s, cell.WidestText, e.ascii()) }
