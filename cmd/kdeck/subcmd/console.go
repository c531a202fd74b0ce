package subcmd

import (
	"context"
	"errors"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"kdeck/ops/ask"
	"kdeck/ops/config"
	"kdeck/ops/health"
	"kdeck/ops/history"
	"kdeck/ops/kafka"
	"kdeck/ops/reassign"
	"kdeck/ops/state"
	"kdeck/ops/watch"
	"kdeck/ui"
	"kdeck/ui/cell"
)

type consoleOptions struct {
	pane, filter, theme, mouse string
	keepsNothing               bool // of how the console is set up
}

// addConsole makes kdeck open the console when no command is given.
func addConsole(env *Env, g *globals, root *cobra.Command) {
	o := &consoleOptions{}
	root.Args = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		var verbs []string
		for _, c := range cmd.Commands() {
			verbs = append(verbs, c.Name())
			verbs = append(verbs, c.Aliases...)
		}
		return refused("no command %q%s; kdeck --help lists them", args[0], didYouMean(args[0], verbs))
	}
	root.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := o.check(); err != nil {
			return err
		}
		return openConsole(cmd.Context(), env, g, *o)
	}
	o.flags(root.Flags())
}

func (o *consoleOptions) flags(f *pflag.FlagSet) {
	f.StringVar(&o.pane, "pane", "", "the `PANE` that the console opens on: "+strings.Join(ui.PaneNames(), ", "))
	f.StringVar(&o.filter, "filter", "", "`FILTER` of that pane")
	f.StringVar(&o.theme, "theme", "", "colours of the console, `THEME`: "+strings.Join(cell.Themes(), ", "))
	f.StringVar(&o.mouse, "mouse", "", "`on|off`: whether the mouse selects, sorts and scrolls in the console; else as it was left")
}

// check refuses names that there aren't, also where nothing is drawn by them.
func (o *consoleOptions) check() error {
	panes := ui.PaneNames()
	_, found := ui.FindPane(o.pane)
	switch {
	case o.pane != "" && !found:
		return refused("--pane %s: there is no such pane: %s%s", o.pane, strings.Join(panes, ", "), didYouMean(o.pane, panes))
	case o.mouse != "" && o.mouse != "on" && o.mouse != "off":
		return refused("--mouse %s: on or off was expected", o.mouse)
	case o.theme != "" && !slices.Contains(cell.Themes(), o.theme):
		return refused("--theme %s: there is no such theme: %s%s", o.theme, strings.Join(cell.Themes(), ", "), didYouMean(o.theme, cell.Themes()))
	}
	return nil
}

// openConsole opens the console on the cluster, or on a saved one.
func openConsole(ctx context.Context, env *Env, g *globals, o consoleOptions) error {
	cluster, err := env.consoleCluster(ctx, g)
	if env.isFirst(err) {
		return env.firstStart(ctx, g, o)
	}
	if err != nil {
		return err
	}
	return showConsole(ctx, env, g, o, cluster)
}

// consoleCluster is what the console shows of a cluster, or of a saved one.
func (e *Env) consoleCluster(ctx context.Context, g *globals) (*ui.Cluster, error) {
	if g.snapshot != "" {
		src, err := e.look(ctx, g)
		if err != nil {
			return nil, err
		}
		states := saved(src)
		states.s.TenantRules = e.tenantRules(g)
		if read := e.auditReader(&config.Cluster{}); read != nil {
			states.s.Audit = read(src.snapshot.ClusterID)
		}
		line := &palette{env: e, g: g, states: states}
		return &ui.Cluster{Name: src.name, States: states, Commands: line, Window: line}, nil
	}
	src, err := e.open(g)
	if err != nil {
		return nil, err
	}
	return e.watchCluster(ctx, g, src.session), nil
}

// watchCluster polls a cluster for the console, until the console closes it.
func (e *Env) watchCluster(ctx context.Context, g *globals, session *kafka.Session) *ui.Cluster {
	ctx, stop := context.WithCancel(ctx)
	poller := e.poller(&source{session: session})
	earlier, keep := e.sightings()
	w := watch.New(session, watch.Options{
		Now: e.Now, Metrics: poller, Overdue: e.overdueChanges(session), Audit: e.auditReader(session.Cluster()), Earlier: earlier, Keep: keep,
		Store: func(ctx context.Context, st *state.State) { _ = e.keepLook(ctx, session, st) },
	})
	go w.Run(ctx)
	line := &palette{env: e, g: g, session: session, states: w, rereadQuotas: w.RefreshQuotas}
	return &ui.Cluster{
		Name: session.Cluster().Name, Key: session.Cluster().File + "\n" + session.Cluster().Name, Mask: session.Cluster().Mask(), States: pinning{w, line}, Commands: line, Window: line,
		Requests: hintingReader{&ask.Reader{Session: session, Timeout: g.timeout, Now: e.Now}},
		Topics:   topicReader(session, e.Now),
		Groups:   groupReader(session, e.Now),
		Runs:     e.runs(),
		Close: func() {
			stop()
			poller.Close()
			if e.console == nil { // else it is that of the console in whose palette this was typed
				session.Close()
			}
		},
	}
}

// runs follows the runs on a cluster; nil where this machine keeps nothing of them.
func (e *Env) runs() func(context.Context, string, func(reassign.News)) {
	stateDir, err := e.stateDir()
	if err != nil {
		return nil
	}
	return func(ctx context.Context, clusterID string, told func(reassign.News)) {
		reassign.Follow(ctx, stateDir, clusterID, told)
	}
}

// hintingReader adds to an error about the words of a request which ones were probably meant.
type hintingReader struct{ *ask.Reader }

func (r hintingReader) Ask(ctx context.Context, to string, words []string) (*ask.Answers, error) {
	answers, err := r.Reader.Ask(ctx, to, words)
	return answers, requestError(err)
}

func showConsole(ctx context.Context, env *Env, g *globals, o consoleOptions, cluster *ui.Cluster) error {
	ticks := time.NewTicker(time.Second)
	defer ticks.Stop()
	dir := ""
	if !o.keepsNothing {
		dir, _ = env.stateDir() // without one the console keeps nothing
	}
	hangup, stop := env.notify(append(quits, syscall.SIGHUP)...)
	defer stop()
	err := ui.Run(ctx, ui.Options{
		In: env.In, Out: terminal(env.Out), Env: env.consoleEnviron(g), Hangup: hangup,
		Cluster: *cluster, Contexts: &contexts{env, g, cluster.Name}, Ticks: ticks.C,
		Pane: o.pane, Filter: o.filter, Theme: o.theme, Mouse: o.mouse, StateDir: dir,
	})
	if errors.Is(err, ui.ErrTerminalLost) {
		return &exit{exitNo, err}
	}
	return err
}

func (e *Env) consoleEnviron(g *globals) []string {
	if g.noColor {
		return append(append([]string{}, e.Environ...), "NO_COLOR=1")
	}
	return e.Environ
}

// savedStates is the one state of a saved cluster.
type savedStates struct {
	s       *state.State
	history *history.History
}

func saved(src *source) savedStates {
	s := src.state()
	s.Seq = 1
	s.Verdict, s.Findings = health.Recall(s)
	var recorder history.Recorder
	return savedStates{s, recorder.Add(s)}
}

func (s savedStates) Next(ctx context.Context, after uint64) (*state.State, *history.History, error) {
	if after < s.s.Seq {
		return s.s, s.history, nil
	}
	<-ctx.Done()
	return nil, nil, ctx.Err()
}
