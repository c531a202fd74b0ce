package subcmd

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"kdeck/ops/change"
	"kdeck/ops/format"
	"kdeck/ops/tenant"
	"kdeck/ops/view"
)

// quotaOptions are the flags of what changes quotas.
type quotaOptions struct {
	who     entityFlags
	execute bool
	confirm string
	hold    time.Duration // --for
}

func (o *quotaOptions) flags(f *pflag.FlagSet) {
	f.BoolVar(&o.execute, "execute", false, "carry it out; without it nothing is changed")
	f.StringVar(&o.confirm, "confirm", "", "the phrase that the dry run prints, for when nobody can type it")
}

func newQuotaSet(env *Env, g *globals) *cobra.Command {
	o := &quotaOptions{}
	cmd := &cobra.Command{
		Use:   "set --user NAME … TYPE=LIMIT…",
		Short: "Set limits of one record; --for puts the old ones back when the time is over",
		Long: "set changes the limits of one record, the named types and no others. The controller is asked first whether it\n" +
			"would take the change. Sizes may have units (10MB); request_percentage is percent of one thread.",
		RunE: func(cmd *cobra.Command, words []string) error {
			e, err := o.who.entity()
			if err != nil {
				return err
			}
			limits, err := parseLimits(e, words)
			if err != nil {
				return err
			}
			return runQuotaChange(cmd.Context(), env, g, o, &quotaEdit{action: actionSet, entity: e, limits: limits})
		},
	}
	o.who.add(cmd.Flags())
	o.flags(cmd.Flags())
	cmd.Flags().DurationVar(&o.hold, "for", 0, "put the old limits back after so long; kdeck stays until then")
	return cmd
}

func newQuotaRemove(env *Env, g *globals) *cobra.Command {
	o := &quotaOptions{}
	cmd := &cobra.Command{
		Use:   "remove --user NAME … [TYPE…]",
		Short: "Remove limits of one record: the named types, or all that it has",
		RunE: func(cmd *cobra.Command, words []string) error {
			e, err := o.who.entity()
			if err != nil {
				return err
			}
			edit := &quotaEdit{action: "quota remove", entity: e, limits: map[tenant.Type]float64{}, all: len(words) == 0}
			for _, w := range words {
				t, err := parseType(w)
				if err != nil {
					return err
				}
				if err := fits(e, t); err != nil {
					return err
				}
				edit.limits[t] = math.NaN()
			}
			return runQuotaChange(cmd.Context(), env, g, o, edit)
		},
	}
	o.who.add(cmd.Flags())
	o.flags(cmd.Flags())
	return cmd
}

const actionSet = "quota set"

// quotaEdit is a change of one record.
type quotaEdit struct {
	action string // the words that begin its phrase
	entity tenant.Entity
	limits map[tenant.Type]float64 // NaN: removed
	all    bool                    // remove whatever there is
	notes  []string                // what to know before it is carried out
	undo   string                  // instead of the command that sets the old limits
}

// phrase is what has to be typed.
func (q *quotaEdit) phrase(cluster string) string {
	return fmt.Sprintf("%s %s %s", q.action, q.entity, cluster)
}

func (q *quotaEdit) types() []tenant.Type {
	var types []tenant.Type
	for _, t := range tenant.Types {
		if _, ok := q.limits[t]; ok {
			types = append(types, t)
		}
	}
	return types
}

// change is the edit as the door takes it, and back is the one that undoes it.
func (q *quotaEdit) change(now *tenant.Quotas, undo string) (there, back change.QuotaChange) {
	there = change.QuotaChange{Entity: partsOf(q.entity), Undo: undo}
	back = change.QuotaChange{Entity: there.Entity, Undo: "none: it is an undo"}
	for _, t := range q.types() {
		v := q.limits[t]
		op := change.QuotaOp{Key: string(t), Value: v, Remove: math.IsNaN(v)}
		if op.Remove {
			op.Value = 0
		}
		reverse := change.QuotaOp{Key: string(t), Remove: true}
		if before, ok := now.Limit(q.entity, t); ok {
			op.Before = &before
			reverse = change.QuotaOp{Key: string(t), Value: before}
		}
		if !op.Remove {
			reverse.Before = &v
		}
		there.Ops = append(there.Ops, op)
		back.Ops = append(back.Ops, reverse)
	}
	return there, back
}

func partsOf(e tenant.Entity) []change.QuotaPart {
	var parts []change.QuotaPart
	for _, p := range []struct {
		kind string
		part tenant.Part
	}{{"user", e.User}, {"client-id", e.ClientID}, {"ip", e.IP}} {
		if !p.part.Set {
			continue
		}
		part := change.QuotaPart{Type: p.kind}
		if !p.part.Default {
			part.Name = &p.part.Name
		}
		parts = append(parts, part)
	}
	return parts
}

// flagsOf are the words that name an entity.
func flagsOf(e tenant.Entity) []string {
	var words []string
	for _, p := range []struct {
		flag string
		part tenant.Part
	}{{"--user", e.User}, {"--client", e.ClientID}, {"--ip", e.IP}} {
		switch {
		case p.part.Default:
			words = append(words, p.flag+"-default")
		case p.part.Set:
			words = append(words, p.flag, format.Shell(p.part.Name))
		}
	}
	return words
}

// undoWords are the commands that put the old limits back.
func (q *quotaEdit) undoWords(now *tenant.Quotas) [][]string {
	var set, remove []string
	for _, t := range q.types() {
		if before, ok := now.Limit(q.entity, t); ok {
			set = append(set, string(t)+"="+tenant.Number(before))
		} else {
			remove = append(remove, string(t))
		}
	}
	var commands [][]string
	for _, c := range []struct {
		verb  string
		types []string
	}{{"set", set}, {"remove", remove}} {
		if len(c.types) > 0 {
			commands = append(commands, slices.Concat([]string{"quota", c.verb}, flagsOf(q.entity), c.types, []string{"--execute"}))
		}
	}
	return commands
}

