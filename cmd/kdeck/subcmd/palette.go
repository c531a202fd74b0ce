package subcmd

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"kdeck/ops/kafka"
	"kdeck/protocol"
	"kdeck/ui"
)

// palette runs command lines for the console: on its cluster, over its session.
type palette struct {
	env          *Env
	g            *globals
	session      *kafka.Session // nil on a saved cluster
	rereadQuotas func()         // nil: nobody shows them
}

// console is what a command line that is typed in the console works with.
type console struct {
	target   *globals
	session  *kafka.Session
	proposed *action // what the line would change, to be carried out when its phrase was typed
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
		err := proposed.announce()
		if err == nil {
			err = env.carryOut(ctx, proposed, typed)
		}
		exit := env.report(err)
		return out.String() + errs.String(), exit
	}}
}

// Command implements [ui.Commands].
func (p *palette) Command(words []string) string { return p.g.command(words...) }

// Complete offers verbs and their flags.
func (p *palette) Complete(line string) []string {
	words := strings.Fields(line)
	last := ""
	if len(words) > 0 && !strings.HasSuffix(line, " ") {
		last, words = words[len(words)-1], words[:len(words)-1]
	}
	root := newRoot(p.env)
	cmd := root
	for _, w := range words {
		for _, c := range cmd.Commands() {
			if c.Name() == w || c.HasAlias(w) {
				cmd = c
				break
			}
		}
	}
	var offers []string
	offer := func(w string) {
		if strings.HasPrefix(w, last) {
			offers = append(offers, w)
		}
	}
	if cmd == root || cmd.HasSubCommands() {
		for _, c := range cmd.Commands() {
			if !c.Hidden {
				offer(c.Name())
			}
		}
	}
	if strings.HasPrefix(last, "-") {
		cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if !f.Hidden {
				offer("--" + f.Name)
			}
		})
	}
	slices.Sort(offers)
	return offers
}

// Nearest implements [ui.Commands].
func (p *palette) Nearest(word string, candidates []string) string { return nearest(word, candidates) }

// Open lets the read-write window be opened, unless the cluster's context caps what may be sent.
func (p *palette) Open(time.Duration, string) error {
	cluster, err := p.env.cluster(p.g)
	if err != nil {
		return err
	}
	if cluster.MaxClass < protocol.ClassADM {
		return fmt.Errorf("the context %s allows no more than %v (max_class)", cluster.Name, cluster.MaxClass)
	}
	return nil
}

// Close closes the window; there is nothing to undo.
func (p *palette) Close() {}
