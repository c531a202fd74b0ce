package tenant

import (
	"fmt"
	"math"
)

// Level is where a quota stands in Kafka's order of precedence, 1 to 8 (the class comment of ClientQuotaManager); 0 for
// none and for IP addresses, which are limited by records of their own.
type Level int

// UnknownLevel is the level of a limit that isn't known; nor need there be one. Bound.Why says why.
const UnknownLevel Level = -1

// LevelOf is the level of a record.
func LevelOf(e Entity) Level {
	u, c := e.User, e.ClientID
	switch {
	case u.Set && c.Set:
		switch {
		case !u.Default && !c.Default:
			return 1
		case !u.Default:
			return 2
		case !c.Default:
			return 4
		}
		return 5
	case u.Set && !u.Default:
		return 3
	case u.Set:
		return 6
	case c.Set && !c.Default:
		return 7
	case c.Set:
		return 8
	}
	return 0
}

// at is the entity whose record stands at a level for one client.
func at(l Level, user, client string) Entity {
	u, c := Named(user), Named(client)
	switch l {
	case 1:
		return Entity{User: u, ClientID: c}
	case 2:
		return Entity{User: u, ClientID: Default}
	case 3:
		return Entity{User: u}
	case 4:
		return Entity{User: Default, ClientID: c}
	case 5:
		return Entity{User: Default, ClientID: Default}
	case 6:
		return Entity{User: Default}
	case 7:
		return Entity{ClientID: c}
	}
	return Entity{ClientID: Default}
}

// Step is one level that Kafka looks at on the way to a client's limit.
type Step struct {
	Level  Level
	Entity Entity
	Limit  float64
	Hit    bool // there is such a record with a limit of this type
	Binds  bool // it is the first, and so the one that holds
}

// Explain lists the eight levels for one client and one type.
func (q *Quotas) Explain(t Type, user, client string) []Step {
	steps := make([]Step, 8)
	bound := false
	for i := range steps {
		l := Level(i + 1)
		s := Step{Level: l, Entity: at(l, user, client)}
		s.Limit, s.Hit = q.Limit(s.Entity, t)
		s.Binds = s.Hit && !bound
		bound = bound || s.Hit
		steps[i] = s
	}
	return steps
}

// Bound is a limit and where it comes from; the zero Bound is no limit. At UnknownLevel the limit is NaN.
type Bound struct {
	Level  Level
	Entity Entity
	Limit  float64
	Why    string // at UnknownLevel, why it isn't known
}

// unknownBound is a limit of which why says why it isn't known.
func unknownBound(why string) Bound { return Bound{Level: UnknownLevel, Limit: math.NaN(), Why: why} }

// SharedBy says in words which clients share the bucket of a limit with one client.
func (b Bound) SharedBy(t Type, user, client string) string {
	where := "on each broker"
	if t == ControllerMutationRate {
		where = "in the whole cluster"
	}
	switch b.Level {
	case 0:
		return "nobody: there is no limit"
	case 3, 6:
		return fmt.Sprintf("all clients of user %s together, %s", user, where)
	case 7, 8:
		return fmt.Sprintf("all users of client id %s together, %s", client, where)
	}
	return fmt.Sprintf("user %s with client id %s, %s", user, client, where)
}

// Resolve returns the limit of one type that applies to a client: the first of the eight levels that has one. Levels 3 and 6 hold
// for all clients of the user together, the others for each user and client id, or each client id, by itself.
func (q *Quotas) Resolve(t Type, user, client string) (Bound, bool) {
	return q.first(t, user, client, 1, 2, 3, 4, 5, 6, 7, 8)
}

// OfTags is the limit that applies to a series with those tags; "" is a tag that the series doesn't have. The tags that it
// has tell which levels can apply (ClientQuotaManager.quotaLimit): a user alone has 3 or 6, a client id
// alone 7 or 8, both have 1, 2, 4 or 5.
func (q *Quotas) OfTags(t Type, user, client string) (Bound, bool) {
	switch {
	case user != "" && client != "":
		return q.first(t, user, client, 1, 2, 4, 5)
	case user != "":
		return q.first(t, user, client, 3, 6)
	case client != "":
		return q.first(t, user, client, 7, 8)
	}
	return Bound{}, false
}

func (q *Quotas) first(t Type, user, client string, levels ...Level) (Bound, bool) {
	for _, l := range levels {
		e := at(l, user, client)
		if limit, ok := q.Limit(e, t); ok {
			return Bound{Level: l, Entity: e, Limit: limit}, true
		}
	}
	return Bound{}, false
}

// OfIP returns the limit of connections a second that applies to an address: its own, or the default for all.
func (q *Quotas) OfIP(ip string) (Bound, bool) {
	for _, e := range []Entity{{IP: Named(ip)}, {IP: Default}} {
		if limit, ok := q.Limit(e, ConnectionCreationRate); ok {
			return Bound{Entity: e, Limit: limit}, true
		}
	}
	return Bound{}, false
}

// Shape is which tags the series of a type have: that depends on which levels have ever had a quota of this type since
// the broker began (ClientQuotaManager.quotaMetricTags), of which only the present ones are known here.
type Shape int

// The shapes.
const (
	ByClient Shape = iota // only client ids have quotas of this type, or nobody has
	ByUser                // only users have
	ByBoth                // only pairs have
	Mixed                 // each client's series have the tags of the level that binds it; unbound ones the client id alone
)

// ShapeOf is the shape of a type's series.
func (q *Quotas) ShapeOf(t Type) Shape {
	var user, client, both bool
	for _, r := range q.list {
		if _, ok := r.Limits[t]; !ok {
			continue
		}
		switch l := LevelOf(r.Entity); {
		case l == 3 || l == 6:
			user = true
		case l == 7 || l == 8:
			client = true
		case l != 0:
			both = true
		}
	}
	switch {
	case user && !client && !both:
		return ByUser
	case both && !client && !user:
		return ByBoth
	case user || both:
		return Mixed
	}
	return ByClient
}

// Tags are the tags of the series that a client is counted in.
func (q *Quotas) Tags(t Type, user, client string) (userTag, clientTag string) {
	switch q.ShapeOf(t) {
	case ByClient:
		return "", client
	case ByUser:
		return user, ""
	case ByBoth:
		return user, client
	}
	b, _ := q.Resolve(t, user, client)
	switch b.Level {
	case 1, 2, 4, 5:
		return user, client
	case 3, 6:
		return user, ""
	}
	return "", client
}
