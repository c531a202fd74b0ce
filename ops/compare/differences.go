package compare

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"kdeck/ops/format"
	"kdeck/ops/view"
)

// Difference is something in which brokers differ, and don't come to agree.
type Difference struct {
	What     string           `json:"what"`  // one of the What constants
	Scope    string           `json:"scope"` // "cluster", "broker 7", "topic orders", "orders/3", "config NAME"
	Sentence string           `json:"sentence"`
	Views    map[int32]string `json:"views"` // what each broker says, by its id
}

// What a difference is in. These words stand in the JSON: new ones are added, none is renamed.
const (
	WhatCluster    = "cluster"    // the cluster's id
	WhatMetadata   = "metadata"   // a broker doesn't keep up with the metadata log
	WhatBrokers    = "brokers"    // which brokers are alive, and where
	WhatFeatures   = "features"   // finalized levels of features
	WhatTopic      = "topic"      // whether a topic is there, and its id
	WhatPartitions = "partitions" // whether a partition is there
	WhatLeader     = "leader"
	WhatReplicas   = "replicas"
	WhatISR        = "isr"
	WhatOffline    = "offline-replicas"
	WhatStray      = "stray-replica"   // on a disk, and no broker counts it to the partition's replicas
	WhatMissing    = "missing-replica" // every broker counts it to the partition's replicas, and its own disks don't hold it
	WhatConfig     = "config"
	WhatLog        = "log"        // a replica's log contradicts the leader's
	WhatLeadership = "leadership" // who acts as the leader of a partition
)

// Differences says where the views of brokers differ that can't be explained by a change that is on its way. The looks are in the order
// of time; each must have begun when the one before was over. A broker counts that answered in all of them.
func Differences(looks []Look) []Difference {
	if len(looks) < 2 {
		return nil
	}
	c := comparison{looks: looks}
	for id := range looks[0] {
		if !slices.ContainsFunc(looks, func(l Look) bool { return l[id] == nil }) {
			c.brokers = append(c.brokers, id)
		}
	}
	slices.Sort(c.brokers)
	c.behind()
	c.whole(WhatCluster, "the cluster's id", func(v *View) string { return v.ClusterID })
	c.aliveBrokers()
	c.features()
	c.topics()
	return c.found
}

type comparison struct {
	looks   []Look
	brokers []int32 // that answered in all looks
	found   []Difference
}

func (c *comparison) first() Look { return c.looks[0] }
func (c *comparison) last() Look  { return c.looks[len(c.looks)-1] }

func (c *comparison) add(what, scope, sentence string, views map[int32]string) {
	c.found = append(c.found, Difference{what, scope, sentence, views})
}

// settled groups brokers by what they said, the same in every look. One that changed its word is left out: a change is on its way to it.
func (c *comparison) settled(brokers []int32, said func(*View) string) groups {
	if len(c.looks) < Looks {
		return nil
	}
	g := groups{}
next:
	for _, id := range brokers {
		is := said(c.first()[id])
		for _, l := range c.looks[1:] {
			if said(l[id]) != is {
				continue next
			}
		}
		g[is] = append(g[is], id)
	}
	return g
}

// behind finds brokers that in the last look have not applied what the others had when the first one began. Half of the others must have
// had it: one broker with a wrong offset doesn't put the rest behind.
func (c *comparison) behind() {
	for _, id := range c.brokers {
		mine := c.last()[id].After
		var others []int64
		for _, other := range c.brokers {
			if at := c.first()[other].Before; other != id && at >= 0 {
				others = append(others, at)
			}
		}
		if mine < 0 || len(others) == 0 {
			continue
		}
		slices.Sort(others)
		reached := others[(len(others)-1)/2]
		if mine >= reached {
			continue
		}
		views := map[int32]string{}
		for _, b := range c.brokers {
			if at := c.last()[b].After; at >= 0 {
				views[b] = fmt.Sprintf("offset %d", at)
			}
		}
		c.add(WhatMetadata, fmt.Sprintf("broker %d", id), fmt.Sprintf(
			"Broker %d is behind: its metadata is at offset %s, and the others had reached %s a look earlier: it may send clients to the wrong leaders",
			id, format.Thousands(mine), format.Thousands(reached)), views)
	}
}

// whole compares something that each broker says of the cluster as a whole.
func (c *comparison) whole(what, name string, said func(*View) string) {
	if g := c.settled(c.brokers, said); len(g) > 1 {
		c.add(what, "cluster", "Brokers differ in "+name+": "+g.String(), g.views())
	}
}

// aliveBrokers compares for each broker who takes it for alive, and at which address.
func (c *comparison) aliveBrokers() {
	all := map[int32]bool{}
	for _, v := range c.last() {
		for id := range v.Brokers {
			all[id] = true
		}
	}
	for _, of := range slices.Sorted(maps.Keys(all)) {
		g := c.settled(c.brokers, func(v *View) string {
			at, ok := v.Brokers[of]
			if !ok {
				return "not alive"
			}
			return at
		})
		if len(g) > 1 {
			c.add(WhatBrokers, fmt.Sprintf("broker %d", of), fmt.Sprintf("Brokers differ in where broker %d is: %v", of, g), g.views())
		}
	}
}

