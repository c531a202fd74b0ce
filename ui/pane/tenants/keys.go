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
			{Keys: []string{"D"}, Help: "put kdeck doctor into the palette: it shows what exporters tell", Label: "doctor", Group: pane.Going,
				Do: func() []pane.Effect { return []pane.Effect{pane.Palette{Line: "doctor"}} }},
			{Keys: []string{"O"}, Help: "put kdeck quota observe into the palette", Label: "observe", Group: pane.Going,
				Do: func() []pane.Effect { return []pane.Effect{pane.Palette{Line: "quota observe"}} }},
		}, p.quotas.ListKeys()...)
	case open:
		return append(slices.Concat(p.detail.facts.Bindings(), p.quotaKeys(p.usage.find(id)), p.leads(tenantOf(p.usage.find(id)))), pane.CopyText(func() string {
			text := p.detail.facts.Text()
			if !p.parts.Levels.Empty() {
				text += "\n" + p.detail.levels.Text()
			}
			return text
		}, "the detail"))
	}
	if p.Grouped() != "" {
		return append(p.List.Bindings(), p.leadsOfGroup()...)
	}
	none := ""
	r, ok := p.Table.Current()
	if !ok {
		none = "there is no usage to open"
	}
	return slices.Concat([]pane.Binding{
		{Keys: []string{"enter", "d"}, Show: "enter", Help: "open the detail: brokers, history, quota levels", Group: pane.Going, Label: "open", Disabled: none,
			Do: func() []pane.Effect { return p.OpenRow(r.id) }},
		{Keys: []string{"!"}, Help: "only usages that are throttled or near their limit, or all", Group: pane.OnRows, Label: "near only",
			Do: func() []pane.Effect { return p.ToggleWord("is:near") }},
		p.GroupKey(),
	}, p.quotaKeys(r), p.leads(tenantOf(r)), p.ListKeys())
}

// tenantOf is the tenant of a usage, "" for none.
func tenantOf(r *tenantRow) string {
	if r == nil {
		return ""
	}
	return r.Tenant
}

// quotaKeys returns the keys that put a command about the quota of a usage into the palette.
func (p *Pane) quotaKeys(r *tenantRow) []pane.Binding {
	none, noLimit := "", "its limit comes from a quota record of another level"
	switch {
	case r == nil:
		none = "there is no usage"
	case r.Worst.Approximate:
		none = "its names are only approximate: the quota could be for another client"
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
			return []pane.Effect{pane.Palette{Line: "quota " + verb + " " + strings.Join(quotaFlags(r), " ") + " " + fmt.Sprintf(rest, r.Type)}}
		}
	}
	return []pane.Binding{
		{Keys: []string{"L"}, Help: "set a limit: put quota set into the palette", Label: "limit", Group: pane.Going, Disabled: none, Do: line("set", "--execute %s=")},
		{Keys: []string{"W"}, Help: "what a limit would do: put quota what-if into the palette", Label: "what-if", Group: pane.Going, Disabled: none, Do: line("what-if", "%s=")},
		{Keys: []string{"X"}, Help: "remove its limit: put quota remove into the palette", Group: pane.Going, Disabled: noLimit, Do: line("remove", "%s --execute")},
	}
}

// quotaFlags returns the flags of kdeck quota that name the quota record with the usage's own names.
func quotaFlags(r *tenantRow) []string {
	var words []string
	if r.User != "" {
		words = append(words, "--user", r.User)
	}
	if r.ClientID != "" {
		words = append(words, "--client", r.ClientID)
	}
	return words
}

// ownLimit tells whether a quota record with the usage's own names has a limit of its type.
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
	p.detail = detail{}
	return p.List.OpenRow(id)
}

// Command implements [pane.Screen].
func (p *Pane) Command() []string {
	id, open := p.Opened()
	switch {
	case p.usage == nil:
		return []string{"tenants"}
	case p.none() && p.quotas.Table.Total() > 0:
		return []string{"quota", "list"}
	case p.none():
		return []string{"doctor"}
	case open:
		b := bucketOf(id)
		if b.User == "" || b.ClientID == "" { // kdeck quota explain takes a pair only
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
