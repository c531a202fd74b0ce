package tenants

import (
	"strconv"
	"strings"

	"kdeck/ops/format"
	"kdeck/ops/tenant"
	"kdeck/ui/cell"
	"kdeck/ui/pane"
)

// levelRecords are the quota records of one level that could apply to a client of a usage.
type levelRecords struct {
	entity string // "*" for a user or client id that the usage doesn't name
	count  int
	limit  float64 // of the last record
}

// levels are the quota records that could apply to one usage. They are kept while the records stay the same.
type levels struct {
	quotas *tenant.Quotas
	of     tenantKey
	at     [9]levelRecords // by level
}

type tenantKey struct {
	kind         tenant.Type
	user, client string
}

// levelParts returns what the user and the client id of a level's entity are: a name, the default, or nothing.
func levelParts(l tenant.Level) (user, client string) {
	const name, all = "name", "<default>"
	return [...]string{"", name, name, name, all, all, all, "", ""}[l], [...]string{"", name, all, "", name, all, "", name, all}[l]
}

// levelEntity returns the entity of a level as Kafka writes it, with the names of a usage.
func levelEntity(l tenant.Level, user, client string) string {
	var parts []string
	u, c := levelParts(l)
	for _, half := range [...]struct{ kind, part, tag string }{{"users/", u, user}, {"clients/", c, client}} {
		switch {
		case half.part == "":
		case half.part != "name":
			parts = append(parts, half.kind+half.part)
		case half.tag == "":
			parts = append(parts, half.kind+"*")
		default:
			parts = append(parts, half.kind+tenant.Entity{User: tenant.Named(half.tag)}.String()[len("users/"):])
		}
	}
	return strings.Join(parts, "/")
}

// levelsOf finds the quota records that could apply to a usage.
func levelsOf(q *tenant.Quotas, of tenantKey) levels {
	ls := levels{quotas: q, of: of}
	for l := tenant.Level(1); l <= 8; l++ {
		ls.at[l].entity = levelEntity(l, of.user, of.client)
	}
	names := func(p tenant.Part, tag string) bool { return !p.Set || p.Default || tag == "" || p.Name == tag }
	for _, r := range q.List() {
		limit, ok := r.Limits[of.kind]
		l := tenant.LevelOf(r.Entity)
		if ok && l > 0 && names(r.Entity.User, of.user) && names(r.Entity.ClientID, of.client) {
			ls.at[l].count++
			ls.at[l].limit = limit
		}
	}
	return ls
}

// applicable tells whether a level can apply to a usage with those names (ClientQuotaManager.quotaLimit).
func applicable(l tenant.Level, of tenantKey) bool {
	u, c := levelParts(l)
	return (u != "") == (of.user != "") && (c != "") == (of.client != "")
}

// separate tells whether the clients to which a record of that level applies are counted separately: the level comes before
// the one that applies to the usage.
func separate(l tenant.Level, r *tenantRow) bool { return r.Level == 0 || l < r.Level }

// describe adds the eight levels to a page.
func (ls *levels) describe(to *pane.Page, r *tenantRow, arrow rune) {
	to.Head("QUOTA LEVELS of " + string(r.Type) + ": first match wins")
	width := 0
	for l := 1; l <= 8; l++ {
		width = max(width, len(ls.at[l].entity))
	}
	width = min(width, 34)
	for l := tenant.Level(1); l <= 8; l++ {
		at := &ls.at[l]
		mark, style := " ", cell.Plain
		what := "none"
		switch {
		case at.count == 0:
			style = cell.Faint
		case r.Level == tenant.UnknownLevel:
			what = format.Count(at.count, "record") + " that may apply"
		case r.Limited && l == r.Level:
			mark, style, what = string(arrow), cell.Strong, r.Type.Amount(r.Limit)+"  applies"
		case applicable(l, ls.of):
			what = r.Type.Amount(at.limit) + "  not used: level " + strconv.Itoa(int(r.Level)) + " comes first"
		case separate(l, r):
			what = format.Count(at.count, "record") + ": their clients are counted separately"
		default:
			what = format.Count(at.count, "record") + ", not used"
		}
		to.Say(style.Span(mark+" "+strconv.Itoa(int(l))+" "+at.entity+pane.Blanks(max(width-len(at.entity), 0)+2)), style.Span(what))
	}
}

// sharers says which clients share the limit.
func (r *tenantRow) sharers() string {
	where := "on each broker separately"
	if r.Type == tenant.ControllerMutationRate {
		where = "in the whole cluster"
	}
	switch {
	case r.ClientID == "":
		return "all clients of user " + r.User + ", " + where
	case r.User == "":
		return "all users of client id " + r.ClientID + ", " + where
	}
	return "user " + r.User + " with client id " + r.ClientID + ", " + where
}
