package sim

import (
	"fmt"
	"time"
)

// The scenarios in which readers are the trouble. Without [Options].Groups the cluster is healthy, but for what happens to its
// brokers.

// changeGroup changes a group of a tenant, if the cluster has groups.
func (c *Cluster) changeGroup(name string, change func(*group)) error {
	if !c.options.Groups {
		return nil
	}
	g := c.model.groups.byName[name]
	if g == nil {
		return fmt.Errorf("it takes group %s, whose topics this cluster doesn't have", name)
	}
	change(g)
	return nil
}

// since is when the trouble of a scenario begins, seconds.
const since = 60.0

// inTrouble is how a group reads that kept up before.
func inTrouble(normal reading, speed float64, back time.Duration, only func(*partition) bool) []reading {
	troubled := normal
	troubled.trouble, troubled.speed, troubled.back, troubled.only = since, speed, back.Seconds(), only
	if only == nil {
		return []reading{troubled}
	}
	return []reading{troubled, normal}
}

func slowGroup(c *Cluster) error {
	return c.changeGroup("search-indexer", func(g *group) { g.readings = inTrouble(g.readings[0], 0.7, 0, nil) })
}

func slowMember(c *Cluster) error {
	return c.changeGroup("wms-sync", func(g *group) {
		g.readings = inTrouble(g.readings[0], 0.4, 0, func(p *partition) bool { return c.model.ownerOf(g, p) == 2 })
	})
}

func hangingGroup(c *Cluster) error {
	return c.changeGroup("checkout-orders", func(g *group) { g.readings = inTrouble(g.readings[0], 0, 0, nil) })
}

func rebalancingGroup(c *Cluster) error {
	return c.changeGroup("search-indexer", func(g *group) {
		g.readings = inTrouble(g.readings[0], 0.05, 0, nil)
		g.rebalancing = since
	})
}

func stoppedGroup(c *Cluster) error {
	return c.changeGroup("wms-sync", func(g *group) {
		g.readings = inTrouble(g.readings[0], 0, 0, nil)
		g.left = since
	})
}

func rewoundGroup(c *Cluster) error {
	return c.changeGroup("vector-logs", func(g *group) {
		g.readings = inTrouble(g.readings[0], 1.5, 3*time.Hour, nil)
		g.readings[0].trouble = rewindAt
	})
}

// rewindAt is when the group goes back, seconds: a minute before the scenario can be looked at.
const rewindAt = 540.0

func unownedPartition(c *Cluster) error {
	return c.changeGroup("wms-sync", func(g *group) {
		g.unowned = c.model.partition("orders", 7)
		g.readings = inTrouble(g.readings[0], 0, 0, func(p *partition) bool { return p == g.unowned })
	})
}

// deletedTopic leaves offsets behind, as coordinators did that were away when the topic was deleted.
func deletedTopic(c *Cluster) error {
	return c.changeGroup("search-indexer", func(g *group) {
		for id := range int32(6) {
			g.committed[committedAt{"products.reviews", id}] = 48_211 + 917*int64(id)
		}
	})
}

// lostCoordinator takes the in-sync followers from the partition that keeps a group's offsets: its commits are refused.
func lostCoordinator(c *Cluster) error {
	m := c.model
	p := m.coordinatorPartition(offsetsTopic, "wms-sync")
	if p == nil || len(p.replicas) < 3 {
		return fmt.Errorf("it takes three replicas of %s", offsetsTopic)
	}
	c.scheduleAt(time.Duration(since)*time.Second, func() {
		for _, follower := range without(p.isr, p.leader) {
			m.shrinkISR(p, follower, 24*time.Hour)
		}
	})
	return nil
}

// backfiller reads what is days old.
var backfiller = tenant{"fraud", "model-backfill", "apache-kafka-java", "3.5.2", 4, []string{"clickstream", "orders"}, 0, 1, 1, 4e6, 500_000}

// addBackfill adds the group of the backfiller. On one broker its partitions went back by three days.
func (c *Cluster) addBackfill(b *broker) {
	if !c.options.Groups {
		return
	}
	m := c.model
	g := &group{
		name: "fraud-model-backfill", kind: classicGroup, by: &backfiller, members: 4, assignor: "range", subnet: "10.4.8.",
		topics: []string{"clickstream", "orders"},
	}
	cold := map[*partition]bool{}
	for _, t := range m.reads(g) {
		for _, p := range t.parts {
			cold[p] = p.leader == b.id
		}
	}
	g.readings = inTrouble(keepsUp(5, 1)[0], 2, 3*24*time.Hour, func(p *partition) bool { return cold[p] })
	g.prepare()
	m.groups.add(g)
}
