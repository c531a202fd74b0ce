package tenant

import "regexp"

// Rule groups clients into a named tenant: a nil expression matches all.
type Rule struct {
	Tenant         string
	User, ClientID *regexp.Regexp
}

// Rules are tried in order; the first that matches gives the name.
type Rules []Rule

// Of is the tenant of a series' tags, "" for none.
func (rules Rules) Of(user, client string) string {
	for _, r := range rules {
		if (r.User == nil || r.User.MatchString(user)) && (r.ClientID == nil || r.ClientID.MatchString(client)) {
			return r.Tenant
		}
	}
	return ""
}
