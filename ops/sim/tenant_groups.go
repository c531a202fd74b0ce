package sim

import (
	"fmt"
	"hash/crc32"
	"math"
	"slices"
)

// transactionalTopics are written in transactions.
var transactionalTopics = map[string]bool{"ledger": true, "invoices": true}

// burstyTopics are written for half a minute in every five.
var burstyTopics = map[string]bool{"emails.outbound": true, "push-notifications": true}

// idleTopics haven't been written to for longer than a day.
var idleTopics = map[string]bool{"exports.nightly": true, "scratch.load-test": true}

// writerOf is the tenant that writes a topic, nil for nobody in particular.
func writerOf(t *topic) *tenant {
	for i := range tenants {
		if tenants[i].produce > 0 && tenants[i].uses(t) {
			return &tenants[i]
		}
	}
	return nil
}

// never is a time that doesn't come.
var never = math.NaN()

// keepsUp reads what was written a moment ago.
func keepsUp(every, behind float64) []reading {
	return []reading{{every: every, behind: behind, trouble: never}}
}

// tenantGroups are the groups of a cluster in which all is well.
func tenantGroups() []*group {
	by := func(client string) *tenant {
		return &tenants[slices.IndexFunc(tenants, func(t tenant) bool { return t.client == client })]
	}
	all := []*group{
		{name: "checkout-orders", kind: classicGroup, by: by("checkout"), members: 6, assignor: "range", topics: []string{"orders", "orders.retry", "payments"}, readings: keepsUp(5, 0.3)},
		{name: "checkout-emails", kind: classicGroup, by: by("checkout"), members: 3, assignor: "cooperative-sticky", topics: []string{"emails.outbound"},
			readings: []reading{{every: 5, behind: 0.5, drawn: 4, trouble: never}}},
		{name: "spark-etl-clicks", kind: consumerGroup, by: by("spark-etl"), members: 8, assignor: "uniform", topics: []string{"clickstream", "page-views", "impressions"}, readings: keepsUp(60, 2)},
		{name: "spark-etl-exports", kind: consumerGroup, by: by("spark-etl"), members: 2, assignor: "uniform", topics: []string{"exports.nightly"}, readings: keepsUp(60, 2)},
		{name: "wms-sync", kind: classicGroup, by: by("wms-sync"), members: 4, assignor: "range", topics: []string{"inventory.movements", "orders", "returns", "shipments"}, readings: keepsUp(5, 1)},
		{name: "wms-pickers", kind: shareGroup, by: by("wms-sync"), members: 5, assignor: "simple", topics: []string{"warehouse.picks"}, readings: keepsUp(1, 0.2)},
		{name: "search-indexer", kind: classicGroup, by: by("indexer"), members: 4, assignor: "range", topics: []string{"orders", "products", "search.index-updates"}, readings: keepsUp(1, 0.5)},
		{name: "vector-logs", kind: consumerGroup, by: by("vector"), members: 6, assignor: "range", topics: []string{"logs.apps", "logs.ingress", "metrics.apps", "metrics.hosts"}, readings: keepsUp(5, 0.2)},
		{name: "invoicing-ledger", kind: classicGroup, by: by("invoicing"), members: 2, assignor: "cooperative-sticky", topics: []string{"ledger", "payments.settlements"}, readings: keepsUp(5, 0.4), readCommitted: true},
	}
	for _, g := range all {
		g.prepare()
	}
	return all
}

// prepare sets what all groups have.
func (g *group) prepare() {
	if g.subnet == "" {
		g.subnet = fmt.Sprintf("10.4.%d.", slices.IndexFunc(tenants, func(t tenant) bool { return t.client == g.by.client })+1)
	}
	if g.rebalancing == 0 {
		g.rebalancing = never
	}
	if g.left == 0 {
		g.left = never
	}
	slices.Sort(g.topics)
	g.hash = crc32.ChecksumIEEE([]byte(g.name))
	g.committed = map[committedAt]int64{}
}

// beginGroups gives the tenants their logs and groups.
func (c *Cluster) beginGroups() {
	m := c.model
	m.beginStreams(c.options.Seed)
	for _, g := range tenantGroups() {
		if !slices.ContainsFunc(g.topics, func(name string) bool { return m.byName[name] != nil }) {
			continue // in a cluster of few topics
		}
		m.groups.add(g)
	}
	c.addMoreGroups()
}

// addMoreGroups adds the groups of [Options].MoreGroups, which keep up. Each reads topics next to those of the one before.
func (c *Cluster) addMoreGroups() {
	var names []string
	for _, t := range c.model.topics {
		if !t.internal {
			names = append(names, t.name)
		}
	}
	for i := range c.options.MoreGroups {
		g := &group{
			name: fmt.Sprintf("reader-%04d", i+1), kind: classicGroup, by: &tenants[i%len(tenants)], members: 3, assignor: "range",
			subnet: fmt.Sprintf("10.5.%d.", i%250), readings: keepsUp(5, 0.5),
		}
		if i%3 == 2 {
			g.kind, g.assignor = consumerGroup, "uniform"
		}
		for j := range min(c.options.GroupTopics, len(names)) {
			g.topics = append(g.topics, names[(i+j)%len(names)])
		}
		g.prepare()
		c.model.groups.add(g)
	}
}
