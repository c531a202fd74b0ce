package tenant

import (
	"regexp"
	"slices"
)

// Rule assigns clients and topics to a named tenant. Both User and ClientID must match a client, and a nil one matches all. A rule
// that has neither is for topics only.
type Rule struct {
	Tenant         string
	User, ClientID *regexp.Regexp
	Topic          *regexp.Regexp // nil: no topic
}

// Rules are tried in order; the first that matches decides.
type Rules []Rule

// Of is the tenant of a series' tags, "" for none.
func (rules Rules) Of(user, client string) string {
	for _, r := range rules {
		if r.User == nil && r.ClientID == nil {
			continue
		}
		if (r.User == nil || r.User.MatchString(user)) && (r.ClientID == nil || r.ClientID.MatchString(client)) {
			return r.Tenant
		}
	}
	return ""
}

// OfTopic is the tenant of a topic, "" for none.
func (rules Rules) OfTopic(name string) string {
	for _, r := range rules {
		if r.Topic != nil && r.Topic.MatchString(name) {
			return r.Tenant
		}
	}
	return ""
}

// WithTopics lists the tenants that topics are assigned to, in order.
func (rules Rules) WithTopics() []string {
	var names []string
	for _, r := range rules {
		if r.Topic != nil && !slices.Contains(names, r.Tenant) {
			names = append(names, r.Tenant)
		}
	}
	return names
}
