package subcmd

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"kdeck/ops/ask"
	"kdeck/ops/change"
	"kdeck/ops/health"
	"kdeck/ops/history"
	"kdeck/ops/kafka"
	"kdeck/ops/state"
	"kdeck/ops/watch"
	"kdeck/ui"
	"kdeck/ui/cell"
)

type consoleOptions struct {
	pane, filter, theme string
	stateDir            string // where the console keeps how it is set up; "": among the files that outlive a run
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
		return refused("unknown command %q%s; kdeck --help lists them", args[0], didYouMean(args[0], verbs))
	}
	root.RunE = func(cmd *cobra.Command, _ []string) error { return openConsole(cmd.Context(), env, g, *o) }
	root.Flags().StringVar(&o.pane, "pane", "", "the pane that the console opens on: overview, brokers, partitions, …")
	root.Flags().StringVar(&o.filter, "filter", "", "filter of that pane")
	root.Flags().StringVar(&o.theme, "theme", "", fmt.Sprintf("one of %v", cell.Themes()))
}

// openConsole opens the console on the cluster, or on a saved one.
func openConsole(ctx context.Context, env *Env, g *globals, o consoleOptions) error {
	if g.snapshot != "" {
		src, err := env.look(ctx, g)
		if err != nil {
			return err
		}
		states := saved(src)
		states.s.TenantRules = env.tenantRules(g)
		return showConsole(ctx, env, g, o, states, &palette{env: env, g: g, states: states}, nil)
	}
	src, err := env.open(g)
	if err != nil {
		return err
	}
	return watchConsole(ctx, env, g, o, src.session)
}

func watchConsole(ctx context.Context, env *Env, g *globals, o consoleOptions, session *kafka.Session) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	poller := env.poller(&source{session: session})
	defer poller.Close()
	w := watch.New(session, watch.Options{Now: env.Now, Metrics: poller, Overdue: env.overdueChanges(session)})
	go w.Run(ctx)
	return showConsole(ctx, env, g, o, w, &palette{env, g, session, w, w.RefreshQuotas}, hintingReader{&ask.Reader{Session: session, Timeout: g.timeout, Now: env.Now}})
}

// hintingReader adds to an error about the words of a request which ones were probably meant.
type hintingReader struct{ *ask.Reader }

func (r hintingReader) Ask(ctx context.Context, to string, words []string) (*ask.Answers, error) {
	answers, err := r.Reader.Ask(ctx, to, words)
	return answers, requestError(err)
}

func showConsole(ctx context.Context, env *Env, g *globals, o consoleOptions, states ui.States, line *palette, asker ui.Asker) error {
	ticks := time.NewTicker(time.Second)
	defer ticks.Stop()
	dir := o.stateDir
	if dir == "" {
		dir, _ = change.StateDir() // without one the console keeps nothing
	}
	hangup, stop := env.notify(syscall.SIGHUP)
	defer stop()
	err := ui.Run(ctx, ui.Options{
		In: env.In, Out: env.Out, Env: env.consoleEnviron(g), Hangup: hangup,
		States: states, Ticks: ticks.C, Commands: line, Window: line, Requests: asker,
		Pane: o.pane, Filter: o.filter, Theme: o.theme, StateDir: dir,
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
	s := &state.State{Seq: 1, Now: src.now, Context: src.name, Snapshot: src.snapshot, NoMetrics: "a saved cluster holds no metrics"}
	s.Verdict, s.Findings = health.Judge(health.Input{State: s})
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