func runQuotaChange(ctx context.Context, env *Env, g *globals, o *quotaOptions, q *quotaEdit) error {
	switch {
	case o.confirm != "" && !o.execute:
		return refused("--confirm goes with --execute")
	case o.hold < 0:
		return refused("--for %v: a time to come was expected", o.hold)
	case o.execute && g.output == outYAML:
		return refused("-o yaml and --execute: what happens comes as words, or with -o json as one JSON object a line")
	}
	src, quotas, err := env.quotas(ctx, g)
	if err != nil {
		return err
	}
	if q.all {
		for _, r := range quotas.List() {
			if r.Entity == q.entity {
				for t := range maps.Keys(r.Limits) {
					q.limits[t] = math.NaN()
				}
			}
		}
	}
	if err := q.removable(quotas); err != nil {
		return err
	}
	undo := q.undo
	if undo == "" {
		var commands []string
		for _, words := range q.undoWords(quotas) {
			commands = append(commands, env.command(g, words...))
		}
		undo = strings.Join(commands, "; ")
	}
	if q.action == actionSet {
		q.notes = append(q.notes, limitNotes(oneBrokersConfigs(ctx, src), q.limits)...)
	}
	phrase := q.phrase(src.name)
	if !o.execute {
		return q.show(env, g, src, quotas, phrase, undo)
	}
	for _, note := range q.notes {
		fmt.Fprintf(env.Err, "%s\n", note)
	}
	door, _, err := env.door(ctx, src, change.Confirm{Want: phrase, Got: env.typed(o.confirm, phrase)})
	if err != nil {
		return err
	}
	defer door.Journal().Close()
	there, back := q.change(quotas, undo)
	held := change.Held{What: q.entity.String(), Until: env.Now().Add(o.hold), Undo: undo, Quota: there.Entity, Limits: map[string]float64{}}
	for _, op := range there.Ops {
		held.Limits[op.Key] = op.Value
	}
	set := func(ctx context.Context) error {
		if err := door.AlterClientQuotas(ctx, there); err != nil {
			return err
		}
		env.quotaEvent(g, "changed", q.entity, undo)
		return nil
	}
	if o.hold > 0 {
		err = env.hold(ctx, g, door.Journal(), held, set, func(ctx context.Context) error { return door.AlterClientQuotas(ctx, back) })
	} else if err = set(ctx); err != nil {
		err = failed(err)
	}
	if err != nil {
		return err
	}
	if g.output == outJSON {
		fmt.Fprintf(env.Out, "{\"event\":\"end\",\"result\":\"done\"}\n")
	}
	return nil
}

// removable refuses to remove what isn't there.
func (q *quotaEdit) removable(now *tenant.Quotas) error {
	if len(q.limits) == 0 {
		return refused("%s has no quota to remove: kdeck quota list", q.entity)
	}
	for t, v := range q.limits {
		if _, ok := now.Limit(q.entity, t); !ok && math.IsNaN(v) {
			return refused("%s has no %s to remove: kdeck quota list", q.entity, t)
		}
	}
	return nil
}

// show tells what would change.
func (q *quotaEdit) show(env *Env, g *globals, src *source, now *tenant.Quotas, phrase, undo string) error {
	type changeJSON struct {
		Type   tenant.Type `json:"type"`
		Before *float64    `json:"before"`
		After  *float64    `json:"after"`
	}
	changes := []changeJSON{}
	for _, t := range q.types() {
		c := changeJSON{Type: t, After: view.Figure(q.limits[t])}
		if before, ok := now.Limit(q.entity, t); ok {
			c.Before = &before
		}
		changes = append(changes, c)
	}
	if g.document() {
		return env.document(g, struct {
			view.Envelope
			Entity  string       `json:"entity"`
			Changes []changeJSON `json:"changes"`
			Notes   []string     `json:"notes"`
			Undo    string       `json:"undo"`
			Confirm string       `json:"confirm"`
		}{view.EnvelopeOf(src.snapshot), q.entity.String(), changes, append([]string{}, q.notes...), undo, phrase})
	}
	amount := func(t tenant.Type, v *float64) string {
		if v == nil {
			return "no limit"
		}
		return view.Amount(t, *v)
	}
	var b strings.Builder
	for _, c := range changes {
		fmt.Fprintf(&b, "%s  %s: %s, now %s\n", env.safe(q.entity.String()), c.Type, amount(c.Type, c.After), amount(c.Type, c.Before))
	}
	for _, note := range q.notes {
		fmt.Fprintf(&b, "%s\n", note)
	}
	fmt.Fprintf(&b, "taken back by: %s\nnothing is changed yet; the phrase that carries it out: %s\n", env.safe(undo), env.safe(phrase))
	_, err := env.Out.Write([]byte(b.String()))
	return err
}

func (e *Env) quotaEvent(g *globals, event string, entity tenant.Entity, undo string) {
	if g.output == outJSON {
		line, _ := json.Marshal(map[string]string{"event": event, "entity": entity.String(), "undo": undo}) // of strings: can't fail
		fmt.Fprintf(e.Out, "%s\n", line)
		return
	}
	fmt.Fprintf(e.Out, "%s  %s %s; taken back by: %s\n", e.Now().Format("15:04:05"), e.safe(entity.String()), event, e.safe(undo))
}
