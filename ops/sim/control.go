package sim

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// Kill ends a node's process as kill -9 does. From now on connections are refused, and the partitions that a broker led get
// other leaders once its session has ended.
func (c *Cluster) Kill(id int32) error { return c.takeDown(id, refusing) }

// Silence freezes a node's process as SIGSTOP does: connections are accepted, requests are never answered.
func (c *Cluster) Silence(id int32) error { return c.takeDown(id, silent) }

func (c *Cluster) takeDown(id int32, how nodeMode) error {
	return c.onNode(id, func(n *node) error {
		if b := c.model.broker(id); b != nil {
			c.model.eventf("broker %d %s", id, map[nodeMode]string{refusing: "killed", silent: "silenced"}[how])
			c.model.stop(b)
		} else if ctl := c.model.controller(id); ctl != nil {
			c.model.stopController(ctl)
		}
		return nil
	}, func(n *node) error { return n.setMode(how) })
}

// Start brings a node back and undoes [Cluster.Kill], [Cluster.Silence], [Cluster.Fence], [Cluster.FailLogDir],
// [Cluster.MakeNone], [Cluster.Stale], [Cluster.Garbage] and [Cluster.Slow]; it also registers an unregistered broker again. A broker that had
// been fenced catches up before it is in sync again.
func (c *Cluster) Start(id int32) error {
	return c.onNode(id, func(n *node) error {
		n.mu.Lock()
		was := n.mode
		n.delay = 0
		n.mu.Unlock()
		c.model.register(id)
		if b := c.model.broker(id); b != nil {
			c.model.eventf("broker %d started", id)
			b.stale = nil
			c.model.mendDirs(b)
			if b.up && b.fenced {
				c.model.unfence(b)
			}
			c.model.run(b, was == refusing)
		} else if ctl := c.model.controller(id); ctl != nil {
			c.model.runController(ctl)
		}
		return nil
	}, func(n *node) error { return n.setMode(answering) })
}

// Fence makes the controller treat a broker as dead although it goes on answering.
func (c *Cluster) Fence(id int32) error {
	return c.onBroker(id, func(b *broker) error { c.model.fence(b); return nil })
}

// Cordon keeps new replicas off all log dirs of a broker (cordoned.log.dirs=*, KIP-1066).
func (c *Cluster) Cordon(id int32) error {
	return c.onBroker(id, func(b *broker) error {
		b.configs["cordoned.log.dirs"] = "*"
		b.cordonByConfig()
		c.model.eventf("broker %d cordoned", id)
		return nil
	})
}

// FailLogDir takes the broker's dir (counted from 0) offline, as a broken disk does. A broker without dirs that work goes down.
func (c *Cluster) FailLogDir(id int32, dir int) error {
	last := false
	err := c.onBroker(id, func(b *broker) error {
		if dir < 0 || dir >= len(b.dirs) {
			return fmt.Errorf("sim: broker %d has log dirs 0 to %d, not %d", id, len(b.dirs)-1, dir)
		}
		c.model.failDir(b, dir)
		last = !slices.ContainsFunc(b.dirs, func(d logDir) bool { return !d.offline })
		return nil
	})
	if err == nil && last {
		return c.Kill(id)
	}
	return err
}

// MakeNone lets the broker make no log for the replicas that it gets from now on, and the metadata calls them online. So it is on Kafka
// where the log dir fails in which a replica is being made; Kafka makes those in other dirs.
func (c *Cluster) MakeNone(id int32) error {
	return c.onBroker(id, func(b *broker) error {
		b.makesNone = true
		c.model.eventf("broker %d makes no new replicas", id)
		return nil
	})
}

// Stale freezes the broker's metadata: from now on it answers with the metadata of this moment.
func (c *Cluster) Stale(id int32) error {
	return c.onBroker(id, func(b *broker) error {
		c.model.freezeView(b)
		return nil
	})
}

