package sim

import "time"

// The scenarios in which a transaction stays open. Without [Options].Groups the cluster is healthy.

// hangingTransaction leaves a transaction open that no coordinator knows of: its producer wrote on after the coordinator had ended
// it (KIP-664). Only an administrator can end it.
func hangingTransaction(c *Cluster) error {
	return c.beginTransaction("ledger", 4, -3*time.Hour, &transaction{identity: identity{3977, 12, 40_960}, coordinatorEpoch: 3})
}

// frozenProducer has a producer stand still in the middle of a transaction, which its coordinator will abort once its timeout of
// an hour has passed.
func frozenProducer(c *Cluster) error {
	return c.beginTransaction("payments.settlements", 2, -15*time.Minute, &transaction{
		identity: identity{3981, 2, 1184}, coordinatorEpoch: -1, id: "checkout-settlements-2", timeout: time.Hour.Seconds(),
	})
}

// beginTransaction opens a transaction at a moment of the scenario, if the cluster has groups.
func (c *Cluster) beginTransaction(topic string, id int32, when time.Duration, t *transaction) error {
	p := c.model.partition(topic, id)
	if p == nil || p.stream == nil {
		return nil
	}
	t.partition = p
	c.model.begin(t, when.Seconds())
	if t.timeout > 0 {
		c.model.expire(t)
	}
	return nil
}
