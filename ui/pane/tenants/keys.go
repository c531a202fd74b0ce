package tenants

import (
	"fmt"
	"slices"
	"strings"

	"kdeck/ops/tenant"
	"kdeck/ui/pane"
	"kdeck/ui/table"
)

// Bindings implements [pane.Screen].
func (p *Pane) Bindings() []pane.Binding {
	id, open := p.Opened()
	switch {
	case p.none():
		return append([]pane.Binding{
			{Keys: []string{"D"}, Help: "put kdeck doctor into the palette: what exporters show", Label: "doctor", Group: pane.Going,
				Do: func() []pane.Effect { return []pane.Effect{pane.Palette{Line: "doctor"}} }},
			{Keys: []string{"O"}, Help: "put kdeck quota observe into the palette", Label: "observe", Group: pane.Going,
				Do: func() []pane.Effect { return []pane.Effect{pane.Palette{Line: "quota observe"}} }},
		}, pane.ListBindings(p.quotas.Table)...)
	case open:
		return append(append(p.sheet.facts.Bindings(), p.doing(p.board.find(id))...), pane.CopyText(func() string {
			text := p.sheet.facts.Text()
			if !p.parts.Levels.Empty() {
				text += "\n" + p.sheet.levels.Text()
			}
			return text
		}, "the detail"))
	}
	if p.Grouped() != "" {
		return p.List.Bindings()
	}
	none := ""
	r, ok := p.Table.Current()
	if !ok {
		none = "there is no usage to open"
	}
	return slices.Concat([]pane.Binding{
		{Keys: []string{"enter", "d"}, Show: "enter", Help: "detail: its brokers, its history, what binds it", Group: pane.Going, Label: "open", Disabled: none,
			Do: func() []pane.Effect { return p.OpenRow(r.id) }},
		{Keys: []string{"!"}, Help: "only what is throttled or near its limit, or everything", Group: pane.OnRows, Label: "near only",
			Do: func() []pane.Effect { return p.ToggleWord("is:near") }},
		p.GroupKey(),
	}, p.doing(r), pane.ListBindings(p.Table))
}

// doing are the keys that put commands about one bucket into the palette.
func (p *Pane) doing(r *tenantRow) []pane.Binding {
	none, noLimit := "", "the limit isn't its own: no record is for its very names"
	switch {
	case r == nil:
		none = "there is no usage"
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
	q := p.Scene.State.Quotas
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

// OpenRow implements [pane.Rows].
func (p *Pane) OpenRow(id table.ID) []pane.Effect {
	p.sheet = tenantSheet{}
	return p.List.OpenRow(id)
}

// Command implements [pane.Screen], as far as a command gives the same answer.
func (p *Pane) Command() []string {
	id, open := p.Opened()
	switch {
	case p.board == nil:
		return []string{"tenants"}
	case p.none() && p.quotas.Table.Total() > 0:
		return []string{"quota", "list"}
	case p.none():
		return []string{"doctor"}
	case open:
		b := bucketOf(id)
		if b.User == "" || b.ClientID == "" { // more than one client: what they use, on each broker
			return []string{"tenants", "--by-broker", "--type", string(b.Type)}
		}
		return []string{"quota", "explain", "--user", b.User, "--client", b.ClientID}
	}
	words := []string{"tenants"}
	for _, t := range p.Terms() {
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
