package subcmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"

	"kdeck/ops/health"
	"kdeck/ops/host"
	"kdeck/protocol/printable"
	"kdeck/ui"
)

// watchHost shows look after look, until it is interrupted: on a terminal as a screen, elsewhere as text or as one JSON object a line, until the broker ends.
func watchHost(ctx context.Context, env *Env, g *globals, o *hostOptions, machine *host.System, looker *host.Looker) error {
	if env.InTerminal && env.OutTerminal && !g.document() {
		return screenHost(ctx, env, g, o, machine, looker)
	}
	defer looker.Close()
	for {
		h, err := looker.Next(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		o.names(ctx, machine, h)
		page := new(bytes.Buffer)
		if g.output == outJSON {
			line, err := printable.Marshal(hostAnswer(h))
			if err != nil {
				return err
			}
			page.Write(append(line, '\n'))
		} else {
			to := *env
			to.Out = page
			fmt.Fprintln(page, env.Now().Format(time.TimeOnly))
			if err := to.writeHost(g, h, health.HostFindings(h)); err != nil {
				return err
			}
			page.WriteByte('\n')
		}
		if _, err := env.Out.Write(page.Bytes()); err != nil {
			return err
		}
	}
}

// screenHost shows looks on the terminal, in the way of the console.
func screenHost(ctx context.Context, env *Env, g *globals, o *hostOptions, machine *host.System, looker *host.Looker) error {
	states := watchMachine(ctx, env.Now, o, machine, looker)
	defer states.end()
	ticks := time.NewTicker(time.Second)
	defer ticks.Stop()
	hangup, stop := env.notify(append(quits, syscall.SIGHUP)...)
	defer stop()
	dir, _ := env.stateDir() // without one the colours and columns that are chosen aren't kept
	err := ui.Run(ctx, ui.Options{
		In: env.In, Out: terminal(env.Out), Env: env.consoleEnviron(g), Hangup: hangup, Ticks: ticks.C, StateDir: dir,
		Cluster: ui.Cluster{Name: states.name, Key: "the machine of a broker", States: states, Machine: true},
	})
	if errors.Is(err, ui.ErrTerminalLost) {
		return &exit{exitNo, err}
	}
	return err
}
