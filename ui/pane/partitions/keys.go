package partitions

import (
	"fmt"
	"slices"
	"strings"

	"kdeck/ui/pane"

	"kdeck/ui/table"
)

// Bindings implements Pane.
func (p *Pane) Bindings() []pane.Binding {
	if p.open {
		return append(p.detail.Bindings(),
			pane.Binding{Keys: []string{"c"}, Help: "copy what is shown", Group: pane.Rows, Do: func() []pane.Effect {
				return []pane.Effect{pane.Copy{Text: p.detail.Text(), What: "the detail"}}
			}})
	}
	group := pane.Binding{Keys: []string{"b"}, Help: "gather by topic, missing broker, tenant, or not", Group: pane.Rows, Label: "group", Do: func() []pane.Effect {
		return p.groups.next()
	}}
	if p.groups.by != "" {
		return append(p.groups.bindings(p.enterGroup), group)
	}
	none := ""
	if p.table.Len() == 0 {
		none = "there is no partition to open"
	}
	return append([]pane.Binding{
		{Keys: []string{"enter", "d"}, Show: "enter", Help: "detail", Group: pane.Going, Label: "open", Disabled: none, Do: p.enter},
		{Keys: []string{"!"}, Help: "only what is not ok, or everything", Group: pane.Rows, Label: "bad only", Do: p.onlyBad},
		group,
	}, pane.ListBindings(p.table)...)
}

func (p *Pane) enter() []pane.Effect {
	if r, ok := p.table.Current(); ok {
		p.OpenRow(pane.PartitionID(r))
	}
	return nil
}

// OpenRow opens the detail of a partition.
func (p *Pane) OpenRow(id table.ID) {
	p.groups.by = ""
	p.table.Seek(id)
	p.open, p.openID, p.detail = true, id, pane.Page{}
}

func (p *Pane) enterGroup(filter string) []pane.Effect {
	way := &pane.Entered{By: p.groups.by, Before: p.filter, With: strings.TrimSpace(p.filter + " " + filter)}
	p.groups.by = ""
	effects, err := p.SetFilter(way.With)
	if err != nil {
		return []pane.Effect{pane.Say{Text: err.Error(), Bad: true}}
	}
	p.entered = way
	return effects
}

// onlyBad puts !is:ok into the filter, or takes it out.
func (p *Pane) onlyBad() []pane.Effect {
	return pane.ToggleWord(p, "!is:ok")
}

// SortColumns are the columns that SortBy takes.
func (p *Pane) SortColumns() []string {
	if p.groups.by != "" {
		return pane.ColumnNames(p.groups.table)
	}
	return pane.ColumnNames(p.table)
}

// SortBy sorts the rows; no column is the pane's own order.
func (p *Pane) SortBy(column string, reverse bool) ([]pane.Effect, error) {
	if p.groups.by != "" {
		return pane.SortBy(p.groups.table, column, reverse)
	}
	return pane.SortBy(p.table, column, reverse)
}

// Groups are the words that GroupBy takes.
func (p *Pane) Groups() []string { return []string{byTopic, byMissing, pane.ByTenant, "none"} }

// GroupBy gathers partitions by topic, by missing broker or by tenant; "none" is flat.
func (p *Pane) GroupBy(by string) ([]pane.Effect, error) {
	if !slices.Contains(p.Groups(), by) {
		return nil, fmt.Errorf("partitions can't be gathered by %q: there are %s", by, strings.Join(p.Groups(), ", "))
	}
	p.open = false
	return p.groups.setBy(by), nil
}

// FilterWords are the words and fields that a filter may name.
func (p *Pane) FilterWords() []string { return pane.PartitionWords(p.table) }
