package pane

import (
	"fmt"
	"slices"
	"strings"

	"kdeck/ui/table"
)

// Bindings implements Pane.
func (p *Partitions) Bindings() []Binding {
	if p.open {
		return append(p.detail.bindings(),
			Binding{Keys: []string{"c"}, Help: "copy what is shown", Group: Rows, Do: func() []Effect {
				return []Effect{Copy{p.detail.text(), "the detail"}}
			}})
	}
	group := Binding{Keys: []string{"b"}, Help: "gather by topic, missing broker, tenant, or not", Group: Rows, Label: "group", Do: func() []Effect {
		return p.groups.next()
	}}
	if p.groups.by != "" {
		return append(p.groups.bindings(p.enterGroup), group)
	}
	none := ""
	if p.table.Len() == 0 {
		none = "there is no partition to open"
	}
	return append([]Binding{
		{Keys: []string{"enter", "d"}, Show: "enter", Help: "detail", Group: Going, Label: "open", Disabled: none, Do: p.enter},
		{Keys: []string{"!"}, Help: "only what is not ok, or everything", Group: Rows, Label: "bad only", Do: p.onlyBad},
		group,
	}, listBindings(p.table)...)
}

func (p *Partitions) enter() []Effect {
	if r, ok := p.table.Current(); ok {
		p.OpenRow(partitionID(r))
	}
	return nil
}

// OpenRow opens the detail of a partition.
func (p *Partitions) OpenRow(id table.ID) {
	p.groups.by = ""
	p.table.Seek(id)
	p.open, p.openID, p.detail = true, id, page{}
}

// entered is where esc leads back to from the partitions of a group.
type entered struct {
	by, before string // how the groups were gathered and filtered
	with       string // the filter of the one entered
}

func (p *Partitions) enterGroup(filter string) []Effect {
	way := &entered{by: p.groups.by, before: p.filter, with: strings.TrimSpace(p.filter + " " + filter)}
	p.groups.by = ""
	effects, err := p.SetFilter(way.with)
	if err != nil {
		return []Effect{Say{err.Error(), true}}
	}
	p.entered = way
	return effects
}

// onlyBad puts !is:ok into the filter, or takes it out.
func (p *Partitions) onlyBad() []Effect {
	return toggleWord(p, "!is:ok")
}

// SortColumns are the columns that SortBy takes.
func (p *Partitions) SortColumns() []string {
	if p.groups.by != "" {
		return columnNames(p.groups.table)
	}
	return columnNames(p.table)
}

// SortBy sorts the rows; no column is the pane's own order.
func (p *Partitions) SortBy(column string, reverse bool) ([]Effect, error) {
	if p.groups.by != "" {
		return sortBy(p.groups.table, column, reverse)
	}
	return sortBy(p.table, column, reverse)
}

// Groups are the words that GroupBy takes.
func (p *Partitions) Groups() []string { return []string{byTopic, byMissing, byTenant, "none"} }

// GroupBy gathers partitions by topic, by missing broker or by tenant; "none" is flat.
func (p *Partitions) GroupBy(by string) ([]Effect, error) {
	if !slices.Contains(p.Groups(), by) {
		return nil, fmt.Errorf("partitions can't be gathered by %q: there are %s", by, strings.Join(p.Groups(), ", "))
	}
	p.open = false
	return p.groups.setBy(by), nil
}

// FilterWords are the words and fields that a filter may name.
func (p *Partitions) FilterWords() []string { return partitionWords(p.table) }
