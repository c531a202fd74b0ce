package tenant

import (
	"fmt"
	"math"
)

// Change is a change of the limits of one record.
type Change struct {
	Entity Entity
	Limits []LimitChange // in the order of [Types]
}

// LimitChange is one limit before and after a change; nil is no limit.
type LimitChange struct {
	Type   Type     `json:"type"`
	Before *float64 `json:"before"` // in the type's unit
	After  *float64 `json:"after"`
}

// Change is the change that sets limits of a record; NaN removes one. Removing a limit that isn't there is an error.
func (q *Quotas) Change(e Entity, limits map[Type]float64) (Change, error) {
	c := Change{Entity: e}
	for _, t := range Types {
		v, ok := limits[t]
		if !ok {
			continue
		}
		l := LimitChange{Type: t}
		if before, ok := q.Limit(e, t); ok {
			l.Before = &before
		}
		if !math.IsNaN(v) {
			l.After = &v
		}
		if l.Before == nil && l.After == nil {
			return Change{}, fmt.Errorf("%s has no %s to remove: kdeck quota list", e, t)
		}
		c.Limits = append(c.Limits, l)
	}
	return c, nil
}

// Removal is the change that removes every limit of a record. A record without limits is an error.
func (q *Quotas) Removal(e Entity) (Change, error) {
	limits := map[Type]float64{}
	for t := range q.by[e] {
		limits[t] = math.NaN()
	}
	if len(limits) == 0 {
		return Change{}, fmt.Errorf("%s has no quota to remove: kdeck quota list", e)
	}
	return q.Change(e, limits)
}

// Reverse is the change that undoes c.
func (c Change) Reverse() Change {
	back := Change{Entity: c.Entity, Limits: make([]LimitChange, len(c.Limits))}
	for i, l := range c.Limits {
		back.Limits[i] = LimitChange{Type: l.Type, Before: l.After, After: l.Before}
	}
	return back
}

// minUseful is the smallest limit under which a client still gets anything done: a metadata request or a small batch now
// and then. Kafka mutes a connection until what it used fits its limit again.
var minUseful = map[Type]float64{ProducerByteRate: 1000, ConsumerByteRate: 1000, RequestPercentage: 0.1, ControllerMutationRate: 0.01}

// Warnings says which of the limits that c sets limit nobody, and which stop a client. t is the threads of a broker.
func (c Change) Warnings(t Threads) []string {
	var warnings []string
	if t.Callback != "" {
		warnings = append(warnings, t.CallbackWarning())
	}
	for _, l := range c.Limits {
		switch {
		case l.After == nil:
		case l.Type == RequestPercentage && t.Known && *l.After > t.Capacity():
			warnings = append(warnings, fmt.Sprintf("%s=%s holds nobody back: all threads of a broker together are %s%%", l.Type, Number(*l.After), Number(t.Capacity())))
		case *l.After < minUseful[l.Type]:
			warnings = append(warnings, fmt.Sprintf("%s=%s is next to nothing: it stops the clients that it applies to", l.Type, Number(*l.After)))
		}
	}
	return warnings
}

// CallbackWarning says that the quota records need not be what the broker applies; "" where they are.
func (t Threads) CallbackWarning() string {
	if t.Callback == "" {
		return ""
	}
	return "client.quota.callback.class=" + t.Callback + " decides which limit applies, and may not go by the quota records"
}
