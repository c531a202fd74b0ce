package sim

import (
	"fmt"
	"math"
	"math/rand/v2"
	"net"
	"slices"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// topicSeed is a topic that a new cluster has.
type topicSeed struct {
	name       string
	partitions int
	rf         int
	minISR     int
	compacted  bool
}

// topicSeeds are the default cluster's topics: those of a shop that also counts clicks.
var topicSeeds = []topicSeed{
	{"__consumer_offsets", 50, 3, 2, true},
	{"__transaction_state", 16, 3, 2, true},
	{"orders", 24, 3, 2, false},
	{"orders.dlq", 3, 3, 2, false},
	{"orders.retry", 6, 3, 2, false},
	{"order-lines", 24, 3, 2, false},
	{"payments", 24, 3, 2, false},
	{"payments.authorised", 12, 3, 2, false},
	{"payments.dlq", 3, 3, 2, false},
	{"payments.refunds", 6, 3, 2, false},
	{"payments.settlements", 6, 3, 2, false},
	{"clickstream", 48, 3, 1, false},
	{"clickstream.sessions", 24, 3, 1, false},
	{"clickstream.bots", 6, 2, 1, false},
	{"page-views", 48, 3, 1, false},
	{"impressions", 48, 3, 1, false},
	{"customers", 12, 3, 2, true},
	{"customers.addresses", 12, 3, 2, true},
	{"customers.consents", 6, 3, 2, true},
	{"products", 12, 3, 2, true},
	{"products.prices", 12, 3, 2, true},
	{"products.images", 6, 3, 2, false},
	{"inventory", 12, 3, 2, true},
	{"inventory.movements", 24, 3, 2, false},
	{"warehouse.picks", 12, 3, 2, false},
	{"warehouse.scans", 24, 3, 2, false},
	{"shipments", 12, 3, 2, false},
	{"shipments.tracking", 24, 3, 2, false},
	{"returns", 6, 3, 2, false},
	{"carts", 24, 3, 2, true},
	{"carts.abandoned", 6, 3, 2, false},
	{"search.queries", 24, 3, 1, false},
	{"search.index-updates", 12, 3, 2, false},
	{"recommendations", 12, 3, 1, false},
	{"emails.outbound", 6, 3, 2, false},
	{"emails.bounces", 3, 3, 2, false},
	{"push-notifications", 6, 3, 2, false},
	{"sms.outbound", 3, 3, 2, false},
	{"fraud.scores", 12, 3, 2, false},
	{"fraud.cases", 3, 3, 2, true},
	{"loyalty.points", 6, 3, 2, true},
	{"vouchers", 6, 3, 2, true},
	{"invoices", 6, 3, 2, false},
	{"ledger", 12, 3, 2, false},
	{"audit-log", 6, 3, 2, false},
	{"logins", 12, 3, 2, false},
	{"sessions", 12, 3, 2, true},
	{"metrics.hosts", 12, 2, 1, false},
	{"metrics.apps", 12, 2, 1, false},
	{"logs.apps", 24, 2, 1, false},
	{"logs.ingress", 24, 2, 1, false},
	{"cdc.shop.orders", 6, 3, 2, true},
	{"cdc.shop.customers", 6, 3, 2, true},
	{"cdc.shop.stock", 6, 3, 2, true},
	{"connect-configs", 1, 3, 2, true},
	{"connect-offsets", 25, 3, 2, true},
	{"connect-status", 5, 3, 2, true},
	{"_schemas", 1, 3, 2, true},
	{"exports.nightly", 3, 1, 1, false},
	{"scratch.load-test", 6, 1, 1, false},
}

// topicSeedAt is the ith topic of a cluster: past the names above, each name again for another tenant.
func topicSeedAt(i int) topicSeed {
	t := topicSeeds[i%len(topicSeeds)]
	if tenant := i / len(topicSeeds); tenant > 0 {
		if internalTopics[t.name] {
			t = topicSeeds[2]
		}
		t.name = fmt.Sprintf("tenant-%03d.%03d.%s", tenant, i%len(topicSeeds), t.name)
	}
	return t
}

// seed makes the brokers, the controllers and the topics.
func (c *Cluster) seed() error {
	m, o := c.model, c.options
	for _, n := range c.nodes {
		host, portText, err := net.SplitHostPort(n.address)
		if err != nil {
			return fmt.Errorf("sim: address of node %d: %w", n.id, err)
		}
		port, err := strconv.ParseInt(portText, 10, 32)
		if err != nil {
			return fmt.Errorf("sim: address of node %d: %w", n.id, err)
		}
		if n.controller {
			m.controllers = append(m.controllers, &controller{id: n.id, host: host, port: int32(port), up: true})
			continue
		}
		b := &broker{id: n.id, host: host, port: int32(port), rack: rackName(int(n.id-1) % o.Racks), up: true, configs: map[string]string{}}
		for i := range o.LogDirs {
			b.dirs = append(b.dirs, logDir{path: fmt.Sprintf("/var/lib/kafka/data-%d", i)})
		}
		m.brokers = append(m.brokers, b)
	}
	m.quorum = quorum{leader: firstController, epoch: 4}
	if err := c.seedTopics(); err != nil {
		return err
	}
	m.fitDisks()
	m.records = 1000 + int64(len(m.topics))
	return nil
}

func rackName(i int) string {
	if i < 26 {
		return "eu-1" + string(rune('a'+i))
	}
	return fmt.Sprintf("eu-%d%c", 1+i/26, 'a'+i%26)
}

func (c *Cluster) seedTopics() error {
	m, o := c.model, c.options
	sizes := rand.New(rand.NewPCG(o.Seed, 1))
	events := m.events
	m.events = nil // a cluster that is there from the start has no history
	defer func() { m.events = events }()
	for i := range o.Topics {
		s := topicSeedAt(i)
		if o.Partitions > 0 {
			s.partitions = o.Partitions / o.Topics
			if i < o.Partitions%o.Topics {
				s.partitions++
			}
		}
		rf := min(s.rf, o.Brokers)
		req := kmsg.NewCreateTopicsRequestTopic()
		req.Topic, req.NumPartitions, req.ReplicationFactor = s.name, int32(s.partitions), int16(rf)
		config := func(name, value string) {
			rc := kmsg.NewCreateTopicsRequestTopicConfig()
			rc.Name, rc.Value = name, kmsg.StringPtr(value)
			req.Configs = append(req.Configs, rc)
		}
		if s.minISR > 1 {
			config("min.insync.replicas", itoa(min(s.minISR, rf)))
		}
		if s.compacted {
			config("cleanup.policy", "compact")
		}
		t, assignment, e := m.newTopic(req)
		if e.code != 0 {
			return fmt.Errorf("sim: topic %s: %s", s.name, *e.message)
		}
		m.addTopic(t, assignment, c.nextTopicID(t.name))
		m.seedSizes(t, s, o, sizes)
	}
	return nil
}

// seedSizes gives partitions their bytes and, in a live cluster, their growth: lognormal from topic to topic, nearly even
// within one. Partitions have had a few leaders already, except in clusters so large that only their size matters.
func (m *model) seedSizes(t *topic, s topicSeed, o Options, r *rand.Rand) {
	typical := 1.5e9 * math.Exp(1.2*r.NormFloat64())
	if s.compacted {
		typical /= 30
	}
	for _, p := range t.parts {
		p.bytes = math.Round(typical * math.Exp(0.15*r.NormFloat64()))
		if o.PartitionBytes > 0 {
			p.bytes = float64(o.PartitionBytes)
		}
		if o.Live || o.Groups {
			p.growth = math.Round(p.bytes / (4 * 24 * 3600)) // as if it had taken four days
		}
		if o.Partitions <= 10_000 {
			p.leaderEpoch = r.Int32N(6)
			p.partitionEpoch = p.leaderEpoch + r.Int32N(10)
		}
	}
}

// fitDisks makes the disks, all of one size, large enough to be about half full at most.
func (m *model) fitDisks() {
	var fullest int64
	for _, b := range m.brokers {
		used := make([]int64, len(b.dirs))
		for _, p := range m.hosted(b) {
			l := p.log(b.id)
			used[l.dir] += m.logBytes(p, l)
		}
		fullest = max(fullest, slices.Max(used))
	}
	total := int64(1e12)
	for total < fullest*2 {
		total *= 2
	}
	for _, b := range m.brokers {
		for i := range b.dirs {
			b.dirs[i].total = total
		}
	}
}

// scheduleFlap makes some follower leave the ISR for some seconds, again and again.
func (m *model) scheduleFlap() {
	wait := time.Duration(15+m.rng.IntN(30)) * time.Second
	m.schedule.add(m.now+wait, func() {
		t := m.topics[m.rng.IntN(len(m.topics))]
		p := t.parts[m.rng.IntN(len(t.parts))]
		if n := len(p.isr); n > m.minISR(t) && n > 1 && n == len(p.replicas) {
			followers := without(p.isr, p.leader)
			m.shrinkISR(p, followers[m.rng.IntN(len(followers))], time.Duration(4+m.rng.IntN(8))*time.Second)
		}
		m.scheduleFlap()
	})
}
