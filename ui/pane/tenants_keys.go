package pane

import (
	"fmt"
	"slices"
	"strings"

	"kdeck/ops/tenant"
	"kdeck/ui/table"
)

// Bindings implements Pane.
func (p *Tenants) Bindings() []Binding {
	if p.none() {
		return append([]Binding{
			{Keys: []string{"D"}, Help: "put kdeck doctor into the palette: what exporters show", Label: "doctor", Group: Going,
				Do: func() []Effect { return []Effect{Palette{"doctor"}} }},
			{Keys: []string{"O"}, Help: "put kdeck quota observe into the palette", Label: "observe", Group: Going,
				Do: func() []Effect { return []Effect{Palette{"quota observe"}} }},
		}, listBindings(p.quotas)...)
	}
	if p.open {
		return append(append(p.sheet.facts.bindings(), p.doing(p.board.find(p.openID))...),
			Binding{Keys: []string{"c"}, Help: "copy what is shown", Group: Rows, Do: func() []Effect {
				text := p.sheet.facts.text()
				if !p.parts.Levels.Empty() {
					text += "\n" + p.sheet.levels.text()
				}
				return []Effect{Copy{text, "the detail"}}
			}})
	}
	group := Binding{Keys: []string{"b"}, Help: "gather by tenant, by type, or not", Group: Rows, Label: "group", Do: func() []Effect {
		return p.setBy(p.groups.next())
	}}
	if p.groups.by != "" {
		return append(p.groups.bindings(p.enterGroup), group)
	}
	none := ""
	r, ok := p.table.Current()
	if !ok {
		none = "there is no bucket to open"
	}
	return slices.Concat([]Binding{
		{Keys: []string{"enter", "d"}, Show: "enter", Help: "detail: its brokers, its history, what binds it", Group: Going, Label: "open", Disabled: none,
			Do: func() []Effect { p.OpenRow(r.id); return nil }},
		{Keys: []string{"!"}, Help: "only what is throttled or near its limit, or everything", Group: Rows, Label: "near only", Do: p.onlyNear},
		group,
	}, p.doing(r), listBindings(p.table))
}

// doing are the keys that put commands about one bucket into the palette.
func (p *Tenants) doing(r *tenantRow) []Binding {
	none, noLimit := "", "the limit isn't its own: no record is for its very names"
	switch {
	case r == nil:
		none = "there is no bucket"
	case r.Worst.Approximate:
		none = "its names are only approximate: a quota would be for somebody else"
	case strings.ContainsAny(r.User+r.ClientID, " \t\n\r\v\f\u0085\u00a0"):
		none = "the palette can't take a name with blanks; C copies the command for a shell"
	case p.ownLimit(r):
		noLimit = ""
	}
	if none != "" {
		noLimit = none
	}
	line := func(verb, rest string) func() []Effect {
		return func() []Effect {
			return []Effect{Palette{"quota " + verb + " " + strings.Join(bucketFlags(r), " ") + " " + fmt.Sprintf(rest, r.Type)}}
		}
	}
	return []Binding{
		{Keys: []string{"L"}, Help: "put quota set for it into the palette", Label: "limit", Group: Going, Disabled: none, Do: line("set", "--execute %s=")},
		{Keys: []string{"W"}, Help: "put quota what-if for it into the palette", Label: "what-if", Group: Going, Disabled: none, Do: line("what-if", "%s=")},
		{Keys: []string{"X"}, Help: "put quota remove for it into the palette", Group: Going, Disabled: noLimit, Do: line("remove", "%s --execute")},
	}
}

// bucketFlags are the words that name a bucket's own record, as kdeck quota takes them.
func bucketFlags(r *tenantRow) []string {
	var words []string
	if r.User != "" {
		words = append(words, "--user", r.User)
	}
	if r.ClientID != "" {
		words = append(words, "--client", r.ClientID)
	}
	return words
}

