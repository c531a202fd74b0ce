package subcmd

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"kdeck/ops/change"
	"kdeck/ops/config"
	"kdeck/ops/format"
	"kdeck/ops/probe"
	"kdeck/ops/state"
	"kdeck/ops/view"
	"kdeck/protocol"
)

func newProbeCreate(env *Env, g *globals, of *probeOptions) *cobra.Command {
	o := &changeOptions{}
	cmd := &cobra.Command{
		Use:     "create",
		Short:   "Make the topic of kdeck probe, or add what it lacks: a partition for each broker",
		Example: "  kdeck probe create\n  kdeck probe create --execute",
		Long: "create makes the topic that kdeck probe writes to, with a partition for each broker, which that broker is the preferred\n" +
			"leader of, three replicas where there are three brokers, and records that are kept for ten minutes. Where the topic is there\n" +
			"it adds partitions for brokers that are new. Without --execute it shows what would be made. kdeck probe remove deletes it.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runProbeCreate(cmd.Context(), env, g, of, o) },
	}
	o.flags(cmd.Flags())
	return cmd
}

func newProbeRemove(env *Env, g *globals, of *probeOptions) *cobra.Command {
	o := &changeOptions{}
	cmd := &cobra.Command{
		Use:     "remove",
		Short:   "Delete the topic of kdeck probe",
		Example: "  kdeck probe remove",
		Long: "remove deletes the topic that kdeck probe create has made, with the probe's records. A topic that wasn't made for probes is\n" +
			"refused. Without --execute it shows what would be deleted. The request is of class ADM!, so that a context's max_class may\n" +
			"forbid it.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runProbeRemove(cmd.Context(), env, g, of, o) },
	}
	o.flags(cmd.Flags())
	return cmd
}

// probeTopicJSON is the dry run of `kdeck probe create` and `kdeck probe remove`.
type probeTopicJSON struct {
	view.Envelope
	Topic      string               `json:"topic"`
	New        bool                 `json:"new"`        // the topic isn't there
	Partitions []probePartitionJSON `json:"partitions"` // that would be made, or deleted
	Configs    map[string]string    `json:"configs"`    // of a new topic
	Notes      []string             `json:"notes"`
	Undo       *config.CommandLine  `json:"undo"`
	Confirm    *string              `json:"confirm"` // null: nothing is to be done
}

type probePartitionJSON struct {
	Partition int32   `json:"partition"`
	Replicas  []int32 `json:"replicas"`
}

// probeTopic reads the topic of a probe. One that is there and no probe's is refused.
func (e *Env) probeTopic(ctx context.Context, g *globals, of *probeOptions, o *changeOptions, verb string) (*source, *probe.Layout, error) {
	if err := o.check(g); err != nil {
		return nil, nil, err
	}
	if g.snapshot != "" {
		return nil, nil, refused("probe %s: --snapshot %s: a saved cluster can't be changed", verb, g.snapshot)
	}
	src, err := e.open(g)
	if err != nil {
		return nil, nil, err
	}
	topic := cmp.Or(of.topic, probe.DefaultTopic)
	l, err := probe.ReadLayout(ctx, src.session, topic)
	if err != nil {
		return nil, nil, err
	}
	if l.Err != nil {
		return nil, nil, refused("probe %s: topic %s: %w", verb, topic, l.Err)
	}
	if l.Exists {
		if err := probe.CheckTopic(ctx, src.session, topic); err != nil {
			if wrong, ok := errors.AsType[*probe.NotProbeTopicError](err); ok {
				return nil, nil, refused("probe %s: nothing is changed: %w", verb, wrong)
			}
			return nil, nil, err
		}
	}
	e.recognize(src.session.Cluster(), l.ClusterID)
	src.snapshot = &state.Snapshot{ClusterID: l.ClusterID, Taken: e.Now()}
	return src, l, nil
}

func runProbeCreate(ctx context.Context, env *Env, g *globals, of *probeOptions, o *changeOptions) error {
	src, l, err := env.probeTopic(ctx, g, of, o, "create")
	if err != nil {
		return err
	}
	c := probe.Missing(l)
	if c == nil {
		return env.nothingToDo(g, src, l.Topic, fmt.Sprintf("the topic %s has a partition for each of %s: there is nothing to make", l.Topic, format.Count(len(l.Brokers), "broker")))
	}
	return env.perform(ctx, g, o, env.probeCreateAction(g, src, c))
}

// nothingToDo answers that nothing has to be changed.
func (e *Env) nothingToDo(g *globals, src *source, topic, why string) error {
	if g.document() {
		return e.document(g, probeTopicJSON{Envelope: view.EnvelopeOf(src.snapshot), Topic: topic, Partitions: []probePartitionJSON{}, Configs: map[string]string{}, Notes: []string{why}})
	}
	_, err := fmt.Fprintln(e.Out, e.safe(why))
	return err
}

