package sim

import (
	"maps"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// Mutation is a request that came in to change the cluster, whatever came of it.
type Mutation struct {
	At      time.Time
	Node    int32 // the one that was asked
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
	c.mu.Lock()
	defer c.mu.Unlock()
	c.mutations = append(c.mutations, Mutation{c.began.Add(c.model.now), id, kmsg.Key(r.key), r.body})
}

// Requests says how many requests of each API key every node has been asked since the start.
func (c *Cluster) Requests() map[int32]map[int16]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := make(map[int32]map[int16]int, len(c.requests))
	for id, counts := range c.requests {
		all[id] = maps.Clone(counts)
	}
	return all
}

// Mutations lists the requests that came in to change the cluster, in order: all but records, groups and transactions.
func (c *Cluster) Mutations() []Mutation {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.mutations)
}
