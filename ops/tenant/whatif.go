package tenant

import (
	"cmp"
	"slices"
)

// Effect is what other quotas would change for one series.
type Effect struct {
	Row
	Before    Bound // the zero Bound: no limit
	Over      float64
	Throttled bool // it uses more than the new limit at this moment
	Loosened  bool // it has a limit now, and would have a higher one or none
	Unsure    bool // its tags don't tell the user or client id that the new level would look at
}

// WhatIf tells which series other quotas would change the limit of, and which of them would be throttled at what they use
// now. A throttled consumer's demand isn't known, only what it was given. The worst come first.
func WhatIf(now, then *Quotas, usages []Usage) []Effect {
	var effects []Effect
	for _, u := range usages {
		before, _ := now.bound(u)
		after, limited := then.bound(u)
		unsure := then.unsure(u) || splits(u, after)
		if before == after && !unsure {
			continue
		}
		e := Effect{Row: Row{Usage: u, Bound: after, Limited: limited}, Before: before, Unsure: unsure}
		if limited && u.Rate > after.Limit {
			e.Throttled, e.Over = true, u.Rate-after.Limit
		}
		e.Loosened = before.Level != 0 && (!limited || after.Limit > before.Limit)
		effects = append(effects, e)
	}
	slices.SortStableFunc(effects, func(a, b Effect) int {
		return cmp.Or(compareBool(!a.Throttled, !b.Throttled), cmp.Compare(b.Over, a.Over), worse(&a.Row, &b.Row))
	})
	return effects
}

// bound is what would bind the clients behind a series, as far as its tags name them: a user alone, whatever the client
// id, and a client id alone, whoever the user. Unlike OfTags it follows the whole order of precedence, because with
// other quotas the series would have other tags.
func (q *Quotas) bound(u Usage) (Bound, bool) {
	switch {
	case u.User != "" && u.ClientID != "":
		return q.Resolve(u.Type, u.User, u.ClientID)
	case u.User != "":
		return q.first(u.Type, u.User, "", 2, 3, 5, 6, 8)
	}
	return q.first(u.Type, "", u.ClientID, 4, 5, 6, 7, 8)
}

// splits tells whether a limit would apply to parts of a series separately: to each client id of a user, or to each user of a
// client id.
func splits(u Usage, b Bound) bool {
	switch b.Level {
	case 2, 8:
		return u.ClientID == ""
	case 4, 6:
		return u.User == ""
	case 5:
		return u.User == "" || u.ClientID == ""
	}
	return false
}

// unsure tells whether a quota of a named user or client id could apply to some of the clients in a series that lacks that tag.
func (q *Quotas) unsure(u Usage) bool {
	if u.User != "" && u.ClientID != "" {
		return false
	}
	for _, r := range q.list {
		if _, ok := r.Limits[u.Type]; !ok {
			continue
		}
		e := r.Entity
		if u.User == "" && e.User.Set && !e.User.Default && (!e.ClientID.Set || e.ClientID.Default || e.ClientID.Name == u.ClientID) {
			return true
		}
		if u.ClientID == "" && e.ClientID.Set && !e.ClientID.Default && (!e.User.Set || e.User.Default || e.User.Name == u.User) {
			return true
		}
	}
	return false
}
