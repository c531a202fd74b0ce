package ui

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	tea "charm.land/bubbletea/v2"

	"kdeck/ops/reassign"
	"kdeck/ops/state"
	"kdeck/ui/cell"
)

// followed is what was told last of the run on a cluster.
type followed struct {
	mu    sync.Mutex
	run   state.Reading[*state.Run]
	seq   int
	newer chan struct{} // closed when run is replaced
}

// runMsg is news of the run.
type runMsg struct {
	run state.Reading[*state.Run]
	seq int
}

// followRun begins to follow the run on the cluster, when it is first known which one that is.
func (a *app) followRun(s *state.Snapshot) tea.Cmd {
	runs := a.opt.Runs
	if runs == nil || s == nil || a.followed != nil {
		return nil
	}
	f := &followed{newer: make(chan struct{})}
	a.followed = f
	ctx, id := a.ctx, s.ClusterID
	return tea.Batch(a.nextRun(0), a.guard(func() tea.Msg {
		runs(ctx, id, f.told)
		return nil
	}))
}

// told takes in news. The latest wins: a slow console misses some.
func (f *followed) told(n reassign.News) {
	if n.Event != nil { // how the run is after it is told too
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.run = state.Read(n.Run, n.At, "")
	if n.Err != nil {
		f.run = state.Missing[*state.Run](n.Err.Error(), n.At, "")
	}
	f.seq++
	close(f.newer)
	f.newer = make(chan struct{})
}

// nextRun waits for news that is newer than those of that number.
func (a *app) nextRun(after int) tea.Cmd {
	ctx, f := a.ctx, a.followed
	if f == nil {
		return nil
	}
	return a.guard(func() tea.Msg {
		for {
			f.mu.Lock()
			m, newer := runMsg{f.run, f.seq}, f.newer
			f.mu.Unlock()
			if m.seq > after {
				return m
			}
			select {
			case <-newer:
			case <-ctx.Done():
				return nil
			}
		}
	})
}

// seeRun shows news of the run, unless the screen is frozen.
func (a *app) seeRun(m runMsg) tea.Cmd {
	a.latestRun = m.run
	next := a.nextRun(m.seq)
	if a.frozen {
		return next
	}
	a.shownRun = m.run
	return tea.Batch(a.seePane(), next)
}

// sayRunGoesOn says, when the console has closed, that a run goes on without it.
func (a *app) sayRunGoesOn(out io.Writer) {
	r := a.latestRun.Value
	if r == nil || r.State == state.RunOrphaned || a.opt.Commands == nil || r.PID == os.Getpid() { // a run of this process ends with it
		return
	}
	what := strings.Join(r.Stages, " + ")
	if what == "" {
		what = "the run " + r.ID
	}
	line := fmt.Sprintf("%s goes on without the console; to see it: %s", what, a.opt.Commands.Command([]string{"moves"}))
	fmt.Fprintln(out, cell.Safe(a.opt.Mask.Text(line), a.term.theme.ASCII))
}