func (c *comparison) features() {
	all := map[string]bool{}
	for _, v := range c.last() {
		for name := range v.Features {
			all[name] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		c.whole(WhatFeatures, "the finalized level of "+name, func(v *View) string {
			if level, ok := v.Features[name]; ok {
				return fmt.Sprint(level)
			}
			return "none"
		})
	}
}

func (c *comparison) topics() {
	all := map[string]bool{}
	for _, l := range c.looks {
		for _, v := range l {
			for name := range v.Topics {
				all[name] = true
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		c.topic(name)
	}
}

// topic compares whether brokers have a topic and, among those that have the same one, its partitions.
func (c *comparison) topic(name string) {
	const absent = "not there"
	g := c.settled(c.brokers, func(v *View) string {
		t, ok := v.Topics[name]
		if !ok {
			return absent
		}
		return fmt.Sprintf("id %x", t.ID)
	})
	if len(g) > 1 {
		c.add(WhatTopic, "topic "+name, fmt.Sprintf("Brokers differ in topic %s: %v", name, g), g.views())
	}
	same := map[[16]byte][]int32{} // who has the topic with the same id in the first and the last look
	for _, id := range c.brokers {
		t, ok := c.last()[id].Topics[name]
		if before, had := c.first()[id].Topics[name]; ok && had && before.ID == t.ID {
			same[t.ID] = append(same[t.ID], id)
		}
	}
	for _, id := range slices.SortedFunc(maps.Keys(same), func(a, b [16]byte) int { return slices.Compare(a[:], b[:]) }) {
		c.partitions(name, same[id])
	}
}

// partitions compares the partitions of a topic among brokers that have the topic.
func (c *comparison) partitions(topic string, brokers []int32) {
	all := map[int32]bool{}
	for _, id := range brokers {
		for _, p := range c.last()[id].Topics[topic].Partitions {
			all[p.ID] = true
		}
	}
	for _, p := range slices.Sorted(maps.Keys(all)) {
		at := func(v *View) (PartitionView, bool) { return v.Topics[topic].partition(p) }
		var have []int32
		for _, id := range brokers {
			if !slices.ContainsFunc(c.looks, func(l Look) bool { _, ok := at(l[id]); return !ok }) {
				have = append(have, id)
			}
		}
		scope := fmt.Sprintf("%s/%d", topic, p)
		g := c.settled(brokers, func(v *View) string {
			if _, ok := at(v); ok {
				return "there"
			}
			return "not there"
		})
		if len(g) > 1 {
			c.add(WhatPartitions, scope, fmt.Sprintf("Brokers differ in whether %s is there: %v", scope, g), g.views())
		}
		c.partition(scope, have, func(v *View) PartitionView { is, _ := at(v); return is })
	}
}

// partition compares one partition among brokers that have it.
func (c *comparison) partition(scope string, brokers []int32, at func(*View) PartitionView) {
	newest, newestBy := int32(-1), int32(-1)
	for _, id := range brokers {
		if e := at(c.first()[id]).LeaderEpoch; e > newest {
			newest, newestBy = e, id
		}
	}
	var behind, rest []int32
	for _, id := range brokers {
		if e := at(c.last()[id]).LeaderEpoch; e >= 0 && e < newest {
			behind = append(behind, id)
		} else {
			rest = append(rest, id)
		}
	}
	if len(behind) > 0 {
		g := groups{}
		for _, id := range behind {
			is := leaderOf(at(c.last()[id]))
			g[is] = append(g[is], id)
		}
		views := map[int32]string{}
		for _, id := range brokers {
			views[id] = leaderOf(at(c.last()[id]))
		}
		c.add(WhatLeader, scope, fmt.Sprintf("Outdated leader of %s: %v, and broker %d had said %s a look earlier",
			scope, g, newestBy, leaderOf(at(c.first()[newestBy]))), views)
	}
	for _, f := range []struct {
		what, name string
		said       func(PartitionView) string
	}{
		{WhatLeader, "the leader", leaderOf},
		{WhatReplicas, "the replicas", func(p PartitionView) string { return listOf(p.Replicas) }},
		{WhatISR, "the ISR", func(p PartitionView) string { return listOf(p.ISR) }},
		{WhatOffline, "the offline replicas", func(p PartitionView) string { return listOf(p.Offline) }},
	} {
		// The epochs must not change either: what differs with them is a change that is on its way.
		epochs := c.settled(rest, func(v *View) string { return fmt.Sprint(at(v).LeaderEpoch) })
		for _, epoch := range slices.Sorted(maps.Keys(epochs)) {
			if g := c.settled(epochs[epoch], func(v *View) string { return f.said(at(v)) }); len(g) > 1 {
				c.add(f.what, scope, fmt.Sprintf("Brokers differ in %s of %s, in the same leader epoch: %v", f.name, scope, g), g.views())
			}
		}
	}
}

func leaderOf(p PartitionView) string {
	if p.Leader < 0 {
		return fmt.Sprintf("no leader in epoch %d", p.LeaderEpoch)
	}
	return fmt.Sprintf("broker %d in epoch %d", p.Leader, p.LeaderEpoch)
}

func listOf(list []int32) string {
	if len(list) == 0 {
		return "none"
	}
	return ids(list)
}

// groups are brokers by what they say.
type groups map[string][]int32

// words are what the groups say, that of the largest group first.
func (g groups) words() []string {
	return slices.SortedFunc(maps.Keys(g), func(a, b string) int {
		return cmp.Or(cmp.Compare(len(g[b]), len(g[a])), cmp.Compare(g[a][0], g[b][0]))
	})
}

// String writes "brokers 1-6 8 say X; broker 7 says Y", that of the largest group first.
func (g groups) String() string {
	var parts []string
	for _, said := range g.words() {
		who := fmt.Sprintf("brokers %s say", view.IDRanges(g[said]))
		if len(g[said]) == 1 {
			who = fmt.Sprintf("broker %d says", g[said][0])
		}
		parts = append(parts, who+" "+said)
	}
	return strings.Join(parts, "; ")
}

func (g groups) views() map[int32]string {
	views := map[int32]string{}
	for said, brokers := range g {
		for _, id := range brokers {
			views[id] = said
		}
	}
	return views
}
