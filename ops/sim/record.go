package sim

import (
	"maps"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// Mutation is a request to change the cluster, whether it was carried out or refused.
type Mutation struct {
	At      time.Time
	Node    int32 // that received it
	Key     kmsg.Key
	Request kmsg.Request // not to be changed
}

func (c *Cluster) count(id int32, key int16) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.requests[id] == nil {
		c.requests[id] = map[int16]int{}
	}
	c.requests[id][key]++
}

func (c *Cluster) recordMutation(id int32, r request) {
	if onlyValidates(r.body) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.mutations = append(c.mutations, Mutation{c.began.Add(c.model.now), id, kmsg.Key(r.key), r.body})
}

// Requests counts the requests since the start, by node and API key.
func (c *Cluster) Requests() map[int32]map[int16]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := make(map[int32]map[int16]int, len(c.requests))
	for id, counts := range c.requests {
		all[id] = maps.Clone(counts)
	}
	return all
}

// onlyValidates tells of a request that asks whether a change would be taken, and makes none.
func onlyValidates(req kmsg.Request) bool {
	switch r := req.(type) {
	case *kmsg.CreateTopicsRequest:
		return r.ValidateOnly
	case *kmsg.CreatePartitionsRequest:
		return r.ValidateOnly
	case *kmsg.AlterConfigsRequest:
		return r.ValidateOnly
	case *kmsg.IncrementalAlterConfigsRequest:
		return r.ValidateOnly
	case *kmsg.AlterClientQuotasRequest:
		return r.ValidateOnly
	}
	return false
}

// Mutations lists the requests to change the cluster, in the order in which they came in. Requests that only validate, that produce
// records, or that belong to the protocol of a group or a transaction are left out.
func (c *Cluster) Mutations() []Mutation {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.mutations)
}
