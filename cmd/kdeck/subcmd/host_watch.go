package subcmd

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"time"

	"kdeck/ops/health"
	"kdeck/ops/host"
	"kdeck/protocol/printable"
)

// watchHost shows look after look, until it is interrupted or the broker ends.
func watchHost(ctx context.Context, env *Env, g *globals, o *hostOptions, machine *host.System, looker *host.Looker) error {
	for {
		h, err := looker.Next(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		o.names(ctx, machine, h)
		if g.output == outJSON {
			line, err := printable.Marshal(hostAnswer(h))
			if err == nil {
				_, err = env.Out.Write(append(line, '\n'))
			}
			if err != nil {
				return err
			}
			continue
		}
		screen := new(bytes.Buffer) // at once, so that it doesn't flicker
		page := *env
		page.Out = screen
		fmt.Fprintf(screen, "%s  ctrl-c ends it\n", env.Now().Format(time.TimeOnly))
		if err := page.writeHost(g, h, health.HostFindings(h)); err != nil {
			return err
		}
		text := screen.String()
		if env.OutTerminal { // from the top, each line to its end and cut there, and nothing below
			lines := strings.SplitAfter(text, "\n")
			text = strings.TrimSuffix(strings.Join(lines[:min(len(lines), env.height())], ""), "\n")
			text = "\x1b[H\x1b[?7l" + strings.ReplaceAll(text, "\n", "\x1b[K\n") + "\x1b[K\x1b[J\x1b[?7h"
		} else {
			text += "\n"
		}
		if _, err := env.Out.Write([]byte(text)); err != nil {
			return err
		}
	}
}
