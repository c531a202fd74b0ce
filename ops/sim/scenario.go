package sim

import (
	"fmt"
	"strings"
	"time"
)

// Scenario is a situation in which a cluster can be started.
type Scenario struct{ Name, Help string }

type scenario struct {
	Scenario
	elapsed       time.Duration // how long the scenario has been going on when New returns
	prepare       func(*Cluster) error
	withoutQuotas bool // nobody has a quota yet
}

var scenarios = []scenario{
	{Scenario{"healthy", "everything works"}, 0, nil, false},
	{Scenario{"broker-down", "a broker died four minutes ago; its partitions lack a replica, some have too few to be written to"}, 4 * time.Minute, brokerDown, false},
	{Scenario{"stuck-move", "a move to a broker that then died hangs, and its throttles are still set"}, 20 * time.Minute, stuckMove, false},
	{Scenario{"stale-broker", "a broker answers with the leaders of half an hour ago"}, 30 * time.Minute, staleBroker, false},
	{Scenario{"bad-disk", "one log dir of one broker failed ten minutes ago"}, 10 * time.Minute, badDisk, false},
	{Scenario{"slow-broker", "a broker takes 800 ms to answer what the others answer at once, and its metrics don't show it"}, 10 * time.Minute, slowBroker, false},
	{Scenario{"abusive-tenant", "one tenant uses most of some brokers' threads, as much as a far too large quota lets it"}, 10 * time.Minute, abusiveTenant, false},
	{Scenario{"hot-processor", "one network thread of one broker is busy all the time, and what it serves waits; the mean looks fine"}, 10 * time.Minute, hotProcessor, false},
	{Scenario{"cold-read", "a consumer that is far behind reads from one broker's disk, and two network threads wait for it"}, 10 * time.Minute, coldRead, false},
	{Scenario{"slow-group", "a group reads more slowly than its topics are written, and falls behind"}, 20 * time.Minute, slowGroup, false},
	{Scenario{"slow-member", "one member of a group is slow, and all that the group lags is its"}, 20 * time.Minute, slowMember, false},
	{Scenario{"hanging-group", "the members of a group are alive and commit nothing any more"}, 20 * time.Minute, hangingGroup, false},
	{Scenario{"rebalancing-group", "a group rebalances again and again and hardly reads"}, 20 * time.Minute, rebalancingGroup, false},
	{Scenario{"stopped-group", "all members of a group are gone, and its lag grows"}, 20 * time.Minute, stoppedGroup, false},
	{Scenario{"rewound-group", "a group went back three hours a minute ago and reads all again"}, 10 * time.Minute, rewoundGroup, false},
	{Scenario{"unowned-partition", "one partition is assigned to no member of its group"}, 20 * time.Minute, unownedPartition, false},
	{Scenario{"deleted-topic", "a group still has offsets of a topic that was deleted"}, 10 * time.Minute, deletedTopic, false},
	{Scenario{"lost-coordinator", "the partition that keeps a group's offsets has too few in-sync replicas, and commits fail"}, 20 * time.Minute, lostCoordinator, false},
	{Scenario{"hanging-transaction", "a transaction that no coordinator knows has been open for three hours and holds readers up"}, 20 * time.Minute, hangingTransaction, false},
	{Scenario{"frozen-producer", "a producer stopped in the middle of a transaction half an hour ago, and its timeout is an hour"}, 20 * time.Minute, frozenProducer, false},
	{Scenario{"small-requests", "a client without a quota sends every record in a request of its own, as fast as it can"}, 10 * time.Minute, smallRequests, true},
}

// Scenarios lists the scenarios, the healthy one first.
func Scenarios() []Scenario {
	all := make([]Scenario, len(scenarios))
	for i, s := range scenarios {
		all[i] = s.Scenario
	}
	return all
}

func scenarioNamed(name string) (scenario, error) {
	if name == "" {
		return scenarios[0], nil
	}
	var names []string
	for _, s := range scenarios {
		if s.Name == name {
			return s, nil
		}
		names = append(names, s.Name)
	}
	return scenario{}, fmt.Errorf("sim: no scenario %q; there are %s", name, strings.Join(names, ", "))
}

