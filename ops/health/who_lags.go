package health

import (
	"fmt"

	"kdeck/ops/format"
)

// whoLags says which broker is why replicas of live brokers are out of sync: the follower that lags behind several leaders, or the leader that none of its
// followers keep up with. Where a broker is down or replicas are offline it says nothing, since that is why, and leaders have moved. It returns what the
// sentence says and the evidence, "" for both where no broker stands out.
func (c *scan) whoLags() (said, evidence string) {
	n, missing, led, leaders, followers := c.under.n, 0, 0, 0, 0
	follower, leader := 0, 0
	for i := range c.brokers {
		b := &c.brokers[i]
		if c.down[i] || b.offline > 0 {
			return "", ""
		}
		missing, led = missing+b.missing, led+b.led
		if b.missing > 0 {
			followers++
		}
		if b.ledUnder > 0 {
			leaders++
		}
		if b.missing > c.brokers[follower].missing {
			follower = i
		}
		if b.ledUnder > c.brokers[leader].ledUnder {
			leader = i
		}
	}
	if missing == 0 || leaders == 0 {
		return "", ""
	}
	f, l := &c.brokers[follower], &c.brokers[leader]
	slow, ahead := c.s.Brokers[follower].ID, c.s.Brokers[leader].ID
	share := float64(l.ledUnder) / float64(n)
	switch {
	case n == 1 && l.led > 1 && f.replicas > f.missing:
		return "", fmt.Sprintf("no other partition lags: this one is hot, or its records are large; the other %s of broker %d are in sync", format.Thousands(l.led-1), ahead)
	case n == 1:
		return "", ""
	case leaders > 1 && float64(f.missing) >= MostOfThem*float64(missing):
		return fmt.Sprintf(": broker %d is slow to copy, or catches up", slow),
			fmt.Sprintf("broker %d lags behind %s: the number falls where it catches up after a restart, else look at its disk, its pauses and its threads", slow, format.Count(leaders, "leader"))
	case followers > 1 && share >= MostOfThem && share >= LedMore*float64(l.led)/float64(led):
		return fmt.Sprintf(": followers of broker %d can't keep up with it", ahead),
			fmt.Sprintf("broker %d leads %s of the %s, and %s of all %s: look at its disk, its network threads and what is written to it",
				ahead, format.Thousands(l.ledUnder), format.Thousands(n), format.Thousands(l.led), format.Count(led, "partition"))
	case followers == 1 && leaders == 1 && led > l.led && f.replicas-f.led > f.missing:
		return "", fmt.Sprintf("all of them are led by broker %d, and broker %d is in sync elsewhere: look at the path between the two, and at the fetcher of %d for %d", ahead, slow, slow, ahead)
	}
	return "", ""
}
