package subcmd

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/change"
	"kdeck/ops/config"
	"kdeck/ops/format"
	"kdeck/ops/health"
	"kdeck/ops/state"
	"kdeck/ops/view"
	"kdeck/protocol/message"
	"kdeck/protocol/printable"
)

// configsChange is a change of the configs of one resource, with what it changes.
type configsChange struct {
	change.ConfigChange
	verb  string
	was   []state.Config // as they are, in the order of Ops
	after []*string      // the values that hold afterwards; nil: none
	notes []string       // what to know before the change is made
}

// unsetUntilUsed are the configs of brokers that are described only where they are set (KIP-73, KIP-1066).
var unsetUntilUsed = []state.Config{
	{Name: change.LeaderRate, Type: state.ConfigLong}, {Name: change.FollowerRate, Type: state.ConfigLong},
	{Name: change.LogDirRate, Type: state.ConfigLong}, {Name: change.CordonedLogDirs, Type: state.ConfigList},
}

// editConfigs shows or makes a change of the configs of a resource.
func (e *Env) editConfigs(ctx context.Context, g *globals, o *changeOptions, src *source, r change.Resource, verb string, edits []configEdit) error {
	known, err := e.knownConfigs(ctx, src, r)
	if err != nil {
		return err
	}
	c, err := newConfigsChange(src.snapshot, r, verb, edits, known)
	if err != nil {
		return err
	}
	c.Undo = c.undo(g)
	if o.execute { // perform asks too, but a name that leads elsewhere now must not have the other cluster asked
		if err := e.checkName(src.action(""), true); err != nil {
			return err
		}
	}
	checked, err := e.checkedByBroker(ctx, src, c.ConfigChange)
	if err != nil {
		return err
	}
	return e.perform(ctx, g, o, e.configsAction(g, src, c, checked))
}

// knownConfigs are the configs that a resource has. Of all brokers only what is set is described, so that one broker tells the others.
func (e *Env) knownConfigs(ctx context.Context, src *source, r change.Resource) (map[string]*state.Config, error) {
	configs, by, err := e.describe(ctx, src, r)
	if err != nil {
		return nil, err
	}
	kind, _ := r.Words()
	known := map[string]*state.Config{}
	add := func(list []state.Config) {
		for i := range list {
			if known[list[i].Name] == nil {
				known[list[i].Name] = &list[i]
			}
		}
	}
	if r.AllBrokers {
		of, _, err := e.describe(ctx, src, change.Resource{Broker: by})
		if err != nil {
			return nil, err
		}
		for i := range of { // what a broker has of its own is no value of all brokers
			of[i].Layers = slices.DeleteFunc(of[i].Layers, func(l state.ConfigLayer) bool { return l.Source.Overridden() })
			if len(of[i].Layers) > 0 {
				of[i].Value, of[i].Source = of[i].Layers[0].Value, of[i].Layers[0].Source
			}
		}
		add(of)
	}
	add(configs)
	if kind == "broker" {
		add(slices.Clone(unsetUntilUsed))
	}
	return known, nil
}

// own is the value that was set on the resource itself.
func (c *configsChange) own(of *state.Config) *string {
	if !c.Resource.AllBrokers {
		return of.Own()
	}
	for _, l := range of.Layers {
		if l.Source == state.SourceClusterDefault {
			return l.Value
		}
	}
	return nil
}

// below is what holds without a value that is set on the resource itself.
func (c *configsChange) below(of *state.Config) *state.ConfigLayer {
	for i, l := range of.Layers {
		if !l.Source.Overridden() && !(c.Resource.AllBrokers && l.Source == state.SourceClusterDefault) {
			return &of.Layers[i]
		}
	}
	return nil
}

