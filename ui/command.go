package ui

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"kdeck/ui/cell"
)

// preparedMsg is a command line that was read.
type preparedMsg struct {
	line   string
	action Action
	err    error  // line is no command
	meant  string // line is no command: this one of the console's own was meant
}

// ask finds out whether a line is a command at all, and whether it changes anything.
func (a *app) ask(args []string) tea.Cmd {
	c, own := a.opt.Commands, a.ownNames()
	line := strings.Join(args, " ")
	ask := func() preparedMsg {
		var verbs []string
		if c != nil {
			verbs = c.Complete("")
		}
		if slices.Contains(verbs, args[0]) {
			return preparedMsg{line: line, action: c.Prepare(a.ctx, args)}
		}
		if name := uniquePrefix(args[0], own); name != "" && name != args[0] {
			return preparedMsg{meant: strings.Join(append([]string{name}, args[1:]...), " ")}
		}
		err := fmt.Errorf("unknown command %q: tab behind : shows what there is", args[0])
		if c != nil {
			if nearest := c.Nearest(args[0], append(own, verbs...)); nearest != "" {
				err = fmt.Errorf("unknown command %q: did you mean %s?", args[0], nearest)
			}
		}
		return preparedMsg{err: err}
	}
	if c == nil {
		return a.prepared(ask())
	}
	a.say("running " + line)
	return a.guard(func() tea.Msg { return ask() })
}

// prepared shows what a command wrote that changes nothing, and asks for the phrase of one that changes something.
func (a *app) prepared(m preparedMsg) tea.Cmd {
	switch {
	case m.meant != "":
		a.toast.text = ""
		return a.run(m.meant)
	case m.err != nil:
		a.fail(m.err.Error())
		return nil
	case m.action.Phrase == "":
		output, exit := m.action.Run(a.ctx, "")
		a.ran(ranMsg{line: m.line, output: output, exit: exit})
		return nil
	case !a.window.open:
		a.fail("read-only: open a window first, :rw 10m REASON")
		return nil
	}
	a.dialog = &dialog{title: m.line, lines: m.action.About, phrase: m.action.Phrase, expires: a.clock.now().Add(dialogFor),
		do: func(typed string) tea.Cmd { return a.carryOut(m.line, m.action, typed) }}
	return nil
}

// running is a change that is being carried out.
type running struct {
	line   string
	done   chan struct{} // closed when output and exit are there
	output string
	exit   int
}

type ranMsg struct {
	line, output string
	exit         int
	change       *running // nil for a command that changes nothing
}

// carryOut makes a change. The end of the console does not end it: stopped half-way it would leave throttles behind, so
// Run waits for it.
func (a *app) carryOut(line string, action Action, typed string) tea.Cmd {
	r := &running{line: line, done: make(chan struct{})}
	a.running = append(a.running, r)
	ctx := context.WithoutCancel(a.ctx)
	return a.guard(func() tea.Msg {
		defer close(r.done)
		r.output, r.exit = action.Run(ctx, typed)
		return ranMsg{line, r.output, r.exit, r}
	})
}

// ran shows what a command wrote.
func (a *app) ran(m ranMsg) {
	a.toast.text = ""
	a.running = slices.DeleteFunc(a.running, func(r *running) bool { return r == m.change })
	a.output = newOutput(m.line, m.output, m.exit)
}

// await waits, after the console has ended, for the changes that are still being carried out, and writes what they
// wrote. The terminal is an ordinary one again: ctrl-c does to them what it does on the command line.
func (a *app) await(out io.Writer) {
	for _, r := range a.running {
		fmt.Fprintf(out, "%s is still running; ctrl-c lets it stop in good order\n", cell.Safe(r.line, true))
		<-r.done
		fmt.Fprintf(out, "%s: exit %d\n", cell.Safe(r.line, true), r.exit)
		for l := range strings.Lines(r.output) {
			fmt.Fprintln(out, cell.Safe(strings.TrimRight(l, "\r\n"), a.term.theme.ASCII))
		}
	}
}
