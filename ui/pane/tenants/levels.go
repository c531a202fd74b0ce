package tenants

import (
	"strconv"
	"strings"

	"kdeck/ops/format"
	"kdeck/ops/tenant"
	"kdeck/ops/view"
	"kdeck/ui/cell"
	"kdeck/ui/pane"
)

// levelRecords are the records of one of the eight levels that some client of a bucket could be bound by.
type levelRecords struct {
	entity string // "*" for a half that the bucket's tags don't name
	count  int
	limit  float64 // of the last one
}

// levels are what the quota records say of one bucket, kept while the records stay the same.
type levels struct {
	quotas *tenant.Quotas
	of     tenantKey
	at     [9]levelRecords // by level
}

type tenantKey struct {
	kind         tenant.Type
	user, client string
}

// level tells of each half of a level's entity whether it is a name, the default, or not there.
func levelParts(l tenant.Level) (user, client string) {
	const name, all = "name", "<default>"
	return [...]string{"", name, name, name, all, all, all, "", ""}[l], [...]string{"", name, all, "", name, all, "", name, all}[l]
}

// levelEntity writes who the records of a level are for.
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

// levelsOf looks at all records for one bucket.
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

// shaped tells whether a level can bind a series with those tags (ClientQuotaManager.quotaLimit).
func shaped(l tenant.Level, of tenantKey) bool {
	u, c := levelParts(l)
	return (u != "") == (of.user != "") && (c != "") == (of.client != "")
}

// apart tells whether clients of the bucket's user, or users of its client id, that have a record of that level are
// counted in buckets of their own: the level comes before the one that binds the bucket.
func apart(l tenant.Level, r *tenantRow) bool { return r.Level == 0 || l < r.Level }

// describe adds the eight levels to a page.
func (ls *levels) describe(to *pane.Page, r *tenantRow, arrow rune) {
	to.Head("QUOTA LEVELS of " + string(r.Type) + ": the first that is there binds")
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
		case r.Limited && l == r.Level:
			mark, style, what = string(arrow), cell.Strong, view.Amount(r.Type, r.Limit)+"  binds"
		case shaped(l, ls.of):
			what = view.Amount(r.Type, at.limit) + "  passed over: level " + strconv.Itoa(int(r.Level)) + " comes first"
		case apart(l, r):
			what = format.Count(at.count, "record") + ": whom they bind is counted apart"
		default:
			what = format.Count(at.count, "record") + ", passed over"
		}
		to.Say(style.Span(mark+" "+strconv.Itoa(int(l))+" "+at.entity+pane.Blanks(max(width-len(at.entity), 0)+2)), style.Span(what))
	}
}

// mates says who is counted in a bucket.
func (r *tenantRow) mates() string {
	where := "on each broker by itself"
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
