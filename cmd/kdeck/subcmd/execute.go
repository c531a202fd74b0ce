package subcmd

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"kdeck/ops/change"
	"kdeck/ops/format"
	"kdeck/ops/plan"
	"kdeck/ops/reassign"
	"kdeck/ops/state"
	"kdeck/ops/view"
)

// executeOptions are the flags of the commands that carry a plan out.
type executeOptions struct {
	changeOptions
	throttle string
	throttleOptions
	stall     time.Duration
	moves     int // 0: as many as the brokers bear
	given     func(flag string) bool
	detach    bool
	continues string // the run that it goes on with; "": it is a new one
}

func (o *executeOptions) flags(f *pflag.FlagSet) {
	o.changeOptions.flags(f)
	f.StringVar(&o.throttle, "throttle", "", "replication limit in bytes a second for each broker, `SIZE` (20MB) none, or auto, as fast as the brokers bear it; --execute needs it where bytes are copied, a dry run shows the time at it")
	o.throttleOptions.flags(f)
	f.IntVarP(&o.moves, "moves", "m", 0, "how many partitions move at once, at most, `N`; otherwise as many as keep the brokers' disks and networks busy")
	f.DurationVar(&o.stall, "stall", reassign.DefaultStall, "how `LONG` a move may make no progress, or a broker that moves need be dead, before the rest goes on without it")
	f.BoolVar(&o.detach, "detach", false, "with --execute: carry it out in a process of its own session, which outlives this terminal; where systemd-logind ends processes at logout (KillUserProcesses), loginctl enable-linger lets it")
	o.given = f.Changed
}

// rate checks the flags and returns the throttle in bytes a second, 0 for none.
func (o *executeOptions) rate(g *globals) (int64, error) {
	if err := o.check(g); err != nil {
		return 0, err
	}
	switch {
	case o.stall < time.Second:
		return 0, refused("--stall %v: at least a second is needed to tell whether a move gets on", o.stall)
	case o.detach && !o.execute:
		return 0, refused("--detach goes with --execute")
	case o.moves < 1 && o.given("moves"):
		return 0, refused("--moves %d: at least one partition has to be in flight", o.moves)
	case o.throttle == "none", o.throttle == "": // whether it is needed is known when the plan is
		return 0, nil
	}
	if o.auto() {
		bounds, err := o.pilot()
		if err != nil {
			return 0, err
		}
		return bounds.Floor, nil
	}
	if o.floor != "" || o.ceiling != "" {
		return 0, refused("--throttle-floor and --throttle-ceiling go with --throttle auto")
	}
	return parseThrottle("--throttle", o.throttle, o.throttleAnyway)
}

// takes is the line of a plan that says how long it takes by these flags. timeline is how it goes at the throttle; nil where none is
// given.
func (o *executeOptions) takes(p *plan.Proposal, timeline *plan.Timeline) string {
	switch bytes, _ := p.Traffic.Bytes(); {
	case bytes == 0:
		return ""
	case o.auto():
		bounds, _ := o.pilot()
		return fmt.Sprintf("as fast as the brokers bear it, from %s/s up to %s/s into and out of each broker: %s", format.Bytes(bounds.Floor), format.Bytes(bounds.Ceiling), atThrottles(p))
	case timeline != nil:
		return fmt.Sprintf("about %s at %s/s into and out of each broker, %s at once; no order of moves takes less than %s",
			seconds(timeline.Seconds), format.Bytes(timeline.Rate), format.Count(timeline.InFlight, "partition"), seconds(timeline.Least))
	case o.throttle == "none":
		return "what networks and disks allow, at the cost of clients: " + atThrottles(p)
	case o.moves > 0:
		return fmt.Sprintf("%s; --throttle shows it with %s at once", atThrottles(p), format.Count(o.moves, "partition"))
	}
	return atThrottles(p)
}

// timeline is how a plan goes at the throttle, where one is given and copies anything. A throttle that can't be meant is refused, and
// so is none at all where bytes would be copied.
func (e *Env) timeline(ctx context.Context, src *source, p *plan.Proposal, o *executeOptions, rate int64) (*plan.Timeline, error) {
	bytes, known := p.Traffic.Bytes()
	switch {
	case o.execute && o.throttle == "" && (bytes > 0 || !known):
		return nil, refused("--execute needs --throttle SIZE (bytes a second for each broker, 20MB) or --throttle none")
	case rate == 0, bytes == 0, o.auto():
		return nil, nil
	}
	line := p.Traffic.Simulate(rate, o.moves)
	if o.throttleAnyway {
		return line, nil
	}
	return line, e.checkThrottle(ctx, src, p, line, "--throttle "+o.throttle, o.execute)
}

