package tenant

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"

	"kdeck/ops/format"
)

// Type is a quota's key, as Kafka spells it (org.apache.kafka.server.config.QuotaConfig).
type Type string

// The types. All but ControllerMutationRate hold on each broker by itself.
const (
	ProducerByteRate       Type = "producer_byte_rate"       // bytes a second, of requests
	ConsumerByteRate       Type = "consumer_byte_rate"       // bytes a second, of responses
	RequestPercentage      Type = "request_percentage"       // percent of the time of one thread
	ControllerMutationRate Type = "controller_mutation_rate" // partitions created and deleted a second, in the whole cluster
	ConnectionCreationRate Type = "connection_creation_rate" // connections a second from one IP address
)

// Types are all types, in the order in which they are listed.
var Types = []Type{ProducerByteRate, ConsumerByteRate, RequestPercentage, ControllerMutationRate, ConnectionCreationRate}

// ClientTypes are the types that users and client ids can have.
var ClientTypes = Types[:4]

// Check returns an error for a limit that Kafka would refuse, or accept and not be able to apply.
func (t Type) Check(limit float64) error {
	switch {
	case !slices.Contains(Types, t):
		return fmt.Errorf("%q is no type of quota", string(t))
	case math.IsNaN(limit) || math.IsInf(limit, 0):
		return fmt.Errorf("%s=%v is not a number", t, limit)
	case limit <= 0:
		return fmt.Errorf("%s=%s: a limit is above 0; to lift it, remove the quota", t, Number(limit))
	case t == RequestPercentage || t == ControllerMutationRate:
		return nil
	case limit != math.Trunc(limit):
		return fmt.Errorf("%s=%s: whole numbers only", t, Number(limit))
	case t == ConnectionCreationRate && limit > math.MaxInt32, limit > 1<<53:
		return fmt.Errorf("%s=%s is larger than Kafka can hold", t, Number(limit))
	}
	return nil
}

// Number writes a limit in the form that Kafka's tools read.
func Number(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// Amount writes a use or a limit in the type's unit: "1.00MB/s", "12%". NaN is [format.Unknown].
func (t Type) Amount(v float64) string {
	switch {
	case math.IsNaN(v):
		return format.Unknown
	case t == ProducerByteRate || t == ConsumerByteRate:
		return format.ByteRate(v)
	case t == RequestPercentage:
		return format.Percent(v)
	}
	return strconv.FormatFloat(v, 'f', 1, 64) + "/s"
}

// Part is one part of an entity: its user, its client id or its IP address.
type Part struct {
	Set     bool // the entity has this part
	Default bool // <default>: everybody who has no record with their own name
	Name    string
}

// Named is the part with that name, which may be empty.
func Named(name string) Part { return Part{Set: true, Name: name} }

// Default is the part that stands for all that have no record of their own.
var Default = Part{Set: true, Default: true}

// Entity is who a quota is for: a user, a client id, both, or an IP address.
type Entity struct{ User, ClientID, IP Part }

// EntityPart is one part of an entity, as Kafka's requests have it.
type EntityPart struct {
	Type string  `json:"type"` // user, client-id or ip
	Name *string `json:"name"` // nil: the default
}

// parts are the parts of an entity by what Kafka's requests call them.
func (e *Entity) parts() []struct {
	kind string
	part *Part
} {
	return []struct {
		kind string
		part *Part
	}{{"user", &e.User}, {"client-id", &e.ClientID}, {"ip", &e.IP}}
}

// Parts are the parts that the entity has.
func (e Entity) Parts() []EntityPart {
	var parts []EntityPart
	for _, h := range e.parts() {
		if !h.part.Set {
			continue
		}
		p := EntityPart{Type: h.kind}
		if !h.part.Default {
			p.Name = &h.part.Name
		}
		parts = append(parts, p)
	}
	return parts
}

// EntityOf is the entity with those parts. A type that isn't known is an error.
func EntityOf(parts []EntityPart) (Entity, error) {
	var e Entity
	for _, p := range parts {
		known := false
		for _, h := range e.parts() {
			if h.kind == p.Type {
				known, *h.part = true, Default
				if p.Name != nil {
					*h.part = Named(*p.Name)
				}
			}
		}
		if !known {
			return e, fmt.Errorf("a quota for a %q, which kdeck doesn't know", p.Type)
		}
	}
	return e, nil
}

// String writes the entity as a path, as Kafka does: "users/alice/clients/<default>".
func (e Entity) String() string {
	s := ""
	for _, p := range []struct {
		kind string
		part Part
	}{{"users", e.User}, {"clients", e.ClientID}, {"ips", e.IP}} {
		if !p.part.Set {
			continue
		}
		if s != "" {
			s += "/"
		}
		s += p.kind + "/" + p.part.String()
	}
	return s
}

func (p Part) String() string {
	switch {
	case p.Default:
		return "<default>"
	case p.Name == "<default>": // a real name, which must not be taken for the default
		return `"<default>"`
	}
	return p.Name
}

// Quota is one record: an entity and its limits.
type Quota struct {
	Entity Entity
	Limits map[Type]float64
}

// Quotas is all records of a cluster.
type Quotas struct {
	list []Quota
	by   map[Entity]map[Type]float64
}

// New takes the records of a cluster.
func New(records []Quota) *Quotas {
	q := &Quotas{list: slices.Clone(records), by: make(map[Entity]map[Type]float64, len(records))}
	slices.SortStableFunc(q.list, func(a, b Quota) int { return compareEntity(a.Entity, b.Entity) })
	for _, r := range q.list {
		q.by[r.Entity] = r.Limits
	}
	return q
}

// List is all records, in order of level and name. Not to be changed.
func (q *Quotas) List() []Quota { return q.list }

// With returns the quotas as they would be if some limits of one record were set; a limit of NaN is removed.
func (q *Quotas) With(e Entity, limits map[Type]float64) *Quotas {
	list := make([]Quota, 0, len(q.list)+1)
	mine := Quota{Entity: e, Limits: map[Type]float64{}}
	for _, r := range q.list {
		if r.Entity != e {
			list = append(list, r)
			continue
		}
		for t, v := range r.Limits {
			mine.Limits[t] = v
		}
	}
	for t, v := range limits {
		if math.IsNaN(v) {
			delete(mine.Limits, t)
		} else {
			mine.Limits[t] = v
		}
	}
	if len(mine.Limits) > 0 {
		list = append(list, mine)
	}
	return New(list)
}

// Limit is the limit of one type in one record.
func (q *Quotas) Limit(e Entity, t Type) (float64, bool) {
	v, ok := q.by[e][t]
	return v, ok
}

// Any tells whether there is a quota of that type at any level.
func (q *Quotas) Any(t Type) bool {
	for _, r := range q.list {
		if _, ok := r.Limits[t]; ok {
			return true
		}
	}
	return false
}

func compareEntity(a, b Entity) int {
	return cmp.Or(
		cmp.Compare(LevelOf(a), LevelOf(b)),
		cmp.Compare(a.User.Name, b.User.Name), cmp.Compare(a.ClientID.Name, b.ClientID.Name),
		compareBool(a.IP.Default, b.IP.Default), cmp.Compare(a.IP.Name, b.IP.Name))
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}
