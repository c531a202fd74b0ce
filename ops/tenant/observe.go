package tenant

import (
	"fmt"
	"math"
	"strings"
)

// observer is the name of the record that makes brokers count clients. Nobody has that name, so nobody is ever limited.
const observer = "__kdeck_observe__"

// IsObserver tells whether a user or client id in a record is nobody's: it only makes brokers count.
func IsObserver(name string) bool { return name == observer }

// observeLimit is no limit, in percent of one thread: a broker has hundreds of threads at most.
const observeLimit = 100000

// Observable are the shapes by which brokers can be made to count clients.
var Observable = []Shape{ByUser, ByClient, ByBoth}

// observed is the entity of the record that makes brokers count clients by that shape.
func observed(by Shape) Entity {
	switch by {
	case ByUser:
		return Entity{User: Named(observer)}
	case ByClient:
		return Entity{ClientID: Named(observer)}
	}
	return Entity{User: Named(observer), ClientID: Named(observer)}
}

// Observed tells by which shape a record of [Quotas.Observe] makes the brokers count clients.
func (q *Quotas) Observed() (by Shape, ok bool) {
	for _, by := range Observable {
		if _, ok := q.Limit(observed(by), RequestPercentage); ok {
			return by, true
		}
	}
	return 0, false
}

// Observe is the change that makes every broker count the thread time of each client, and limits nobody. A broker counts
// only where a request_percentage quota exists. Where other such quotas would change what is counted, it is an error.
func (q *Quotas) Observe(by Shape) (Change, error) {
	if other, ok := q.Observed(); ok {
		return Change{}, fmt.Errorf("the brokers count clients by %s already: kdeck tenants shows them, kdeck quota observe --off ends it", other)
	}
	if q.Any(RequestPercentage) {
		if q.ShapeOf(RequestPercentage) == by {
			return Change{}, fmt.Errorf("there are request_percentage quotas at that level already, so brokers count by %s: kdeck tenants shows it", by)
		}
		return Change{}, fmt.Errorf("there are request_percentage quotas at another level (kdeck quota list). With one more by %s, brokers would count "+
			"clients without a quota by client id alone, all users together: nothing is changed", by)
	}
	return q.Change(observed(by), map[Type]float64{RequestPercentage: observeLimit})
}

// Unobserve is the change that removes the record of [Quotas.Observe].
func (q *Quotas) Unobserve() (Change, error) {
	by, ok := q.Observed()
	if !ok {
		return Change{}, fmt.Errorf("the cluster has no record for %s: kdeck does not observe it", observer)
	}
	return q.Change(observed(by), map[Type]float64{RequestPercentage: math.NaN()})
}

// String is the shape as kdeck quota observe takes it.
func (s Shape) String() string {
	switch s {
	case ByUser:
		return "user"
	case ByClient:
		return "client"
	case ByBoth:
		return "both"
	}
	return "mixed"
}

// Anonymous tells from a broker's configs whether its listeners let clients in without saying who they are; all users are
// ANONYMOUS then. Listeners of controllers don't count. known is false where the configs don't tell.
func Anonymous(configs map[string]string) (anonymous, known bool) {
	protocols := map[string]string{}
	for pair := range strings.SplitSeq(configs["listener.security.protocol.map"], ",") {
		name, protocol, _ := strings.Cut(strings.TrimSpace(pair), ":")
		protocols[strings.ToUpper(name)] = protocol
	}
	controllers := "," + strings.ToUpper(configs["controller.listener.names"]) + ","
	for listener := range strings.SplitSeq(configs["listeners"], ",") {
		name, _, ok := strings.Cut(strings.TrimSpace(listener), "://")
		if !ok || strings.Contains(controllers, ","+strings.ToUpper(name)+",") {
			continue
		}
		known = true
		switch p := strings.ToUpper(protocols[strings.ToUpper(name)]); {
		case strings.HasPrefix(p, "SASL_"):
			return false, true
		case p == "SSL" && configs["ssl.client.auth"] != "none" && configs["ssl.client.auth"] != "":
			return false, true
		case p == "":
			return false, false
		}
	}
	return known, known
}