// ownLimit tells whether there is a record for the very names of a bucket with a limit of its type.
func (p *Tenants) ownLimit(r *tenantRow) bool {
	q := p.scene.State.Quotas
	if !q.Known {
		return false
	}
	var e tenant.Entity
	if r.User != "" {
		e.User = tenant.Named(r.User)
	}
	if r.ClientID != "" {
		e.ClientID = tenant.Named(r.ClientID)
	}
	_, ok := q.Value.Limit(e, r.Type)
	return ok
}

// OpenRow opens the detail of a bucket.
func (p *Tenants) OpenRow(id table.ID) {
	p.groups.by = ""
	p.table.Seek(id)
	p.open, p.openID, p.sheet = true, id, tenantSheet{}
}

func (p *Tenants) enterGroup(filter string) []Effect {
	way := &entered{by: p.groups.by, before: p.filter, with: strings.TrimSpace(p.filter + " " + filter)}
	p.groups.by = ""
	effects, err := p.SetFilter(way.with)
	if err != nil {
		return []Effect{Say{err.Error(), true}}
	}
	p.entered = way
	return effects
}

// onlyNear puts is:near into the filter, or takes it out.
func (p *Tenants) onlyNear() []Effect {
	return toggleWord(p, "is:near")
}

// SortColumns are the columns that SortBy takes.
func (p *Tenants) SortColumns() []string {
	switch {
	case p.none():
		return columnNames(p.quotas)
	case p.groups.by != "":
		return columnNames(p.groups.table)
	}
	return columnNames(p.table)
}

// SortBy sorts the rows; no column is the pane's own order.
func (p *Tenants) SortBy(column string, reverse bool) ([]Effect, error) {
	switch {
	case p.none():
		return sortBy(p.quotas, column, reverse)
	case p.groups.by != "":
		return sortBy(p.groups.table, column, reverse)
	}
	return sortBy(p.table, column, reverse)
}

// Groups are the words that GroupBy takes.
func (p *Tenants) Groups() []string { return []string{byTenant, byType, "none"} }

// GroupBy gathers buckets by tenant or by type; "none" is flat.
func (p *Tenants) GroupBy(by string) ([]Effect, error) {
	if !slices.Contains(p.Groups(), by) {
		return nil, fmt.Errorf("tenants can't be gathered by %q: there are %s", by, strings.Join(p.Groups(), ", "))
	}
	p.open = false
	return p.setBy(by), nil
}

// setBy gathers by something else; what is neither tenant nor type is flat.
func (p *Tenants) setBy(by string) []Effect {
	if by != byTenant && by != byType {
		by = ""
	}
	p.groups.by = by
	if by == "" || p.board == nil {
		return nil
	}
	return p.groups.set(p.board, p.match())
}

// FilterWords are the words and fields that a filter may name.
func (p *Tenants) FilterWords() []string { return append(slices.Clone(tenantWords), typeFilters()...) }

// Words are those of the command that gives the same answer, as far as one does.
func (p *Tenants) Words() []string {
	switch {
	case p.board == nil:
		return []string{"tenants"}
	case p.none() && p.listed != nil && p.quotas.Total() > 0:
		return []string{"quota", "list"}
	case p.none():
		return []string{"doctor"}
	case p.open:
		kind, rest, _ := strings.Cut(p.openID.Name, "\x00")
		user, client, _ := strings.Cut(rest, "\x00")
		words := []string{"quota", "explain"}
		if user != "" {
			words = append(words, "--user", user)
		}
		if client != "" {
			words = append(words, "--client", client)
		}
		if user == "" || client == "" { // a bucket of more than one client: what it uses, on each broker
			return []string{"tenants", "--by-broker", "--type", kind}
		}
		return words
	}
	words := []string{"tenants"}
	for _, t := range p.terms {
		if t.Not || t.Re != nil {
			continue
		}
		switch t.Field {
		case "type":
			for _, k := range tenant.Types {
				if strings.EqualFold(string(k), t.Value) || strings.EqualFold(typeWord(k), t.Value) {
					words = append(words, "--type", string(k))
				}
			}
		case "broker":
			words = append(words, "--broker", t.Value)
		}
	}
	return words
}
