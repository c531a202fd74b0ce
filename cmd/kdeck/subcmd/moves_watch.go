package subcmd

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"kdeck/ops/format"
	"kdeck/ops/state"
	"kdeck/ops/view"
	"kdeck/protocol/printable"
)

type watchOptions struct {
	every time.Duration
}

// lookEvery is the least time between two looks at the cluster while moves are watched: each look asks every broker, and how far a run is
// its own process tells.
const lookEvery = 5 * time.Second

// watchMoves shows the moves again and again, until nothing is in flight any more. Where the cluster can't be read, it says so, and
// shows what the run tells.
func watchMoves(ctx context.Context, env *Env, g *globals, o *watchOptions) error {
	switch {
	case env.console != nil:
		return refused("moves --watch: the pane Moves shows it anew by itself")
	case o.every < 100*time.Millisecond:
		return refused("--watch %v: a time from 100ms on was expected", o.every)
	case g.snapshot != "":
		return refused("--watch and --snapshot %s: a saved cluster doesn't change", g.snapshot)
	case g.output == outYAML:
		return refused("-o yaml and --watch: it shows words, or with -o json one JSON object a line")
	}
	ctx, stop := env.untilInterrupted(ctx)
	defer stop()
	src, err := env.look(ctx, g)
	if err != nil {
		return err
	}
	look, lookedAt := env.looker(src), env.Now()
	tick := time.NewTicker(o.every)
	defer tick.Stop()
	for {
		more, err := env.showMoves(ctx, g, src, err)
		if err != nil || !more {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if env.Now().Sub(lookedAt) < max(lookEvery, o.every) {
			continue
		}
		var s *state.Snapshot
		if s, err = look(ctx); err == nil && s.Moves.Known {
			src.snapshot = s
		}
		lookedAt = env.Now()
	}
}

// showMoves writes the moves once, and tells whether there is more to come. unread is why the cluster couldn't be read last.
func (e *Env) showMoves(ctx context.Context, g *globals, src *source, unread error) (more bool, err error) {
	moves, run, unknown, err := e.movesNow(ctx, src)
	if err != nil || ctx.Err() != nil {
		return false, err
	}
	more = len(moves) > 0 || run != nil && run.State != state.RunOrphaned || unread != nil || unknown != nil
	if g.output == outJSON {
		line, err := printable.Marshal(movesAnswer(src.snapshot, moves, run, unknown))
		if err == nil {
			_, err = e.Out.Write(append(line, '\n'))
		}
		return more, err
	}
	flying, waiting := len(moves), queueShown
	if e.OutTerminal { // a third for what waits
		most, queue := max(e.height()-12, 4), view.QueueAt(moves)
		waiting = max(most-queue, most/3)
		flying = most - min(waiting, len(moves)-queue)
	}
	screen := new(bytes.Buffer) // at once, so that it doesn't flicker
	page := *e
	page.Out, page.Err = screen, screen
	fmt.Fprintf(screen, "%s  %s\n", e.Now().Format(time.TimeOnly), e.safe(src.name))
	if unread != nil {
		fmt.Fprintf(screen, "%s the cluster: %s; its moves are those of %s\n", format.Unknown, e.safe(unread.Error()), src.snapshot.Taken.Format(time.TimeOnly))
	}
	if err := page.sayMoves(g, moves, run, unknown, flying, waiting); err != nil {
		return false, err
	}
	text := screen.String()
	if e.OutTerminal { // from the top, each line to its end and cut there, and nothing below
		text = "\x1b[H\x1b[?7l" + strings.ReplaceAll(text, "\n", "\x1b[K\n") + "\x1b[J\x1b[?7h"
	} else {
		text += "\n"
	}
	_, err = e.Out.Write([]byte(text))
	return more, err
}

// height is how many lines the terminal has.
func (e *Env) height() int {
	if f, is := terminal(e.Out).(*os.File); is {
		if _, h, err := term.GetSize(int(f.Fd())); err == nil {
			return h
		}
	}
	return 24
}
