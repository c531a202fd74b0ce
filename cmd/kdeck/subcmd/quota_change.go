package subcmd

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"kdeck/ops/change"
	"kdeck/ops/config"
	"kdeck/ops/format"
	"kdeck/ops/tenant"
	"kdeck/ops/view"
	"kdeck/protocol/printable"
)

// quotaChange is a change of one quota record, as a command asks for it.
type quotaChange struct {
	tenant.Change
	verb  string             // begins the phrase: "quota set"
	notes []string           // what to know before the change is made
	undo  config.CommandLine // the command that undoes it; "": the one that sets the old limits
	hold  time.Duration      // undo it after this time; 0: leave it
}

// quotaAction is the action that makes a change of quotas.
func (e *Env) quotaAction(g *globals, src *source, q *quotaChange) *action {
	if q.hold > 0 {
		q.notes = append(q.notes, fmt.Sprintf("the old limits are restored after %v; kdeck runs until then", q.hold))
	}
	if q.undo == "" {
		q.undo = undoCommands(g, q.Change)
	}
	a := src.action(q.phrase(src.name))
	for _, l := range q.Limits {
		a.about = append(a.about, fmt.Sprintf("%s  %s: %s, now %s", e.safe(q.Entity.String()), l.Type, limitWord(l.Type, l.After), limitWord(l.Type, l.Before)))
	}
	a.about = append(a.about, q.notes...)
	a.about = append(a.about, "undone by: "+e.safe(string(q.undo)))
	a.changesQuotas = true
	a.show = func() error {
		if g.document() {
			return e.document(g, quotaChangeJSON{view.EnvelopeOf(src.snapshot), q.Entity.String(), q.Limits, append([]string{}, q.notes...), q.undo, a.phrase})
		}
		_, err := fmt.Fprintf(e.Out, "%s\nnothing is changed yet; the phrase that carries it out: %s\n", strings.Join(a.about, "\n"), e.safe(a.phrase))
		return err
	}
	a.preview = func() error {
		for _, note := range q.notes {
			fmt.Fprintln(e.Err, note)
		}
		return nil
	}
	a.run = func(ctx context.Context, door *change.Door) error { return e.alterQuotas(ctx, g, door, q) }
	return a
}

// phrase names the record, and each limit as it will be.
func (q *quotaChange) phrase(cluster string) string {
	limits := make([]string, len(q.Limits))
	for i, l := range q.Limits {
		limits[i] = string(l.Type) + "="
		if l.After != nil {
			limits[i] += tenant.Number(*l.After)
		}
	}
	words := strings.Join(limits, " ")
	if q.hold > 0 {
		words += " for " + q.hold.String()
	}
	var whole []string
	if names := q.Entity.User.Name + q.Entity.ClientID.Name + q.Entity.IP.Name; strings.ContainsAny(names, `/"<`) { // reads as another entity does
		whole = entityWords(q.Entity)
	}
	return format.Phrase(q.verb, []string{q.Entity.String()}, "record", whole, words+" "+cluster)
}

// alterQuotas makes the change, and undoes it when its time is over.
func (e *Env) alterQuotas(ctx context.Context, g *globals, door *change.Door, q *quotaChange) error {
	set := func(ctx context.Context) error {
		if err := door.AlterClientQuotas(ctx, q.Change, q.undo); err != nil {
			return failed(err)
		}
		e.tell(g, map[string]any{"event": "changed", "entity": q.Entity.String(), "undo": string(q.undo)},
			fmt.Sprintf("%s changed; undone by: %s", e.safe(q.Entity.String()), e.safe(string(q.undo))))
		return nil
	}
	var err error
	if q.hold == 0 {
		err = set(ctx)
	} else {
		held := change.HeldQuota(q.Change, e.Now().Add(q.hold), q.undo)
		err = e.hold(ctx, g, door.Journal(), held, set, func(ctx context.Context) error {
			return door.AlterClientQuotas(ctx, q.Reverse(), "none: it is an undo")
		})
	}
	if err == nil {
		e.done(g)
	}
	return err
}

// tell says that a change is made: an event of strings and numbers as JSON, or the time and words that are safe for a terminal.
func (e *Env) tell(g *globals, event map[string]any, words string) {
	if g.output == outJSON {
		line, _ := printable.Marshal(event) // can't fail
		fmt.Fprintf(e.Out, "%s\n", line)
		return
	}
	fmt.Fprintf(e.Out, "%s  %s\n", e.Now().Format("15:04:05"), words)
}

// done ends the events of a change as JSON.
func (e *Env) done(g *globals) {
	if g.output == outJSON {
		fmt.Fprintln(e.Out, `{"event":"end","result":"done"}`)
	}
}

type quotaChangeJSON struct {
	view.Envelope
	Entity  string               `json:"entity"`
	Changes []tenant.LimitChange `json:"changes"`
	Notes   []string             `json:"notes"`
	Undo    config.CommandLine   `json:"undo"`
	Confirm string               `json:"confirm"`
}

// limitWord writes a limit, nil for none.
func limitWord(t tenant.Type, v *float64) string {
	if v == nil {
		return "no limit"
	}
	return t.Amount(*v)
}

// undoCommands are the commands that restore the limits from before a change.
func undoCommands(g *globals, c tenant.Change) (undo config.CommandLine) {
	var set, remove []string
	for _, l := range c.Limits {
		if l.Before != nil {
			set = append(set, string(l.Type)+"="+tenant.Number(*l.Before))
		} else {
			remove = append(remove, string(l.Type))
		}
	}
	for _, part := range []struct {
		verb  string
		words []string
	}{{"set", set}, {"remove", remove}} {
		if len(part.words) > 0 {
			undo = undo.Then(g.command(slices.Concat([]string{"quota", part.verb}, entityWords(c.Entity), part.words, []string{"--execute"})...))
		}
	}
	return undo
}
