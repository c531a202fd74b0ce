package sim

import (
	"math"
	"slices"
	"strconv"
	"time"
)

// What requests cost a broker: seconds of a thread's time, for each and for each byte.
const (
	produceCost, produceByteCost         = 350e-6, 2e-9
	fetchCost, fetchByteCost             = 300e-6, 0.3e-9
	copyCost                             = 150e-6 // a follower's fetch
	otherCost                            = 200e-6
	networkCost, networkByteCost         = 250e-6, 4e-9
	copyNetworkCost, copyByteNetworkCost = 100e-6, 1e-9

	// Requests come in bursts: queues are so much longer than those of independent arrivals.
	handlerBurst, networkBurst = 60, 8
	// maxBusy is the largest share of their time that threads work: more requests than that wait at the clients.
	maxBusy = 0.965
	// queuedMaxRequests is queued.max.requests.
	queuedMaxRequests = 500
)

// clientLoad is the load of one tenant on one broker. All of it is by second.
type clientLoad struct {
	produce, fetch    float64 // bytes
	produces, fetches float64 // requests
	failing           float64 // the share of produced records that is refused
	produceFlow       float64 // bytes produced, over the broker's share of the tenant's traffic
	throttled         [quotaTypes]float64
}

func (c *clientLoad) scaleProduce(by float64) {
	c.produce, c.produces, c.produceFlow = c.produce*by, c.produces*by, c.produceFlow*by
}

func (c *clientLoad) scaleFetch(by float64) { c.fetch, c.fetches = c.fetch*by, c.fetches*by }

// handlerTime is seconds of handler threads a second.
func (c *clientLoad) handlerTime() float64 {
	return c.produces*produceCost + c.produce*produceByteCost + c.fetches*fetchCost + c.fetch*fetchByteCost
}

func (c *clientLoad) networkTime() float64 {
	return (c.produces+c.fetches)*networkCost + (c.produce+c.fetch)*networkByteCost
}

// counted is the part of the load that counts towards a limit of the type.
func (c *clientLoad) counted(t quotaType) float64 {
	switch t {
	case producerByteRate:
		return c.produce
	case consumerByteRate:
		return c.fetch
	}
	return 100 * (c.handlerTime() + c.networkTime())
}

// slowDown scales the part of the load that counts towards a limit of the type.
func (c *clientLoad) slowDown(t quotaType, by float64) {
	if t != consumerByteRate {
		c.scaleProduce(by)
	}
	if t != producerByteRate {
		c.scaleFetch(by)
	}
}

// load is the load of all tenants and of replication on one broker. All of it is by second.
type load struct {
	b                         *broker
	ioThreads, networkThreads int
	clients                   []clientLoad
	buckets                   [quotaTypes]map[bucketTags]*bucketLoad

	copiedIn, copiedOut       float64 // bytes of in-sync followers
	reassignIn, reassignOut   float64 // bytes of those that are not
	throttledIn, throttledOut float64 // bytes of these that go under a replication throttle
}

// bucketLoad is the load of the tenants that share one limit.
type bucketLoad struct {
	limit   float64
	demand  float64
	members []int
}

// throttle holds the tenants to their quotas. A tenant over two limits is throttled for the longer of the two times
// (KafkaApis.handleProduceRequest).
func (l *load) throttle(m *model) {
	for t := range quotaTypes {
		levels := l.b.quotaLevels[t]
		if levels == 0 { // no limit was ever set: no client is counted
			continue
		}
		l.buckets[t] = map[bucketTags]*bucketLoad{}
		for i := range l.clients {
			tags, limit := m.quotas.bucket(t, levels, m.traffic.tenants[i].user, m.traffic.tenants[i].client)
			b := l.buckets[t][tags]
			if b == nil {
				b = &bucketLoad{limit: limit}
				l.buckets[t][tags] = b
			}
			b.demand += l.clients[i].counted(t)
			b.members = append(b.members, i)
		}
		for _, b := range l.buckets[t] {
			if b.demand <= b.limit {
				continue
			}
			ms := (b.demand/b.limit - 1) * 1000 // as long as it takes for the mean to fall to the limit
			if t == requestPercentage {
				ms = min(ms, 1000) // quota.window.size.seconds (ClientRequestQuotaManager.throttleTime)
			}
			for _, i := range b.members {
				l.clients[i].slowDown(t, b.limit/b.demand)
				l.clients[i].throttled[t] = ms
			}
		}
	}
	for i := range l.clients {
		c := &l.clients[i]
		longest := slices.Max(c.throttled[:])
		for t := range c.throttled {
			if c.throttled[t] < longest {
				c.throttled[t] = 0
			}
		}
	}
}

// saturate slows all clients down to what the threads can do.
func (l *load) saturate() {
	var handlers, network float64
	for i := range l.clients {
		handlers += l.clients[i].handlerTime()
		network += l.clients[i].networkTime()
	}
	by := min(1, maxBusy*float64(l.ioThreads)/handlers, maxBusy*float64(l.networkThreads)/network)
	if handlers == 0 || by == 1 {
		return
	}
	for i := range l.clients {
		l.clients[i].scaleProduce(by)
		l.clients[i].scaleFetch(by)
	}
}

// handlerWait is how long a request waits for one of n handler threads that are busy for a share of their time, in ms:
// Sakasegawa's approximation for several servers.
func handlerWait(busy float64, n int, each float64) float64 {
	return 1000 * handlerBurst * each * math.Pow(busy, math.Sqrt(2*float64(n+1))-1) / (float64(n) * (1 - busy))
}

// networkWait is how long a response waits for its network processor, in ms.
func networkWait(busy, each float64) float64 {
	return 1000 * networkBurst * each * busy / (1 - busy)
}

func numberOr(text string, other float64) float64 {
	if n, err := strconv.ParseFloat(text, 64); err == nil {
		return n
	}
	return other
}

// sawtooth rises from 0 to 1 in each period.
func sawtooth(now, period time.Duration, phase float64) float64 {
	_, rest := math.Modf(now.Seconds()/period.Seconds() + phase)
	return rest
}