// newConfigsChange refuses what can't be changed, and says what the rest changes.
func newConfigsChange(s *state.Snapshot, r change.Resource, verb string, edits []configEdit, known map[string]*state.Config) (*configsChange, error) {
	c := &configsChange{ConfigChange: change.ConfigChange{Resource: r}, verb: verb}
	for _, edit := range edits {
		of := known[edit.name]
		switch {
		case of == nil:
			names := make([]string, 0, len(known))
			for name := range known {
				names = append(names, name)
			}
			slices.Sort(names)
			kind, _ := r.Words()
			return nil, refused("%s: a %s has no config %q%s", verb, kind, edit.name, didYouMean(edit.name, names))
		case of.ReadOnly:
			return nil, refused("%s of %v is read-only: it is changed in the properties file of the broker, and by a restart", of.Name, r)
		case of.Sensitive || of.Type == state.ConfigPassword:
			return nil, refused("%s of %v is a secret: kdeck takes none on a command line and keeps none in its journal: kafka-configs sets it", of.Name, r)
		case !message.PlainConfig(of.Name):
			return nil, refused("%s of %v is not known to be no secret, and the journal would keep its value: kafka-configs sets it", of.Name, r)
		}
		op := change.ConfigOp{Name: of.Name, Op: kmsg.IncrementalAlterConfigOpDelete, Before: c.own(of)}
		var after *string
		if edit.value != nil {
			value, err := configValue(of, *edit.value)
			if err != nil {
				return nil, err
			}
			if op.Before != nil && *op.Before == value {
				return nil, refused("%s of %v is %s already: nothing to change", of.Name, r, format.Shell(value))
			}
			op.Op, op.Value, after = kmsg.IncrementalAlterConfigOpSet, value, &value
		} else {
			if op.Before == nil {
				return nil, refused("%s is not set on %v: its value comes from %s", of.Name, r, sourceOf(of))
			}
			if below := c.below(of); below != nil {
				after = below.Value
			}
		}
		c.Ops, c.was, c.after = append(c.Ops, op), append(c.was, *of), append(c.after, after)
		c.notes = append(c.notes, health.ConfigRisks(s, r.Topic, of.Name, valueOr(of.Value, ""), valueOr(after, ""))...)
	}
	if r.AllBrokers {
		c.notes = append(c.notes, "it holds for every broker that has no value of its own: kdeck configs broker --diff")
	}
	slices.Sort(c.notes)
	c.notes = slices.Compact(c.notes)
	return c, nil
}

func sourceOf(c *state.Config) string {
	if len(c.Layers) == 0 {
		return "nowhere, it has none"
	}
	return c.Source.String()
}

func valueOr(v *string, none string) string {
	if v == nil {
		return none
	}
	return *v
}

// checkedByBroker asks the broker whether it would take the change. It returns a note where it could not be asked.
func (e *Env) checkedByBroker(ctx context.Context, src *source, c change.ConfigChange) (note string, err error) {
	most, by, err := e.cap(src.session.Cluster(), src.snapshot.ClusterID)
	if err != nil {
		return "", err
	}
	err = change.CheckConfigs(ctx, src.session, change.Options{ClusterID: src.snapshot.ClusterID, MaxClass: most, CappedBy: by}, c)
	if no, ok := errors.AsType[*change.RefusedError](err); ok {
		return "", refused("nothing is changed: the broker was asked first (validateOnly), and would refuse it: %w", no)
	}
	if err != nil {
		return "not checked by a broker: " + err.Error(), nil
	}
	return "", nil
}

// line says what becomes of one config.
func (c *configsChange) line(i int) string {
	op := c.Ops[i]
	text := fmt.Sprintf("%v  %s: %s, now %s (%s)", c.Resource, op.Name, shownConfig(op.Name, c.after[i]), shownConfig(op.Name, c.was[i].Value), sourceOf(&c.was[i]))
	if op.Op == kmsg.IncrementalAlterConfigOpDelete {
		from := "nowhere"
		if below := c.below(&c.was[i]); below != nil {
			from = below.Source.String()
		}
		text += ", then from " + from
	}
	return text
}

// shownConfig is a value with its meaning: "604800000 (7d0h)".
func shownConfig(name string, value *string) string {
	switch {
	case value == nil:
		return "no value"
	case *value == "":
		return `""`
	}
	if means := view.ConfigMeans(name, *value); means != "" {
		return *value + " (" + means + ")"
	}
	return *value
}

// words are the configs as the command line has them.
func (c *configsChange) words() (words []string) {
	for _, op := range c.Ops {
		if op.Op == kmsg.IncrementalAlterConfigOpSet {
			words = append(words, op.Name+"="+op.Value)
		} else {
			words = append(words, op.Name)
		}
	}
	return words
}