func (e *Env) probeCreateAction(g *globals, src *source, c *probe.Creation) *action {
	var whole []string
	doc := probeTopicJSON{Envelope: view.EnvelopeOf(src.snapshot), Topic: c.Topic, New: c.New, Partitions: []probePartitionJSON{}, Configs: map[string]string{}}
	for i, replicas := range c.Replicas {
		whole = append(whole, view.IDs(replicas))
		doc.Partitions = append(doc.Partitions, probePartitionJSON{c.First + int32(i), replicas})
	}
	a := src.action(format.Phrase("probe create", []string{c.Topic}, "topic", whole, src.name))
	undo := g.command("probe", "remove", "--topic", c.Topic, "--execute")
	if c.New {
		a.about = append(a.about, fmt.Sprintf("topic %s is made with %s, the preferred leaders of which are brokers %s; its records are kept for ten minutes", c.Topic, format.Count(len(c.Replicas), "partition"), view.IDs(c.Homes)))
		for _, config := range c.Configs() {
			doc.Configs[config.Name] = config.Value
		}
		doc.Undo = &undo
	} else {
		a.about = append(a.about, fmt.Sprintf("topic %s gets %s more, for brokers %s; they can't be taken away again", c.Topic, format.Count(len(c.Replicas), "partition"), view.IDs(c.Homes)))
	}
	doc.Notes, doc.Confirm = a.about, &a.phrase
	e.showTopicChange(g, a, doc, "PREFERRED LEADER")
	a.run = func(ctx context.Context, door *change.Door) error {
		var err error
		if c.New {
			t := change.NewTopic{Name: c.Topic, Replicas: c.Replicas}
			for _, config := range c.Configs() {
				t.Configs = append(t.Configs, [2]string{config.Name, config.Value})
			}
			err = door.CreateTopic(ctx, t, undo)
		} else {
			err = door.AddPartitions(ctx, c.Topic, int(c.First), c.Replicas)
		}
		if err != nil {
			return failed(err)
		}
		e.tell(g, map[string]any{"event": "created", "topic": c.Topic, "partitions": len(c.Replicas)}, fmt.Sprintf("made: %s of %s; measure with %s", format.Count(len(c.Replicas), "partition"), e.safe(c.Topic), g.command("probe")))
		e.done(g)
		return nil
	}
	return a
}

// showTopicChange sets how an action on the probe's topic is shown.
func (e *Env) showTopicChange(g *globals, a *action, doc probeTopicJSON, first string) {
	columns := []view.Column[probePartitionJSON]{
		{Head: "PARTITION", Name: "partition", Right: true, Cell: func(p probePartitionJSON) string { return fmt.Sprint(p.Partition) }},
		{Head: first, Name: "leader", Right: true, Cell: func(p probePartitionJSON) string { return view.IDs(p.Replicas[:min(1, len(p.Replicas))]) }},
		{Head: "REPLICAS", Name: "replicas", Cell: func(p probePartitionJSON) string { return view.IDs(p.Replicas) }},
	}
	a.show = func() error {
		if g.document() {
			return e.document(g, doc)
		}
		if err := table(e, g, columns, doc.Partitions); err != nil {
			return err
		}
		for _, line := range a.about {
			fmt.Fprintln(e.Out, e.safe(line))
		}
		_, err := fmt.Fprintf(e.Out, "nothing is changed yet; the phrase that carries it out: %s\n", e.safe(a.phrase))
		return err
	}
	a.preview = func() error {
		for _, line := range a.about {
			fmt.Fprintln(e.Err, e.safe(line))
		}
		return nil
	}
}

func runProbeRemove(ctx context.Context, env *Env, g *globals, of *probeOptions, o *changeOptions) error {
	src, l, err := env.probeTopic(ctx, g, of, o, "remove")
	if err != nil {
		return err
	}
	if !l.Exists {
		return env.nothingToDo(g, src, l.Topic, fmt.Sprintf("there is no topic %s: there is nothing to delete", l.Topic))
	}
	undo := g.command("probe", "create", "--topic", l.Topic, "--execute")
	doc := probeTopicJSON{Envelope: view.EnvelopeOf(src.snapshot), Topic: l.Topic, Partitions: []probePartitionJSON{}, Configs: map[string]string{}, Undo: &undo}
	for _, p := range l.Partitions {
		doc.Partitions = append(doc.Partitions, probePartitionJSON{p.ID, p.Replicas})
	}
	a := src.action(format.Phrase("probe remove", []string{l.Topic}, "topic", nil, src.name),
		fmt.Sprintf("topic %s is deleted, with its %s and the probe's records in them", l.Topic, format.Count(len(l.Partitions), "partition")))
	a.needs = protocol.ClassADMX
	doc.Notes, doc.Confirm = a.about, &a.phrase
	env.showTopicChange(g, a, doc, "LEADER")
	a.run = func(ctx context.Context, door *change.Door) error {
		if err := door.DeleteTopic(ctx, l.Topic, doc.Partitions, undo); err != nil {
			return failed(err)
		}
		env.tell(g, map[string]any{"event": "deleted", "topic": l.Topic}, "deleted: "+env.safe(l.Topic))
		env.done(g)
		return nil
	}
	return env.perform(ctx, g, o, a)
}
