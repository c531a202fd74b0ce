package subcmd

import (
	"fmt"
	"slices"

	"kdeck/ops/plan"
	"kdeck/ops/view"
)

type whyJSON struct {
	view.Envelope
	Topic     string      `json:"topic"`
	Partition int32       `json:"partition"`
	Before    []int32     `json:"before"`
	After     []int32     `json:"after"`   // the same as before where it doesn't change
	Because   []string    `json:"because"` // stages, in their words
	Stuck     *plan.Stuck `json:"stuck"`   // null where it can be moved
}

// showWhy says which stages the change of one partition serves.
func showWhy(env *Env, g *globals, src *source, p *plan.Proposal, o *planOptions) error {
	at, _ := src.snapshot.FindPartition(o.why.topic, o.why.id)
	now := at.AppendLasting([]int32{})
	doc := whyJSON{
		Envelope: view.EnvelopeOf(src.snapshot), Topic: o.why.topic, Partition: o.why.id, Before: now, After: now, Because: []string{},
	}
	if i, ok := p.Find(o.why.topic, o.why.id); ok {
		doc.After, doc.Because = p.Partitions[i].Replicas, append(doc.Because, p.Because[i]...)
	}
	for i := range p.Header.Stuck {
		if s := &p.Header.Stuck[i]; s.Topic == o.why.topic && s.Partition == o.why.id {
			doc.Stuck = s
		}
	}
	if g.document() {
		return env.document(g, doc)
	}
	fmt.Fprintln(env.Out, env.safe(doc.sentence()))
	for _, stage := range doc.Because {
		fmt.Fprintf(env.Out, "because of %s\n", env.safe(stage))
	}
	return nil
}

func (d *whyJSON) sentence() string {
	name := fmt.Sprintf("%s/%d", d.Topic, d.Partition)
	switch {
	case d.Stuck != nil:
		return fmt.Sprintf("%s can't be moved from %s: %s", name, view.IDs(d.Before), d.Stuck.Why)
	case len(d.Because) == 0:
		return fmt.Sprintf("%s stays on %s: no stage needs it to change", name, view.IDs(d.Before))
	}
	left, come := missing(d.Before, d.After), missing(d.After, d.Before)
	how := fmt.Sprintf("%s in place of %s", view.IDs(come), view.IDs(left))
	switch {
	case slices.Equal(d.Before, d.After):
		return fmt.Sprintf("%s keeps its replicas (%s), and its preferred leader is elected", name, view.IDs(d.Before))
	case len(left)+len(come) == 0:
		how = "the order changes, and no data moves"
	case len(come) == 0:
		how = view.IDs(left) + " goes, and no data moves"
	case len(left) == 0:
		how = view.IDs(come) + " comes"
	}
	return fmt.Sprintf("%s goes from %s to %s: %s", name, view.IDs(d.Before), view.IDs(d.After), how)
}

// missing returns the elements of list that from lacks.
func missing(list, from []int32) []int32 {
	return slices.DeleteFunc(slices.Clone(list), func(id int32) bool { return slices.Contains(from, id) })
}
