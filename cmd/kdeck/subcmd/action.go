package subcmd

import (
	"bufio"
	"context"
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"kdeck/ops/change"
	"kdeck/ops/format"
	"kdeck/ops/kafka"
	"kdeck/protocol"
)

// An action is a change that a command line asks for, as a value: nothing of it has been sent. The command line and the
// console's palette both carry it out.
type action struct {
	session   *kafka.Session // nil on a saved cluster, which can't be changed
	clusterID string
	phrase    string         // has to be typed to carry it out
	needs     protocol.Class // the highest class of what it sends
	about     []string       // what it would change, a line each

	show    func() error // the dry run's answer
	preview func() error // what is written before the phrase is asked for; nil for nothing
	run     func(ctx context.Context, door *change.Door) error
	here    func(ctx context.Context) error // in place of run: nothing is sent to the cluster, another process of this machine is asked

	detached func(ctx context.Context, typed string) error // carries it out in a process of its own; nil: it can't be
	detaches bool                                          // it is to be, also outside of the console

	changesQuotas bool
}

// action begins an action on the cluster that was looked at.
func (s *source) action(phrase string, about ...string) *action {
	return &action{session: s.session, clusterID: s.snapshot.ClusterID, phrase: phrase, about: about, needs: protocol.ClassADM}
}

// changeOptions are the flags of every command that changes a cluster.
type changeOptions struct {
	execute bool
	confirm string
}

func (o *changeOptions) flags(f *pflag.FlagSet) {
	f.BoolVar(&o.execute, "execute", false, "make the change; without it nothing is changed")
	f.StringVar(&o.confirm, "confirm", "", "the `PHRASE` that the dry run prints, where nobody is there to type it")
}

// check refuses flags that don't go together.
func (o *changeOptions) check(g *globals) error {
	switch {
	case o.confirm != "" && !o.execute:
		return refused("--confirm goes with --execute")
	case o.execute && g.output == outYAML:
		return refused("-o yaml and --execute: what happens is written in words, or with -o json as one JSON object a line")
	}
	return nil
}

// perform shows what an action would do, and with --execute does it, once the phrase was typed. In the palette it hands the
// action to the console, which asks for the phrase.
func (e *Env) perform(ctx context.Context, g *globals, o *changeOptions, a *action) error {
	switch {
	case a.session != nil:
		if err := e.checkName(a, o.execute); err != nil {
			return err
		}
	case o.execute:
		return refused("--execute and --snapshot %s: a saved cluster can't be changed", g.snapshot)
	}
	switch {
	case !o.execute:
		return a.show()
	}
	if _, _, err := e.mayCarryOut(a); err != nil {
		return err
	}
	if e.console != nil {
		e.console.proposed = a
		return nil
	}
	if err := a.announce(); err != nil {
		return err
	}
	return e.carryOut(ctx, a, e.typed(o.confirm, a.phrase))
}

// mayCarryOut returns an error where the cap on the cluster is below what an action sends, also at its end; or else the cap.
func (e *Env) mayCarryOut(a *action) (most protocol.Class, by string, err error) {
	if most, by, err = e.cap(a.session.Cluster(), a.clusterID); err == nil && a.needs > most {
		err = refused("nothing is changed: it is of class %v, and the context %s allows no more than %v in this cluster (max_class)", a.needs, by, most)
	}
	return most, by, err
}

func (a *action) announce() error {
	if a.preview == nil {
		return nil
	}
	return a.preview()
}

// sayJournal names the lines of the journal that can't be read: from the others is told what is kdeck's.
func (e *Env) sayJournal(stateDir, clusterID string) {
	tail := change.NewTail(stateDir, clusterID)
	added, err := tail.Read()
	if n := len(added.Damaged); err == nil && n > 0 {
		fmt.Fprintf(e.Err, "careful: %s of the journal %s can't be read, the first at byte %d (%s); the others are used, and kdeck audit names them\n",
			format.Count(n, "line"), tail.Path(), added.Damaged[0].Offset, e.safe(added.Damaged[0].Why))
	}
}

// typed is the phrase as the operator gave it: by --confirm, or at the terminal.
func (e *Env) typed(confirm, want string) string {
	if confirm != "" || !e.InTerminal {
		return confirm
	}
	fmt.Fprintf(e.Err, "type this to go on: %s\n> ", want)
	line, _ := bufio.NewReader(e.In).ReadString('\n')
	return strings.TrimRight(line, "\r\n")
}

// carryOut makes the change, if typed is its phrase. It goes on when the terminal is lost. On the command line that holds until
// the process ends, so that an error that nobody reads doesn't take the exit code with it.
func (e *Env) carryOut(ctx context.Context, a *action, typed string) error {
	confirm := change.Confirm{Want: a.phrase, Got: typed}
	if err := confirm.Check(); err != nil { // before a journal is made for nothing
		return refused("%w", err)
	}
	if err := e.checkName(a, true); err != nil { // the console asked long ago
		return err
	}
	most, by, err := e.mayCarryOut(a)
	if err != nil {
		return err
	}
	if a.here != nil {
		return a.here(ctx)
	}
	if a.detached != nil && (a.detaches || e.console != nil) {
		if e.Self != nil && e.Dial == nil {
			return a.detached(ctx, typed)
		}
		fmt.Fprintln(e.Err, "only this process reaches the cluster: the run stays in it, and ends with it")
	}
	stateDir, err := e.stateDir()
	if err != nil {
		return err
	}
	journal, err := change.OpenJournal(stateDir, a.clusterID)
	if err != nil {
		return err
	}
	defer journal.Close()
	e.sayJournal(stateDir, a.clusterID)
	door, err := change.Open(ctx, a.session, change.Options{ClusterID: a.clusterID, Confirm: confirm, Journal: journal, MaxClass: most, CappedBy: by})
	if err != nil {
		return err
	}
	stop := e.outliveTerminal()
	if e.console == nil {
		e.sessions.atEnd(stop)
	} else {
		defer stop()
	}
	return a.run(ctx, door)
}
