package subcmd

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"kdeck/ops/change"
	"kdeck/ops/format"
	"kdeck/ops/plan"
	"kdeck/ops/reassign"
)

// carryOptions are the flags of what carries a plan out.
type carryOptions struct {
	execute  bool
	throttle string
	moves    int
	confirm  string
}

func (o *carryOptions) flags(f *pflag.FlagSet) {
	f.BoolVar(&o.execute, "execute", false, "carry it out; without it nothing is changed")
	f.StringVar(&o.throttle, "throttle", "", "with --execute: replication limit in bytes a second for each broker, `SIZE` (20MB) or none")
	f.IntVarP(&o.moves, "moves", "m", reassign.DefaultMoves, "partitions in flight at once, at the most")
	f.StringVar(&o.confirm, "confirm", "", "the phrase that the dry run prints, for when nobody can type it")
}

// rate checks the flags before anything is sent.
func (o *carryOptions) rate(g *globals) (int64, error) {
	switch {
	case !o.execute && o.confirm != "":
		return 0, refused("--confirm goes with --execute")
	case !o.execute:
		return 0, nil
	case g.output == outYAML:
		return 0, refused("-o yaml and --execute: what happens comes as words, or with -o json as one JSON object a line")
	case o.moves < 1:
		return 0, refused("--moves %d: at least one partition has to be in flight", o.moves)
	case o.throttle == "":
		return 0, refused("--execute needs --throttle SIZE (bytes a second for each broker, 20MB) or --throttle none")
	case o.throttle == "none":
		return 0, nil
	}
	rate, err := format.ParseBytes(o.throttle)
	if err != nil {
		return 0, refused("--throttle: %w", err)
	}
	if rate == 0 {
		return 0, refused("--throttle %s would let nothing through; none lifts the limit", o.throttle)
	}
	return rate, nil
}

// carriage is one plan to carry out.
type carriage struct {
	src            *source
	plan           *plan.Plan
	phrase         string
	rate           int64
	moves          int
	finish, cancel string // commands, for when it is interrupted
	// afterwards runs when everything is done, through the same door.
	afterwards func(ctx context.Context, door *change.Door) error
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

// carry carries a plan out and reports as it goes. The first interrupt lets what is in flight finish, the second leaves
// everything as it is; a lost terminal does not stop it.
func (e *Env) carry(ctx context.Context, g *globals, o *carryOptions, c *carriage) error {
	door, stateDir, err := e.door(ctx, c.src, change.Confirm{Want: c.phrase, Got: e.typed(o.confirm, c.phrase)})
	if err != nil {
		return err
	}
	defer door.Journal().Close()
	show := e.eventWriter(g)
	run, err := reassign.New(reassign.Options{
		Plan: c.plan, Session: c.src.session, Door: door, StateDir: stateDir, Sink: show,
		Look: e.looker(c.src), Moves: c.moves, Rate: c.rate, Finish: c.finish, Cancel: c.cancel,
	})
	if err != nil {
		return err
	}
	defer e.onInterrupt(run)()
	defer e.outliveTerminal()()
	if err := outcome(run.Run(ctx)); err != nil || c.afterwards == nil {
		return err
	}
	if err := c.afterwards(ctx, door); err != nil {
		return failed(err)
	}
	return nil
}

// outcome is how the process ends after a run; its end has been said as an event.
func outcome(end reassign.End, err error) error {
	var busy *reassign.BusyError
	switch {
	case errors.As(err, &busy):
		return refused("%w", err)
	case err != nil:
		return failed(err)
	case end.Result != reassign.Done:
		return no()
	}
	return nil
}

// door opens the door for changes to the cluster of src.
func (e *Env) door(ctx context.Context, src *source, confirm change.Confirm) (*change.Door, string, error) {
	if err := confirm.Check(); err != nil { // before a journal is made for nothing
		return nil, "", refused("%w", err)
	}
	stateDir, err := change.StateDir()
	if err != nil {
		return nil, "", err
	}
	journal, err := change.OpenJournal(stateDir, src.snapshot.ClusterID)
	if err != nil {
		return nil, "", err
	}
	door, err := change.Open(ctx, src.session, change.Options{ClusterID: src.snapshot.ClusterID, Confirm: confirm, Journal: journal})
	if err != nil {
		journal.Close()
		return nil, "", err
	}
	return door, stateDir, nil
}

// onInterrupt lets interrupts stop a run, and a second one abandon it.
func (e *Env) onInterrupt(run *reassign.Executor) (done func()) {
	signals, stop := e.notify(asksToEnd...)
	over := make(chan struct{})
	go func() {
		for n := 0; ; n++ {
			select {
			case <-signals:
				if n > 0 {
					run.Abandon()
					return
				}
				fmt.Fprintln(e.Err, "interrupted: nothing more is submitted; what is in flight finishes under the throttle (once more: leave it as it is)")
				run.Stop()
			case <-over:
				return
			}
		}
	}()
	return func() { stop(); close(over) }
}

// eventWriter shows what happens: a line of words each, or with -o json a line of JSON each. A terminal that is gone is no
// reason to stop: the journal has it too.
func (e *Env) eventWriter(g *globals) func(reassign.Event) {
	restored := 0 // configs that nobody else had set: a line for each would bury the rest
	return func(ev reassign.Event) {
		at := e.Now()
		if g.output == outJSON {
			fmt.Fprintf(e.Out, "%s\n", reassign.Line(at, ev))
			return
		}
		say := func(words string) { fmt.Fprintf(e.Out, "%s  %s\n", at.Format("15:04:05"), e.safeLines(words)) }
		switch ev := ev.(type) {
		case reassign.Restored:
			if ev.Removed {
				restored++
				return
			}
		case reassign.End:
			if restored > 0 {
				say("throttle taken back: " + format.Count(restored, "config") + " that were ours alone removed")
			}
		}
		say(inWords(ev))
	}
}

func (e *Env) safeLines(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = e.safe(lines[i])
	}
	return strings.Join(lines, "\n          ")
}

// inWords is an event and, of the last one, what may be done next.
func inWords(ev reassign.Event) string {
	s := fmt.Sprint(ev)
	if end, ok := ev.(reassign.End); ok {
		if end.Undo != "" {
			s += "\nthe plan that goes back: " + end.Undo
		}
		if end.Error != "" {
			s += "\n" + end.Error
		}
		for _, next := range end.Next {
			s += "\nnext: " + next
		}
	}
	return s
}

// readPlan reads a plan file, "-" being standard input.
func (e *Env) readPlan(path string) (*plan.Plan, error) {
	text, err := e.readInput(path)
	if err != nil {
		return nil, err
	}
	p, err := plan.Read(bytes.NewReader(text))
	if err != nil {
		return nil, refused("%s: %w", path, err)
	}
	return p, nil
}
