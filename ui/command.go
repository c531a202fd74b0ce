package ui

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/kballard/go-shellquote"

	"kdeck/ops/config"
	"kdeck/ui/cell"
)

// preparedMsg is a command line that was read.
type preparedMsg struct {
	line    string // as it is shown
	typed   string // "" where it holds a secret
	action  Action
	expires time.Time // when the phrase can no longer be typed
}

// command runs a line that is none of the console's own commands: a command of the command line, or the beginning of one
// of the console's own names.
func (a *app) command(line string) tea.Cmd {
	verb := strings.Fields(line)[0]
	if slices.Contains(a.verbs, verb) {
		words, err := shellquote.Split(line)
		if err != nil {
			a.fail(noEnd(line))
			return nil
		}
		ctx, commands := a.ctx, a.opt.Commands
		title, typed := titleOf(line), line
		if title != line {
			typed = ""
		}
		a.say("running " + title)
		return a.guard(func() tea.Msg { return preparedMsg{line: title, typed: typed, action: commands.Prepare(ctx, words)} })
	}
	own := a.ownNames()
	if name := uniquePrefix(verb, own); name != "" && name != verb {
		return a.run(name + strings.TrimPrefix(line, verb))
	}
	hint := "tab behind : lists the commands"
	if a.opt.Commands != nil {
		if nearest := a.opt.Commands.Nearest(verb, append(own, a.verbs...)); nearest != "" {
			hint = "did you mean " + nearest + "?"
		}
	}
	a.fail(fmt.Sprintf("unknown command %q: %s", verb, hint))
	return nil
}

// noEnd says that a line can't be split into words.
func noEnd(line string) string {
	return fmt.Sprintf("a quote or a backslash in %s has no end: words are split as a shell does", titleOf(line))
}

// holdsSecret tells whether a line holds a secret, as the shell's words or, where it can't be split into these, as it is.
func holdsSecret(line string) bool {
	words, err := shellquote.Split(line)
	return config.HoldsSecret(strings.Fields(line)) || err == nil && config.HoldsSecret(words)
}

// titleOf is how a command line is shown. One with a secret is shown by its first word.
func titleOf(line string) string {
	if holdsSecret(line) {
		return strings.Fields(line)[0] + " …"
	}
	return line
}

// prepared shows what a command wrote that changes nothing, or asks for the phrase of one that changes the cluster.
func (a *app) prepared(m preparedMsg) tea.Cmd {
	switch {
	case m.action.Phrase == "":
		output, exit := m.action.Run(a.ctx, "")
		brief := a.brief == m.line
		if a.brief = ""; brief && exit == 0 {
			first, _, _ := strings.Cut(output, "\n")
			a.say(first)
			return nil
		}
		a.showOutput(m.line, output, exit)
	case !a.writable():
		a.held = m.typed
		a.fail("read-only: open a window first, :rw 10m REASON; the line is kept for then")
	default:
		a.dialog = &dialog{title: m.line, lines: m.action.About, phrase: m.action.Phrase, expires: m.expires, writes: true,
			do: func(typed string) tea.Cmd { return a.carryOut(m.line, m.action, typed) }}
	}
	return nil
}

// running is a change that is being carried out.
type running struct {
	line   string
	done   chan struct{} // closed when output and exit are set
	output string
	exit   int
}

type endedMsg struct{ change *running }

// carryOut makes a change. It doesn't end with the console: a change that stopped half-way would leave throttles behind.
// Run waits for it.
func (a *app) carryOut(line string, action Action, typed string) tea.Cmd {
	if !a.writable() {
		a.fail("the read-write window has closed, so nothing was done: " + line)
		return nil
	}
	r := &running{line: line, done: make(chan struct{})}
	a.running = append(a.running, r)
	ctx := context.WithoutCancel(a.ctx)
	return a.guard(func() tea.Msg {
		defer close(r.done)
		r.output, r.exit = action.Run(ctx, typed)
		return endedMsg{r}
	})
}

// ended shows what a change wrote, when no other output is being read.
func (a *app) ended(r *running) {
	a.running = slices.DeleteFunc(a.running, func(other *running) bool { return other == r })
	a.whenFree(func() bool { return a.output == nil }, func() tea.Cmd {
		a.showOutput(r.line, r.output, r.exit)
		return nil
	})
}

// showOutput shows what a command wrote in place of the pane. Where that is what the same command wrote before, it is replaced.
func (a *app) showOutput(line, text string, exit int) {
	a.toast.text = ""
	under := a.output
	if under != nil && under.line == line {
		under = under.under
	}
	a.output = newOutput(line, text, exit)
	a.output.under = under
}

// await waits, after the console has closed, for the changes that are still being carried out, and writes their output.
// The terminal is in its ordinary mode again, so ctrl-c does what it does on the command line.
func (a *app) await(out io.Writer) {
	for _, r := range a.running {
		fmt.Fprintf(out, "%s is still running; ctrl-c stops it in good order\n", cell.Safe(r.line, true))
		<-r.done
		fmt.Fprintf(out, "%s: exit %d\n", cell.Safe(r.line, true), r.exit)
		for l := range strings.Lines(r.output) {
			fmt.Fprintln(out, cell.Safe(strings.TrimRight(l, "\r\n"), a.term.theme.ASCII))
		}
	}
}
