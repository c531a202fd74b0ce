package sim

import (
	"fmt"
	"math"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// quotaType is a kind of limit whose use brokers measure by client.
type quotaType int

const (
	producerByteRate  quotaType = iota // bytes a second, on each broker
	consumerByteRate                   // bytes a second, on each broker
	requestPercentage                  // percent of one thread, on each broker
	quotaTypes
)

var quotaNames = [quotaTypes]string{"producer_byte_rate", "consumer_byte_rate", "request_percentage"}

// quotaName is one part of an entity: a name, <default>, or (the zero value) nothing.
type quotaName struct {
	set, byDefault bool
	name           string
}

func named(name string) quotaName { return quotaName{set: true, name: name} }

var byDefault = quotaName{set: true, byDefault: true}

type quotaEntity struct{ user, client quotaName }

type quotaRecord struct {
	entity quotaEntity
	t      quotaType
	limit  float64
}

// quotas are the records by what they are for.
type quotas [quotaTypes]map[quotaEntity]float64

// quotaLevels says for which kinds of entity a broker has seen a limit since it was started. By these kinds it counts its
// clients (ClientQuotaManager.quotaTypesEnabled).
type quotaLevels uint8

const (
	byUser quotaLevels = 1 << iota
	byClient
	byPair
)

func levelOf(e quotaEntity) quotaLevels {
	switch {
	case e.user.set && e.client.set:
		return byPair
	case e.user.set:
		return byUser
	}
	return byClient
}

// levels are what a broker that starts now sees.
func (q *quotas) levels() (levels [quotaTypes]quotaLevels) {
	for t := range quotaTypes {
		for e := range q[t] {
			levels[t] |= levelOf(e)
		}
	}
	return levels
}

// bucketTags are the tags of the sensor that counts a client; "" is a tag that the sensor doesn't have.
type bucketTags struct{ user, client string }

// bucket returns the tags under which a client is counted, and their limit in the unit of the type: the first limit in the
// order of precedence. Without a limit the broker's levels decide the tags (ClientQuotaManager.quotaMetricTags, quotaLimit).
func (q *quotas) bucket(t quotaType, levels quotaLevels, user, client string) (bucketTags, float64) {
	u, c := named(user), named(client)
	for _, e := range []quotaEntity{
		{u, c}, {u, byDefault}, {u, quotaName{}}, {byDefault, c}, {byDefault, byDefault}, {byDefault, quotaName{}},
		{quotaName{}, c}, {quotaName{}, byDefault},
	} {
		limit, ok := q[t][e]
		if !ok {
			continue
		}
		switch levelOf(e) {
		case byPair:
			return bucketTags{user, client}, limit
		case byUser:
			return bucketTags{user, ""}, limit
		}
		return bucketTags{"", client}, limit
	}
	switch levels {
	case byUser:
		return bucketTags{user, ""}, math.Inf(1)
	case byPair:
		return bucketTags{user, client}, math.Inf(1)
	}
	return bucketTags{"", client}, math.Inf(1)
}

// quotas reads the records back from kfake. Limits of other types and of IP addresses have no effect here.
func (b *backend) quotas() (q quotas, err error) {
	resp, err := b.request(kmsg.NewPtrDescribeClientQuotasRequest())
	if err != nil {
		return q, err
	}
	for t := range q {
		q[t] = map[quotaEntity]float64{}
	}
	for _, e := range resp.(*kmsg.DescribeClientQuotasResponse).Entries {
		var entity quotaEntity
		for _, part := range e.Entity {
			entity.add(part.Type, part.Name)
		}
		for _, v := range e.Values {
			if t, ok := quotaTypeNamed(v.Key); ok && entity != (quotaEntity{}) {
				q[t][entity] = v.Value
			}
		}
	}
	return q, nil
}

func (e *quotaEntity) add(kind string, name *string) {
	n := byDefault
	if name != nil {
		n = named(*name)
	}
	switch kind {
	case "user":
		e.user = n
	case "client-id":
		e.client = n
	}
}

func quotaTypeNamed(name string) (quotaType, bool) {
	for t, n := range quotaNames {
		if n == name {
			return quotaType(t), true
		}
	}
	return 0, false
}

// handleAlterClientQuotas stores the limits in kfake and makes the brokers apply them.
func handleAlterClientQuotas(c *Cluster, s *session, r request) (kmsg.Response, error) {
	req := r.body.(*kmsg.AlterClientQuotasRequest)
	answer, err := s.forward(req, r.clientID)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.catchUp()
	if !req.ValidateOnly {
		err = c.quotasAltered(req)
	}
	return answer, err
}

// quotasAltered shows all running brokers what a request changed. Called with mu held.
func (c *Cluster) quotasAltered(req *kmsg.AlterClientQuotasRequest) (err error) {
	m := c.model
	// All are read anew: another request may have come in between.
	if m.quotas, err = c.backend.quotas(); err != nil {
		return err
	}
	for _, e := range req.Entries {
		var entity quotaEntity
		for _, part := range e.Entity {
			entity.add(part.Type, part.Name)
		}
		for _, op := range e.Ops {
			what := fmt.Sprintf("%s=%v", op.Key, op.Value)
			if op.Remove {
				what = op.Key + " removed"
			}
			m.eventf("quota of %v: %s", entity, what)
			t, ok := quotaTypeNamed(op.Key)
			if !ok || entity == (quotaEntity{}) {
				continue
			}
			for _, b := range m.brokers {
				if b.up {
					b.quotaLevels[t] |= levelOf(entity) // a removal counts as well
				}
			}
		}
	}
	return nil
}

type quotaPart struct {
	kind string // as the protocol names it
	name quotaName
}

func (e quotaEntity) parts() []quotaPart {
	return []quotaPart{{"user", e.user}, {"client-id", e.client}}
}

func (e quotaEntity) String() string {
	text := ""
	for _, part := range e.parts() {
		switch {
		case part.name.byDefault:
			text += " " + part.kind + " <default>"
		case part.name.set:
			text += fmt.Sprintf(" %s %q", part.kind, part.name.name)
		}
	}
	if text == "" {
		return "an address"
	}
	return text[1:]
}

// setQuotas sets limits as an operator would have. Called with mu held.
func (c *Cluster) setQuotas(records []quotaRecord) error {
	req := kmsg.NewPtrAlterClientQuotasRequest()
	for _, r := range records {
		entry := kmsg.NewAlterClientQuotasRequestEntry()
		for _, part := range r.entity.parts() {
			if !part.name.set {
				continue
			}
			e := kmsg.NewAlterClientQuotasRequestEntryEntity()
			e.Type = part.kind
			if !part.name.byDefault {
				e.Name = kmsg.StringPtr(part.name.name)
			}
			entry.Entity = append(entry.Entity, e)
		}
		op := kmsg.NewAlterClientQuotasRequestEntryOp()
		op.Key, op.Value = quotaNames[r.t], r.limit
		entry.Ops = append(entry.Ops, op)
		req.Entries = append(req.Entries, entry)
	}
	if _, err := c.backend.request(req); err != nil {
		return err
	}
	return c.quotasAltered(req)
}