// Garbage makes a node answer with bytes that mean nothing.
func (c *Cluster) Garbage(id int32) error {
	return c.onNode(id, nil, func(n *node) error { return n.setMode(garbling) })
}

// Slow delays every answer of a node by d. The delay is real time or, in a testing/synctest bubble, the bubble's.
func (c *Cluster) Slow(id int32, d time.Duration) error {
	return c.onNode(id, nil, func(n *node) error {
		n.slow(d)
		return nil
	})
}

// onBroker calls do with the broker, with mu held and the model up to date.
func (c *Cluster) onBroker(id int32, do func(*broker) error) error {
	return c.onNode(id, func(*node) error {
		b := c.model.broker(id)
		if b == nil {
			return fmt.Errorf("sim: no broker %d", id)
		}
		return do(b)
	}, nil)
}

// onNode calls do with mu held and the model up to date, then after without.
func (c *Cluster) onNode(id int32, do, after func(*node) error) error {
	n := c.node(id)
	if n == nil {
		return fmt.Errorf("sim: no node %d", id)
	}
	if do != nil {
		c.mu.Lock()
		c.catchUp()
		err := do(n)
		c.catchUp()
		c.mu.Unlock()
		if err != nil {
			return err
		}
	}
	if after != nil {
		return after(n)
	}
	return nil
}

// Reassignment is a move in progress.
type Reassignment struct {
	Topic                      string
	Partition                  int32
	Replicas, Adding, Removing []int32
}

// Reassignments lists the moves in progress, in order of topic and partition.
func (c *Cluster) Reassignments() []Reassignment {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.catchUp()
	var all []Reassignment
	for _, p := range c.model.copying.behind {
		if p.reassigning() {
			all = append(all, Reassignment{p.topic.name, p.id, slices.Clone(p.replicas), slices.Clone(p.adding), slices.Clone(p.removing)})
		}
	}
	return all
}

// PartitionState is what is true of a partition.
type PartitionState struct {
	Topic                                           string
	Partition                                       int32
	Leader, LeaderEpoch                             int32
	Replicas, ISR, Adding, Removing, ELR, LastKnown []int32
	Bytes                                           int64 // of the leader's log
}

// Partitions lists all partitions, in order of topic and partition.
func (c *Cluster) Partitions() []PartitionState {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.catchUp()
	var all []PartitionState
	c.model.eachPartition(func(p *partition) {
		all = append(all, PartitionState{
			p.topic.name, p.id, p.leader, p.leaderEpoch, slices.Clone(p.replicas), slices.Clone(p.isr), slices.Clone(p.adding),
			slices.Clone(p.removing), slices.Clone(p.elr), slices.Clone(p.lastKnownELR), int64(c.model.size(p)),
		})
	})
	return all
}

// throttles are the configs that limit replication (KIP-73).
var throttles = []string{
	"leader.replication.throttled.rate", "follower.replication.throttled.rate",
	"leader.replication.throttled.replicas", "follower.replication.throttled.replicas",
}

// Throttles lists the configs that limit replication: "broker 3 leader.replication.throttled.rate" and the value.
func (c *Cluster) Throttles() map[string]string {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.catchUp()
	all := map[string]string{}
	add := func(what string, configs map[string]string) {
		for _, name := range throttles {
			if v, ok := configs[name]; ok {
				all[what+" "+name] = v
			}
		}
	}
	for _, b := range c.model.brokers {
		add("broker "+itoa(b.id), b.configs)
	}
	for _, t := range c.model.topics {
		add("topic "+t.name, t.configs)
	}
	return all
}

// SetBrokerConfig sets a dynamic config of a broker, as another tool would. The value isn't checked.
func (c *Cluster) SetBrokerConfig(id int32, name, value string) error {
	return c.onBroker(id, func(b *broker) error {
		next := maps.Clone(b.configs)
		if next == nil {
			next = map[string]string{}
		}
		next[name] = value
		c.model.setConfigs(c, configTarget{configs: b.configs, defs: brokerConfigs, broker: b}, next)
		return nil
	})
}
