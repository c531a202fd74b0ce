package tenant

import (
	"regexp"
	"slices"
)

// Rule puts clients and topics to a named tenant. Of clients both expressions must match, and a nil one matches all; a rule
// of neither is for topics alone.
type Rule struct {
	Tenant         string
	User, ClientID *regexp.Regexp
	Topic          *regexp.Regexp // nil: of no topic
}

// Rules are tried in order; the first that matches gives the name.
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

// WithTopics are the tenants that topics are put to, in order.
func (rules Rules) WithTopics() []string {
	var names []string
	for _, r := range rules {
		if r.Topic != nil && !slices.Contains(names, r.Tenant) {
			names = append(names, r.Tenant)
		}
	}
	return names
}