// restOf is what of a plan is still to be done.
func restOf(s *state.Snapshot, whole *plan.Plan) *plan.Proposal {
	left := whole.Remaining(s)
	return &plan.Proposal{Plan: left, Traffic: plan.TrafficOf(s, left.Partitions)}
}

// words are the flags that carry the same plan out again.
func (o *executeOptions) words() []string {
	words := []string{"--execute"}
	if o.throttle != "" {
		words = append(words, "--throttle", o.throttle)
	}
	if o.moves > 0 {
		words = append(words, "--moves", strconv.Itoa(o.moves))
	}
	if o.throttleAnyway {
		words = append(words, "--throttle-anyway")
	}
	if o.stall != reassign.DefaultStall {
		words = append(words, "--stall", o.stall.String())
	}
	if o.floor != "" {
		words = append(words, "--throttle-floor", o.floor)
	}
	if o.ceiling != "" {
		words = append(words, "--throttle-ceiling", o.ceiling)
	}
	return words
}

// checkFree refuses a plan beside what is being carried out already, before a phrase is asked for.
func (e *Env) checkFree(src *source, o *executeOptions) error {
	if !o.execute || !src.live {
		return nil
	}
	stateDir, err := e.stateDir()
	if err == nil {
		err = reassign.Free(stateDir, src.snapshot.ClusterID)
	}
	if err != nil {
		return refused("%w", err)
	}
	return nil
}

// checkPermissions refuses a plan, or notes of one that is only shown, that ACLs don't let be carried out.
func (e *Env) checkPermissions(ctx context.Context, src *source, p *plan.Proposal, o *executeOptions, throttle bool) error {
	if !src.live || len(p.Partitions) == 0 {
		return nil
	}
	topics := make([]string, len(p.Partitions))
	for i := range p.Partitions {
		topics[i] = p.Partitions[i].Topic
	}
	lines := reassign.NotPermitted(ctx, src.session, topics, true, throttle)
	if o.execute {
		return notPermitted(lines)
	}
	if len(lines) > 0 {
		p.Header.Notes = append(p.Header.Notes, "ACLs don't allow all that it needs: "+strings.Join(lines, "; "))
	}
	return nil
}

// notPermitted refuses a change that needs what ACLs don't allow.
func notPermitted(lines []string) error {
	if len(lines) == 0 {
		return nil
	}
	return refused("nothing was sent, because ACLs don't allow all that it needs:\n  %s", strings.Join(lines, "\n  "))
}

// planAction is the action that carries a whole plan out; p is what of it is shown. The first interrupt lets what is in flight finish, the second leaves
// everything as it is. finish is the command that goes on where it was interrupted. The brokers in unregister are, when everything is done.
func (e *Env) planAction(ctx context.Context, g *globals, src *source, p *plan.Proposal, whole *plan.Plan, o *executeOptions, phrase string, finish []string,
	unregister []int32) (*action, error) {
	rate, err := o.rate(g)
	if err != nil {
		return nil, err
	}
	if err := e.checkFree(src, o); err != nil {
		return nil, err
	}
	if err := e.checkPermissions(ctx, src, p, o, rate > 0); err != nil {
		return nil, err
	}
	timeline, err := e.timeline(ctx, src, p, o, rate)
	if err != nil {
		return nil, err
	}
	if p.Header.Moves > 0 {
		p.Header.Notes = append(p.Header.Notes, reassign.LostTargets(o.stall))
		if note := reassign.CordonNote(src.snapshot, p.Header.Drained); note != "" {
			p.Header.Notes = append(p.Header.Notes, note)
		}
	}
	p.Header.Confirm = nil
	if src.live {
		p.Header.Confirm = &phrase
	}
	line := o.takes(p, timeline)
	a := src.action(phrase, aboutPlan(p, line)...)
	a.show = func() error {
		p.Header.Simulation = timeline
		if err := showPlan(e, g, src, p, false, line); err != nil {
			return err
		}
		if len(p.Header.Stuck)+len(p.Header.LeftAlone) > 0 {
			return answerNo()
		}
		return nil
	}
	if !g.document() {
		a.preview = func() error { return showPlan(e, g, src, p, true, line) }
	}
	var pilot *reassign.Pilot
	if o.auto() {
		bounds, _ := o.pilot() // checked by rate
		pilot = &bounds
	}
	do := &order{whole: whole, Pilot: pilot, Moves: o.moves, Rate: rate, Stall: o.stall, Command: finish, Continues: o.continues, Unregister: unregister}
	a.run = func(ctx context.Context, door *change.Door) error { return e.carry(ctx, g, src, door, do, nil) }
	a.detaches = o.detach
	a.detached = func(ctx context.Context, typed string) error { return e.detach(ctx, g, a, do, typed) }
	return a, nil
}

