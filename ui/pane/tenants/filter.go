package tenants

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"kdeck/ops/tenant"
	"kdeck/ops/view"
	"kdeck/ui/pane"
)

// tenantSubject is what a filter tests: a usage or a limit of a quota record.
type tenantSubject struct {
	user, client, tenant string // "" for none
	kind                 tenant.Type
	row                  *tenantRow // nil for a quota record
}

// tenantIs are the words behind "is:". A filter may name throttled and limited without "is:".
var tenantIs = map[string]func(*tenantRow) bool{
	"throttled":   func(r *tenantRow) bool { return r.Throttling > 0 },
	"near":        func(r *tenantRow) bool { return r.standing <= tenant.Heavy },
	"limited":     func(r *tenantRow) bool { return r.Limited },
	"approximate": func(r *tenantRow) bool { return r.Worst.Approximate },
}

// tenantWords are the words and fields of a filter.
var tenantWords = []string{"throttled", "limited", "is:throttled", "is:near", "is:limited", "is:approximate",
	"user:", "client:", "client_id:", "type:", "tenant:", "broker:"}

// matchTenants makes a test of a filter. A word without a field is looked for in user, client id, tenant and type.
func matchTenants(f view.Filter) (func(tenantSubject) bool, error) {
	tests := make([]func(tenantSubject) bool, len(f))
	for i, t := range f {
		test, err := matchTenant(t)
		if err != nil {
			return nil, err
		}
		tests[i] = func(s tenantSubject) bool { return test(s) != t.Not }
	}
	return func(s tenantSubject) bool {
		for _, test := range tests {
			if !test(s) {
				return false
			}
		}
		return true
	}, nil
}

func matchTenant(t view.Term) (func(tenantSubject) bool, error) {
	equal := func(s string) bool {
		if t.Re != nil {
			return t.Re.MatchString(s)
		}
		return strings.EqualFold(s, t.Value)
	}
	is := func(word string) func(tenantSubject) bool {
		test := tenantIs[word]
		return func(s tenantSubject) bool { return s.row != nil && test(s.row) }
	}
	switch t.Field {
	case "":
		if t.Re == nil && (t.Value == "throttled" || t.Value == "limited") {
			return is(t.Value), nil
		}
		contains := func(s string) bool {
			if t.Re != nil {
				return t.Re.MatchString(s)
			}
			return strings.Contains(strings.ToLower(s), t.Value)
		}
		return func(s tenantSubject) bool {
			return contains(s.user) || contains(s.client) || contains(s.tenant) || contains(string(s.kind)) || contains(pane.TypeWord(s.kind))
		}, nil
	case "user":
		return func(s tenantSubject) bool { return equal(pane.Dashed(s.user)) }, nil
	case "client", "client_id":
		return func(s tenantSubject) bool { return equal(pane.Dashed(s.client)) }, nil
	case "tenant":
		return func(s tenantSubject) bool { return equal(pane.Dashed(s.tenant)) }, nil
	case "type":
		if t.Re == nil && !slices.ContainsFunc(tenant.Types, func(k tenant.Type) bool { return equal(string(k)) || equal(pane.TypeWord(k)) }) {
			return nil, &view.FieldError{Word: "type:" + t.Value, Known: typeFilters()}
		}
		return func(s tenantSubject) bool { return equal(string(s.kind)) || equal(pane.TypeWord(s.kind)) }, nil
	case "is":
		word := strings.ToLower(t.Value)
		if tenantIs[word] == nil {
			return nil, &view.FieldError{Word: "is:" + t.Value, Known: []string{"is:throttled", "is:near", "is:limited", "is:approximate"}}
		}
		return is(word), nil
	case "broker":
		id, err := strconv.ParseInt(t.Value, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("filter: broker:%s is not a broker id", t.Value)
		}
		return func(s tenantSubject) bool { return s.row != nil && s.row.on(int32(id)) != nil }, nil
	}
	return nil, &view.FieldError{Word: t.Field + ":", Known: tenantWords}
}

func typeFilters() []string {
	words := make([]string, len(tenant.Types))
	for i, t := range tenant.Types {
		words[i] = "type:" + pane.TypeWord(t)
	}
	return words
}

func (r *tenantRow) subject() tenantSubject {
	return tenantSubject{user: r.User, client: r.ClientID, tenant: r.Tenant, kind: r.Type, row: r}
}

// quotaSubject returns what a filter tests of a quota record.
func quotaSubject(q view.QuotaRow, rules tenant.Rules) tenantSubject {
	name := func(p tenant.Part) string {
		if p.Set {
			return p.String()
		}
		return ""
	}
	s := tenantSubject{user: name(q.Entity.User), client: name(q.Entity.ClientID), kind: q.Type}
	s.tenant = rules.Of(s.user, s.client)
	return s
}
