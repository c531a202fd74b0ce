package subcmd

import (
	"context"
	"io"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"golang.org/x/term"

	"kdeck/ui/cell"
)

// Env is all that the command line takes from the process around it, so that a test can stand in for it.
type Env struct {
	In        io.Reader
	Out, Err  io.Writer
	LookupEnv func(string) (string, bool)
	Environ   []string
	Now       func() time.Time
	Version   string

	// Dial opens every connection; nil is the network.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// Interrupts subscribes to the signals that ask to end; stop ends the subscription. nil: nobody asks.
	Interrupts func() (signals <-chan os.Signal, stop func())
	// InTerminal and OutTerminal tell whether a person is at the other end.
	InTerminal, OutTerminal bool
}

func interrupts() (<-chan os.Signal, func()) {
	c := make(chan os.Signal, 4)
	signal.Notify(c, os.Interrupt, syscall.SIGTERM)
	return c, func() { signal.Stop(c) }
}

// untilInterrupted returns a context that ends at the first interrupt; at the second one the process does.
func (e *Env) untilInterrupted(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	if e.Interrupts == nil {
		return ctx, cancel
	}
	signals, stop := e.Interrupts()
	go func() {
		defer stop()
		select {
		case <-signals:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

// Process is the Env of the running process.
func Process(version string) *Env {
	return &Env{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
		LookupEnv: os.LookupEnv, Environ: os.Environ(), Now: time.Now, Version: version, Interrupts: interrupts,
		InTerminal: term.IsTerminal(int(os.Stdin.Fd())), OutTerminal: term.IsTerminal(int(os.Stdout.Fd())),
	}
}

func (e *Env) getenv(name string) string {
	v, _ := e.LookupEnv(name)
	return v
}

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

// safe makes a name from a broker fit to be shown.
func (e *Env) safe(s string) string { return cell.Safe(s, e.ascii()) }