// carry carries an order out in this process. begun is called when the run has begun; it may be nil.
func (e *Env) carry(ctx context.Context, g *globals, src *source, door *change.Door, o *order, begun func(state.Run)) error {
	stateDir, err := e.stateDir()
	if err != nil {
		return err
	}
	again := g.command(o.Command...)
	metrics, done := e.pilotMetrics(src)
	defer done()
	run, err := reassign.New(reassign.Options{
		Pilot: o.Pilot, Metrics: metrics,
		Plan: o.whole, Session: src.session, Door: door, StateDir: stateDir, Sink: e.eventWriter(g), Look: e.looker(src),
		Moves: o.Moves, Rate: o.Rate, Stall: o.Stall, Finish: again, Cancel: g.command("moves", "cancel"), Undo: g.command("moves", "undo"),
		By: change.User(), Command: again, Continues: o.Continues, Unregister: o.Unregister, Listen: true, Begun: begun,
	})
	if err != nil {
		return err
	}
	defer e.stopOnInterrupt(run)()
	if err := outcome(run.Run(ctx)); err != nil || len(o.Unregister) == 0 {
		return err
	}
	if err := reassign.Unregister(ctx, door, e.looker(src), o.Unregister); err != nil {
		return failed(err)
	}
	fmt.Fprintf(e.Err, "unregistered: %s\n", view.IDs(o.Unregister))
	return nil
}

// outcome is how the process ends after a run, which has reported its end as an event. With an error nothing was sent.
func outcome(end reassign.End, err error) error {
	switch {
	case err != nil:
		return refused("%w", err)
	case end.Result != reassign.Done:
		return answerNo()
	}
	return nil
}

// stopOnInterrupt lets interrupts stop a run, and a second one abandon it. A quit abandons it at once; its last event then
// says how to go on, as it does after two interrupts.
func (e *Env) stopOnInterrupt(run *reassign.Executor) (done func()) {
	signals, stop := e.notify(slices.Concat(asksToEnd, quits)...)
	over := make(chan struct{})
	go func() {
		var asked presses
		for {
			select {
			case s := <-signals:
				switch {
				case slices.Contains(quits, s):
					run.Abandon()
				case !asked.add(time.Now()):
				case asked.n > 1:
					run.Abandon()
				default:
					fmt.Fprintln(e.Err, "interrupted: no more moves are submitted; those in flight finish under the throttle (interrupt again to leave them as they are)")
					run.Stop()
				}
			case <-over:
				return
			}
		}
	}()
	return func() { stop(); close(over) }
}

// eventWriter writes each event as a line of words, or with -o json as a line of JSON. It ignores errors: the journal has
// the events too, and a run goes on without its terminal.
func (e *Env) eventWriter(g *globals) func(reassign.Event) {
	restored := 0 // configs that only kdeck had set: a line for each would bury the rest
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
				say("throttle removed: " + format.Count(restored, "config") + " that only kdeck had set")
			}
		}
		say(eventText(ev))
	}
}

func (e *Env) safeLines(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = e.safe(lines[i])
	}
	return strings.Join(lines, "\n          ")
}

// eventText is an event in words; the last event also says what can be done next.
func eventText(ev reassign.Event) string {
	s := fmt.Sprint(ev)
	if end, ok := ev.(reassign.End); ok {
		if end.Undo != "" {
			s += "\nthe plan that goes back: " + end.Undo
		}
		if end.Error != "" {
			s += "\n" + end.Error
		}
		for _, next := range end.Next {
			s += "\nnext: " + string(next)
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