// victim is the broker that a scenario is about: broker 7, or the last of a smaller cluster.
func (c *Cluster) victim() (*broker, error) {
	if len(c.model.brokers) < 4 {
		return nil, fmt.Errorf("it takes 4 brokers, not %d", len(c.model.brokers))
	}
	if b := c.model.broker(7); b != nil {
		return b, nil
	}
	return c.model.brokers[len(c.model.brokers)-1], nil
}

// scheduleAt calls do at a moment of the scenario.
func (c *Cluster) scheduleAt(when time.Duration, do func()) { c.model.schedule.add(when, do) }

// killInModel ends a broker's process while the model is held.
func (c *Cluster) killInModel(b *broker) {
	_ = c.node(b.id).setMode(refusing) // only listening can fail
	c.model.eventf("broker %d killed", b.id)
	c.model.stop(b)
}

func brokerDown(c *Cluster) error {
	b, err := c.victim()
	if err != nil {
		return err
	}
	c.scheduleAt(2*time.Second, func() { c.killInModel(b) })
	c.scheduleAt(time.Minute, func() { // other followers fall behind as well
		left := 3
		for _, p := range c.model.hosted(b) {
			followers := without(p.isr, p.leader)
			if left > 0 && len(p.replicas) == 3 && len(followers) == 1 && c.model.minISR(p.topic) == 2 && !p.topic.internal {
				c.model.shrinkISR(p, followers[0], 24*time.Hour)
				left--
			}
		}
	})
	return nil
}

func stuckMove(c *Cluster) error {
	b, err := c.victim()
	if err != nil {
		return err
	}
	m := c.model
	c.scheduleAt(2*time.Second, func() { c.killInModel(b) })
	c.scheduleAt(time.Minute, func() {
		moved := 0
		for _, t := range m.topics {
			if t.internal || len(t.parts[0].replicas) < 3 || moved == 3 {
				continue
			}
			for _, p := range t.parts {
				if p.log(b.id) != nil || len(p.isr) < len(p.replicas) {
					continue
				}
				c.moveThrottled(p, b.id)
				moved++
				break
			}
		}
	})
	return nil
}

// moveThrottled moves the partition's last replica to a broker the way Kafka's tool does with --throttle.
func (c *Cluster) moveThrottled(p *partition, to int32) {
	m := c.model
	target := append(without(p.replicas, p.replicas[len(p.replicas)-1]), to)
	replicas, adding, removing := merged(p.replicas, target)
	var leaders []string
	for _, r := range p.replicas {
		leaders = append(leaders, itoa(p.id)+":"+itoa(r))
		b := m.broker(r)
		b.configs["leader.replication.throttled.rate"] = "10000000"
		b.configs["follower.replication.throttled.rate"] = "10000000"
	}
	p.topic.configs["leader.replication.throttled.replicas"] = strings.Join(leaders, ",")
	p.topic.configs["follower.replication.throttled.replicas"] = itoa(p.id) + ":" + itoa(to)
	m.eventf("reassign %v %v -> %v", p, p.replicas, target)
	m.apply(p, change{replicas: replicas, adding: adding, removing: removing})
}

func staleBroker(c *Cluster) error {
	b, err := c.victim()
	if err != nil {
		return err
	}
	m := c.model
	c.scheduleAt(time.Second, func() { m.freezeView(b) })
	c.scheduleAt(time.Minute, func() {
		moved := 0
		m.eachPartition(func(p *partition) {
			// Every ninth partition, up to twenty: leadership goes to its second replica, as after a restart of the first.
			if p.id%9 == 0 && moved < 20 && len(p.isr) > 1 && p.leader == p.replicas[0] && p.leader != b.id {
				m.moveLeader(p, p.replicas[1])
				moved++
			}
		})
	})
	return nil
}

func badDisk(c *Cluster) error {
	b, err := c.victim()
	if err != nil {
		return err
	}
	c.scheduleAt(2*time.Second, func() { c.model.failDir(b, len(b.dirs)-1) })
	return nil
}

// slowBroker has a broker whose requests wait before its own clock starts, as behind a network thread that is held up.
func slowBroker(c *Cluster) error {
	b, err := c.victim()
	if err != nil {
		return err
	}
	c.node(b.id).slow(800 * time.Millisecond)
	c.model.eventf("broker %d is slow to answer", b.id)
	return nil
}
