package subcmd

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// asPane marks the commands whose answer is a pane of the console too.
var asPane = map[string]string{"kdeck/pane": ""}

// livePane is a pane of the console that shows what a command line would write, and goes on showing it.
type livePane struct {
	pane, filter string
	ok           bool
}

var errNotLive = errors.New("no pane shows what the command writes")

// Live implements [ui.Commands]. Nothing is run.
func (p *palette) Live(words []string) (pane, filter string, ok bool) {
	env := *p.env
	env.In, env.Out, env.Err = bytes.NewReader(nil), io.Discard, io.Discard
	env.console = &console{target: p.g, session: p.session, live: &livePane{}}
	Execute(context.Background(), &env, words)
	l := env.console.live
	return l.pane, l.filter, l.ok
}

// beforeLive ends a command that no pane shows, if the console only wants to know that.
func (e *Env) beforeLive(cmd *cobra.Command) error {
	if e.console == nil || e.console.live == nil {
		return nil
	}
	if _, marked := cmd.Annotations["kdeck/pane"]; !marked {
		return errNotLive
	}
	return nil
}

// live tells whether the console only wants to know which pane shows what the command would write, so that the command must
// not run. filter is what the flags stand for; with any other flag, no pane shows it.
func (e *Env) live(cmd *cobra.Command, pane, filter string, flags ...string) bool {
	if e.console == nil || e.console.live == nil {
		return false
	}
	all := true
	cmd.Flags().Visit(func(f *pflag.Flag) { all = all && slices.Contains(flags, f.Name) })
	if all {
		*e.console.live = livePane{pane, filter, true}
	}
	return true
}
