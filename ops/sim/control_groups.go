package sim

import (
	"fmt"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// AddGroup adds a classic group of two members, whose name may be any bytes, that reads topics. It keeps up with them, or stands still from the
// start of the scenario on.
func (c *Cluster) AddGroup(name string, standsStill bool, topics ...string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.catchUp()
	if !c.options.Groups {
		return fmt.Errorf("sim: groups take a cluster with Options.Groups")
	}
	g := &group{name: name, kind: classicGroup, by: &tenants[0], members: 2, assignor: "range", subnet: "10.6.0.", topics: topics, readings: keepsUp(5, 0.5)}
	if standsStill {
		g.readings = inTrouble(g.readings[0], 0, 0, nil)
		g.readings[0].trouble = 0
	}
	g.prepare()
	c.model.groups.add(g)
	return nil
}

// SetCommitted has a group have committed an offset, whatever the log has there.
func (c *Cluster) SetCommitted(group, topic string, partition int32, offset int64) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	g := c.model.groups.byName[group]
	if g == nil {
		return fmt.Errorf("sim: no group %q", group)
	}
	g.committed[committedAt{topic, partition}] = offset
	return nil
}

// MakeAnew deletes a topic and creates an empty one of its name with as many partitions, as an administrator does.
func (c *Cluster) MakeAnew(name string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.catchUp()
	old := c.model.byName[name]
	if old == nil {
		return fmt.Errorf("sim: no topic %q", name)
	}
	req := kmsg.NewCreateTopicsRequestTopic()
	req.Topic, req.NumPartitions, req.ReplicationFactor = name, int32(len(old.parts)), int16(len(old.parts[0].replicas))
	c.model.deleteTopic(c, old)
	anew, assignment, e := c.model.newTopic(req)
	if e.code != 0 {
		return fmt.Errorf("sim: topic %q: %s", name, *e.message)
	}
	c.model.addTopic(anew, assignment, c.nextTopicID(name))
	return nil
}

// DeleteTopic deletes a topic, as an administrator does.
func (c *Cluster) DeleteTopic(name string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.catchUp()
	t := c.model.byName[name]
	if t == nil {
		return fmt.Errorf("sim: no topic %q", name)
	}
	c.model.deleteTopic(c, t)
	return nil
}
