package tenants

import (
	"slices"
	"strings"

	"kdeck/ops/format"
	"kdeck/ui/pane"
)

// leads returns the keys that lead to the topics of a tenant and to the groups that read these. name is "" for none.
func (p *Pane) leads(name string) []pane.Binding {
	none := ""
	switch {
	case name == "":
		none = "it belongs to no tenant of the context's rules"
	case !slices.ContainsFunc(p.Scene.TenantRules().WithTopics(), func(of string) bool { return strings.EqualFold(of, name) }):
		none = "no rule of the context puts topics to " + name
	}
	open := func(to string) func() []pane.Effect {
		return func() []pane.Effect {
			return []pane.Effect{pane.Open{Pane: to, Filter: "tenant:" + format.FilterValue(name)}}
		}
	}
	return []pane.Binding{
		{Keys: []string{"t"}, Help: "the topics of its tenant", Group: pane.Going, Label: "topics", Disabled: none, Do: open("topics")},
		{Keys: []string{"o"}, Help: "the groups that read topics of its tenant", Group: pane.Going, Label: "groups", Disabled: none, Do: open("groups")},
	}
}

// leadsOfGroup returns the same of the tenant under the cursor, where usages are grouped by tenant.
func (p *Pane) leadsOfGroup() []pane.Binding {
	filter, ok := p.CurrentGroup()
	name, byTenant := strings.CutPrefix(filter, "tenant:")
	if !ok || !byTenant || p.Grouped() != "tenant" {
		return nil
	}
	for _, of := range p.Scene.TenantRules().WithTopics() {
		if format.FilterValue(of) == name {
			return p.leads(of)
		}
	}
	return p.leads("")
}
