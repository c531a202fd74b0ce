package subcmd

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/kballard/go-shellquote"
	"github.com/spf13/cobra"

	"kdeck/ops/format"
	"kdeck/ops/history"
	"kdeck/ops/kafka"
	"kdeck/ops/state"
	"kdeck/ops/watch"
	"kdeck/protocol"
	"kdeck/ui"
)

// palette runs command lines for the console: on its cluster, over its session.
type palette struct {
	env          *Env
	g            *globals
	session      *kafka.Session // nil on a saved cluster
	states       ui.States      // what the console shows; nil: names are asked for
	rereadQuotas func()         // nil: nobody shows them

	pin   sync.Mutex
	shown string // the id of the cluster that the console shows
}

// console is what a command line that is typed in the console works with.
type console struct {
	target   *globals
	session  *kafka.Session
	states   ui.States
	proposed *action   // what the line would change, to be carried out when its phrase was typed
	live     *livePane // to be filled in, and nothing to be run; nil: the line is run
}

// Prepare implements [ui.Commands].
func (p *palette) Prepare(ctx context.Context, words []string) ui.Action {
	out, errs := new(bytes.Buffer), new(bytes.Buffer)
	env := *p.env
	env.In, env.Out, env.Err = strings.NewReader(""), out, errs
	env.InTerminal, env.OutTerminal = false, false
	env.console = &console{target: p.g, session: p.session}
	exit := Execute(ctx, &env, words)
	proposed := env.console.proposed
	if err := p.sameCluster(ctx, proposed); err != nil {
		proposed, exit = nil, env.report(err)
	}
	if proposed == nil {
		return ui.Action{Run: func(context.Context, string) (string, int) { return out.String() + errs.String(), exit }}
	}
	about := proposed.about
	if said := strings.TrimSpace(errs.String()); said != "" {
		about = append(about, strings.Split(said, "\n")...)
	}
	return ui.Action{Phrase: proposed.phrase, About: about, Run: func(ctx context.Context, typed string) (string, int) {
		out.Reset()
		errs.Reset()
		if proposed.changesQuotas && p.rereadQuotas != nil { // a limit may be held for long: it is shown soon after it was set
			p.rereadQuotas()
			defer p.rereadQuotas()
		}
		var err error
		if proposed.detached == nil { // else what happens is shown elsewhere, and the plan would hide that it has begun
			err = proposed.announce()
		}
		if err == nil {
			err = env.carryOut(ctx, proposed, typed)
		}
		exit := env.report(err)
		return out.String() + errs.String(), exit
	}}
}

// sameCluster refuses a change of another cluster than the one that the console has shown since it was opened.
func (p *palette) sameCluster(ctx context.Context, a *action) error {
	if a == nil || p.states == nil {
		return nil
	}
	s, _, err := p.states.Next(ctx, 0)
	if err != nil {
		return err
	}
	if s.Snapshot == nil {
		return refused("no broker has said yet which cluster this is: nothing is changed")
	}
	first := p.pinned(s)
	for _, id := range []string{s.Snapshot.ClusterID, a.clusterID} {
		if id != first {
			return refused("this console was opened on the cluster with the id %q, and its addresses lead to %q now: nothing is changed; quit and open it anew", first, id)
		}
	}
	return nil
}

// pinned is the id of the cluster that the console showed first.
func (p *palette) pinned(s *state.State) string {
	p.pin.Lock()
	defer p.pin.Unlock()
	if p.shown == "" && s.Snapshot != nil {
		p.shown = s.Snapshot.ClusterID
	}
	return p.shown
}

// pinning are the states of a palette's console. The first one that knows its cluster pins it.
type pinning struct {
	*watch.Watch
	palette *palette
}

func (p pinning) Next(ctx context.Context, after uint64) (*state.State, *history.History, error) {
	s, h, err := p.Watch.Next(ctx, after)
	if err == nil {
		p.palette.pinned(s)
	}
	return s, h, err
}

// Command implements [ui.Commands].
func (p *palette) Command(words []string) string { return string(p.g.command(words...)) }

// Complete implements [ui.Commands]. It offers what a shell would offer, by the names that the console knows. Where nothing
// begins as the last word does, it offers the one that was probably meant.
func (p *palette) Complete(line string) []string {
	words, quote := wordsOf(line)
	last := words[len(words)-1]
	out := new(bytes.Buffer)
	env := *p.env
	env.Out, env.Err = out, io.Discard
	env.console = &console{target: p.g, session: p.session, states: p.states}
	Execute(context.Background(), &env, append([]string{cobra.ShellCompNoDescRequestCmd}, words...))
	offers := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	all := offers[:len(offers)-1] // the last line is a number for the shell
	offers = slices.DeleteFunc(slices.Clone(all), func(w string) bool {
		return len(w) < len(last) || !strings.EqualFold(w[:len(last)], last)
	})
	if near := nearest(last, all); len(offers) == 0 && last != "" && near != "" {
		offers = []string{near}
	}
	for i, w := range offers {
		offers[i] = quoted(w, last, quote)
	}
	return offers
}

// wordsOf splits an unfinished line as a shell does: the last word is the one to be completed, and quote is the mark that it
// still lacks at its end.
func wordsOf(line string) (words []string, quote string) {
	const here = "\x00" // where the cursor stands
	for _, quote := range []string{"", `"`, "'"} {
		if words, err := shellquote.Split(line + here + quote); err == nil {
			words[len(words)-1] = strings.TrimSuffix(words[len(words)-1], here)
			return words, quote
		}
	}
	return []string{line}, "" // no line is like this: one of the marks ends whatever is open
}

// quoted is what an offered word is in a line that has typed of it. The palette puts it in the place of all that stands behind
// the line's last blank, so that what a word has before a blank of its own is left out.
func quoted(word, typed, quote string) string {
	if quote != "" {
		return word[strings.LastIndexByte(typed, ' ')+1:] + quote
	}
	if strings.ContainsAny(word, " \t\"'\\") {
		return format.Shell(word)
	}
	return word
}

// Nearest implements [ui.Commands].
func (p *palette) Nearest(word string, candidates []string) string { return nearest(word, candidates) }

// Open lets the read-write window be opened, unless the cluster's context caps what may be sent.
func (p *palette) Open(time.Duration, string) error {
	if p.session == nil {
		return fmt.Errorf("a saved cluster can't be changed")
	}
	s, _, err := p.states.Next(context.Background(), 0)
	if err != nil || s.Snapshot == nil {
		return fmt.Errorf("no broker has said yet which cluster this is")
	}
	most, by, err := p.env.cap(p.session.Cluster(), s.Snapshot.ClusterID)
	if err == nil && most < protocol.ClassADM {
		err = fmt.Errorf("the context %s allows no more than %v in this cluster (max_class)", by, most)
	}
	return err
}

// Close closes the window; there is nothing to undo.
func (p *palette) Close() {}
