package sim

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// throttleRate is the broker's leader- or follower-side replication throttle in bytes a second (KIP-73).
func (m *model) throttleRate(id int32, leader bool) float64 {
	name := "follower.replication.throttled.rate"
	if leader {
		name = "leader.replication.throttled.rate"
	}
	b := m.broker(id)
	if b == nil {
		return math.Inf(1)
	}
	value, ok := b.configs[name]
	if !ok {
		value, ok = m.defaults[name]
	}
	rate, err := strconv.ParseFloat(value, 64)
	if !ok || err != nil {
		return math.Inf(1)
	}
	return rate
}

// listedForThrottle reports whether the topic's list of throttled replicas holds the partition's replica on that broker, as
// "partition:broker" or by "*".
func (m *model) listedForThrottle(p *partition, id int32, leader bool) bool {
	name := "follower.replication.throttled.replicas"
	if leader {
		name = "leader.replication.throttled.replicas"
	}
	list := p.topic.configs[name]
	if list == "" {
		return false
	}
	if list == "*" {
		return true
	}
	entry := strconv.Itoa(int(p.id)) + ":" + strconv.Itoa(int(id))
	return slices.Contains(strings.Split(list, ","), entry)
}