// phrase names the resource, and each config as it will be. Values that nobody can type stand by their fingerprint.
func (c *configsChange) phrase(cluster string) string {
	kind, name := c.Resource.Words()
	words, whole := c.words(), []string(nil)
	if said := strings.Join(words, " "); len(said) > 120 || !printable.Text(said) {
		whole, words = words, []string{format.Count(len(words), "config")}
	}
	return format.Phrase("configs "+kind, []string{name}, kind, whole, c.verb+" "+strings.Join(words, " ")+" "+cluster)
}

// undo are the commands that put the configs back as they were.
func (c *configsChange) undo(g *globals) (undo config.CommandLine) {
	kind, name := c.Resource.Words()
	back := map[string][]string{}
	for _, op := range c.Ops {
		if op.Before != nil {
			back["set"] = append(back["set"], op.Name+"="+*op.Before)
		} else {
			back["unset"] = append(back["unset"], op.Name)
		}
	}
	for _, verb := range configVerbs {
		if len(back[verb]) > 0 {
			undo = undo.Then(g.command(slices.Concat([]string{"configs", kind, name, verb}, back[verb], []string{"--execute"})...))
		}
	}
	return undo
}

// configsAction is the action that makes the change. unchecked is why no broker has checked it; "" where one has.
func (e *Env) configsAction(g *globals, src *source, c *configsChange, unchecked string) *action {
	a := src.action(c.phrase(src.name))
	notes := slices.Clone(c.notes)
	if unchecked != "" {
		notes = append(notes, unchecked)
	}
	for i := range c.Ops {
		a.about = append(a.about, e.safe(c.line(i)))
	}
	for _, note := range notes {
		a.about = append(a.about, "careful: "+e.safe(note))
	}
	if unchecked == "" {
		a.about = append(a.about, "the broker was asked, and would take it (validateOnly)")
	}
	a.about = append(a.about, "undone by: "+e.safe(string(c.Undo)))
	a.show = func() error {
		if g.document() {
			return e.document(g, c.answer(src.snapshot, notes, unchecked == "", a.phrase))
		}
		_, err := fmt.Fprintf(e.Out, "%s\nnothing is changed yet; the phrase that carries it out: %s\n", strings.Join(a.about, "\n"), e.safe(a.phrase))
		return err
	}
	a.preview = func() error {
		for _, note := range notes {
			fmt.Fprintln(e.Err, "careful: "+e.safe(note))
		}
		return nil
	}
	a.run = func(ctx context.Context, door *change.Door) error {
		if err := door.AlterConfigs(ctx, c.ConfigChange); err != nil {
			return failed(err)
		}
		e.tell(g, map[string]any{"event": "changed", "resource": c.Resource.String(), "undo": string(c.Undo)},
			fmt.Sprintf("configs of %s changed; undone by: %s", e.safe(c.Resource.String()), e.safe(string(c.Undo))))
		e.done(g)
		return nil
	}
	return a
}

type configsChangeJSON struct {
	view.Envelope
	Resource view.ConfigResourceJSON `json:"resource"`
	Changes  []configEditJSON        `json:"changes"`
	Notes    []string                `json:"notes"`
	Checked  bool                    `json:"checked"` // by the broker, which would take it
	Undo     config.CommandLine      `json:"undo"`
	Confirm  string                  `json:"confirm"`
}

// configEditJSON is one config: what holds before and after, and where before comes from.
type configEditJSON struct {
	Name   string  `json:"name"`
	Before *string `json:"before"`
	Source *string `json:"source"`
	After  *string `json:"after"`
}

func (c *configsChange) answer(s *state.Snapshot, notes []string, checked bool, phrase string) configsChangeJSON {
	kind, name := c.Resource.Words()
	doc := configsChangeJSON{view.EnvelopeOf(s), view.ConfigResourceJSON{Type: kind, Name: &name}, []configEditJSON{}, append([]string{}, notes...), checked, c.Undo, phrase}
	if c.Resource.AllBrokers {
		doc.Resource.Name = nil
	}
	for i, op := range c.Ops {
		edit := configEditJSON{Name: op.Name, Before: c.was[i].Value, After: c.after[i]}
		if len(c.was[i].Layers) > 0 {
			source := c.was[i].Source.String()
			edit.Source = &source
		}
		doc.Changes = append(doc.Changes, edit)
	}
	return doc
}
