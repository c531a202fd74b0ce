package tenants

import (
	"fmt"
	"slices"
	"strings"

	"kdeck/ui/pane"

	"kdeck/ops/tenant"
	"kdeck/ui/table"
)

// Bindings implements Pane.
func (p *Pane) Bindings() []pane.Binding {
	if p.none() {
		return append([]pane.Binding{
			{Keys: []string{"D"}, Help: "put kdeck doctor into the palette: what exporters show", Label: "doctor", Group: pane.Going,
				Do: func() []pane.Effect { return []pane.Effect{pane.Palette{Line: "doctor"}} }},
			{Keys: []string{"O"}, Help: "put kdeck quota observe into the palette", Label: "observe", Group: pane.Going,
				Do: func() []pane.Effect { return []pane.Effect{pane.Palette{Line: "quota observe"}} }},
		}, pane.ListBindings(p.quotas)...)
	}
	if p.open {
		return append(append(p.sheet.facts.Bindings(), p.doing(p.board.find(p.openID))...),
			pane.Binding{Keys: []string{"c"}, Help: "copy what is shown", Group: pane.Rows, Do: func() []pane.Effect {
				text := p.sheet.facts.Text()
				if !p.parts.Levels.Empty() {
					text += "\n" + p.sheet.levels.Text()
				}
				return []pane.Effect{pane.Copy{Text: text, What: "the detail"}}
			}})
	}
	group := pane.Binding{Keys: []string{"b"}, Help: "gather by tenant, by type, or not", Group: pane.Rows, Label: "group", Do: func() []pane.Effect {
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
	return slices.Concat([]pane.Binding{
		{Keys: []string{"enter", "d"}, Show: "enter", Help: "detail: its brokers, its history, what binds it", Group: pane.Going, Label: "open", Disabled: none,
			Do: func() []pane.Effect { p.OpenRow(r.id); return nil }},
		{Keys: []string{"!"}, Help: "only what is throttled or near its limit, or everything", Group: pane.Rows, Label: "near only", Do: p.onlyNear},
		group,
	}, p.doing(r), pane.ListBindings(p.table))
}

// doing are the keys that put commands about one bucket into the palette.
func (p *Pane) doing(r *tenantRow) []pane.Binding {
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
	line := func(verb, rest string) func() []pane.Effect {
		return func() []pane.Effect {
			return []pane.Effect{pane.Palette{Line: "quota " + verb + " " + strings.Join(bucketFlags(r), " ") + " " + fmt.Sprintf(rest, r.Type)}}
		}
	}
	return []pane.Binding{
		{Keys: []string{"L"}, Help: "put quota set for it into the palette", Label: "limit", Group: pane.Going, Disabled: none, Do: line("set", "--execute %s=")},
		{Keys: []string{"W"}, Help: "put quota what-if for it into the palette", Label: "what-if", Group: pane.Going, Disabled: none, Do: line("what-if", "%s=")},
		{Keys: []string{"X"}, Help: "put quota remove for it into the palette", Group: pane.Going, Disabled: noLimit, Do: line("remove", "%s --execute")},
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
func (p *Pane) ownLimit(r *tenantRow) bool {
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
func (p *Pane) OpenRow(id table.ID) {
	p.groups.by = ""
	p.table.Seek(id)
	p.open, p.openID, p.sheet = true, id, tenantSheet{}
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

// onlyNear puts is:near into the filter, or takes it out.
func (p *Pane) onlyNear() []pane.Effect {
	return pane.ToggleWord(p, "is:near")
}

// SortColumns are the columns that SortBy takes.
func (p *Pane) SortColumns() []string {
	switch {
	case p.none():
		return pane.ColumnNames(p.quotas)
	case p.groups.by != "":
		return pane.ColumnNames(p.groups.table)
	}
	return pane.ColumnNames(p.table)
}

// SortBy sorts the rows; no column is the pane's own order.
func (p *Pane) SortBy(column string, reverse bool) ([]pane.Effect, error) {
	switch {
	case p.none():
		return pane.SortBy(p.quotas, column, reverse)
	case p.groups.by != "":
		return pane.SortBy(p.groups.table, column, reverse)
	}
	return pane.SortBy(p.table, column, reverse)
}

// Groups are the words that GroupBy takes.
func (p *Pane) Groups() []string { return []string{pane.ByTenant, pane.ByType, "none"} }

// GroupBy gathers buckets by tenant or by type; "none" is flat.
func (p *Pane) GroupBy(by string) ([]pane.Effect, error) {
	if !slices.Contains(p.Groups(), by) {
		return nil, fmt.Errorf("tenants can't be gathered by %q: there are %s", by, strings.Join(p.Groups(), ", "))
	}
	p.open = false
	return p.setBy(by), nil
}

// setBy gathers by something else; what is neither tenant nor type is flat.
func (p *Pane) setBy(by string) []pane.Effect {
	if by != pane.ByTenant && by != pane.ByType {
		by = ""
	}
	p.groups.by = by
	if by == "" || p.board == nil {
		return nil
	}
	return p.groups.set(p.board, p.match())
}

// FilterWords are the words and fields that a filter may name.
func (p *Pane) FilterWords() []string { return append(slices.Clone(tenantWords), typeFilters()...) }

// Words are those of the command that gives the same answer, as far as one does.
func (p *Pane) Words() []string {
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
				if strings.EqualFold(string(k), t.Value) || strings.EqualFold(pane.TypeWord(k), t.Value) {
					words = append(words, "--type", string(k))
				}
			}
		case "broker":
			words = append(words, "--broker", t.Value)
		}
	}
	return words
}
