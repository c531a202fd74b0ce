package sim

import (
	"math"
	"math/rand/v2"
	"time"
)

// requestKind is a request as Kafka's RequestMetrics names it: an API, or one of the two parts of Fetch.
type requestKind int

const (
	produceRequest requestKind = iota
	fetchConsumerRequest
	fetchFollowerRequest
	fetchRequest // the two together
	metadataRequest
	offsetCommitRequest
	heartbeatRequest
	listOffsetsRequest
	apiVersionsRequest
	requestKinds
)

var requestNames = [requestKinds]struct{ name, version string }{
	{"Produce", "11"}, {"FetchConsumer", "17"}, {"FetchFollower", "17"}, {"Fetch", "17"}, {"Metadata", "12"},
	{"OffsetCommit", "9"}, {"Heartbeat", "4"}, {"ListOffsets", "9"}, {"ApiVersions", "4"},
}

// requestPhase is a part of the time of a request.
type requestPhase int

const (
	requestQueuePhase requestPhase = iota
	localPhase
	remotePhase
	responseQueuePhase
	responseSendPhase
	throttlePhase // told to the client; no part of the total
	totalPhase
	requestPhases
)

var phaseNames = [requestPhases]string{
	"RequestQueueTimeMs", "LocalTimeMs", "RemoteTimeMs", "ResponseQueueTimeMs", "ResponseSendTimeMs", "ThrottleTimeMs", "TotalTimeMs",
}

// brokerMeters is what one process of a broker has measured.
type brokerMeters struct {
	since time.Duration // when the process began
	at    time.Duration // of the last step

	handlerIdle meter // nanoseconds of each thread
	processors  []processorMeters
	requests    [requestKinds]requestMeters

	requestQueue                      float64
	producePurgatory, fetchPurgatory  float64           // requests that wait for followers, or for records
	topics                            map[string]*meter // of BrokerTopicMetrics, over all topics
	byTopic                           map[string]*topicTraffic
	diskRead, diskWrite               meter
	throttledOut, throttledIn         float64 // bytes a second under a replication throttle
	throttledOutEver, throttledInEver bool    // Kafka makes these sensors when they are first needed
	exempt                            float64 // percent of one thread
	usage                             [quotaTypes]map[bucketTags]*usage
}

// topicMeters are the meters of BrokerTopicMetrics. The total of Produce and of Fetch requests counts their partitions.
var topicMeters = []string{
	"BytesInPerSec", "BytesOutPerSec", "MessagesInPerSec", "ReplicationBytesInPerSec", "ReplicationBytesOutPerSec",
	"ReassignmentBytesInPerSec", "ReassignmentBytesOutPerSec", "TotalProduceRequestsPerSec", "TotalFetchRequestsPerSec",
	"FailedProduceRequestsPerSec", "FailedFetchRequestsPerSec",
}

type requestMeters struct {
	requests  meter
	succeeded meter // answered without an error
	failed    meter // answered with NOT_ENOUGH_REPLICAS
	phases    [requestPhases]histogram
}

type processorMeters struct {
	wait        meter   // nanoseconds spent waiting for something to do
	idle        float64 // mean of two windows of 30 s
	responses   float64 // queued
	connections []softwareConnections
}

type softwareConnections struct {
	software, version string
	n                 int
}

// usage is what a broker counts for one bucket.
type usage struct {
	rate           float64       // over eleven windows of a second
	throttle       float64       // ms, mean of the throttles of the last minute
	throttledUntil time.Duration // when there are none any more
	lastUsed       time.Duration // when there was something to count
}

const (
	quotaMemory      = 5 * time.Second // makes an exponential mean as old as eleven windows of a second
	throttleMemory   = time.Minute
	usageExpires     = time.Hour // ClientQuotaManager.INACTIVE_SENSOR_EXPIRATION_TIME_SECONDS
	idleMemory       = 30 * time.Second
	partitionsAtOnce = 4 // in a Produce or Fetch request
)

func newBrokerMeters(now time.Duration) *brokerMeters {
	bm := &brokerMeters{since: now, at: now, topics: map[string]*meter{}, byTopic: map[string]*topicTraffic{}}
	for _, name := range topicMeters {
		bm.topics[name] = new(meter)
	}
	for t := range bm.usage {
		bm.usage[t] = map[bucketTags]*usage{}
	}
	return bm
}

func (bm *brokerMeters) advance(dt time.Duration) {
	bm.handlerIdle.advance(dt)
	bm.diskRead.advance(dt)
	bm.diskWrite.advance(dt)
	for _, m := range bm.topics {
		m.advance(dt)
	}
	for _, t := range bm.byTopic {
		t.advance(dt)
	}
	for i := range bm.processors {
		p := &bm.processors[i]
		if !p.wait.warm {
			p.idle = p.wait.rate / 1e9
		}
		p.wait.advance(dt)
		p.idle = smooth(p.idle, p.wait.rate/1e9, dt, idleMemory)
	}
	for k := range bm.requests {
		r := &bm.requests[k]
		for _, m := range []*meter{&r.requests, &r.succeeded, &r.failed} {
			m.advance(dt)
		}
		for i := range r.phases {
			r.phases[i].advance(dt)
		}
	}
}

// measure sets what the broker measures in the second to come.
func (m *model) measure(bm *brokerMeters, l *load, brokers int) {
	others := float64(brokers - 1)
	copies := others * min(40, 2+l.copiedOut/max(others, 1)/20_000) // an idle follower asks every 500 ms
	var handlers, network, produces, fetches, failed float64
	var bytesIn, bytesOut, messages float64
	for i := range l.clients {
		c, t := &l.clients[i], &m.traffic.tenants[i]
		handlers, network = handlers+c.handlerTime(), network+c.networkTime()
		produces, fetches = produces+c.produces, fetches+c.fetches
		bytesIn, bytesOut, messages = bytesIn+c.produce, bytesOut+c.fetch, messages+c.produce/t.record
		failed += c.produces * c.failing
	}
	tenants := float64(len(l.clients))
	rates := [requestKinds]float64{
		produceRequest: produces, fetchConsumerRequest: fetches, fetchFollowerRequest: copies, fetchRequest: fetches + copies,
		metadataRequest: 1.5 * tenants, offsetCommitRequest: 4 * tenants, heartbeatRequest: 6 * tenants,
		listOffsetsRequest: 0.8 * tenants, apiVersionsRequest: 0.4 * tenants,
	}
	coordination := 0.0
	for k := metadataRequest; k < requestKinds; k++ {
		coordination += rates[k]
	}
	exempt := copies*(copyCost+copyNetworkCost) + l.copiedOut*copyByteNetworkCost
	handlers += copies*copyCost + coordination*otherCost
	network += copies*copyNetworkCost + (l.copiedOut+l.reassignOut)*copyByteNetworkCost + coordination*networkCost

	all := produces + fetches + copies + coordination
	busy := min(handlers/float64(l.ioThreads), maxBusy)
	wait := min(handlerWait(busy, l.ioThreads, handlers/max(all, 1)), 1000*queuedMaxRequests/max(all, 1))
	bm.requestQueue = math.Floor(all * wait / 1000)
	bm.handlerIdle.rate = 1e9 * (1 - busy)

	queued := m.measureProcessors(bm, l, network, all)
	for i, rate := range []float64{
		bytesIn, bytesOut, messages, l.copiedIn + l.reassignIn, l.copiedOut + l.reassignOut, l.reassignIn, l.reassignOut,
		produces * partitionsAtOnce, (fetches + copies) * partitionsAtOnce, failed, 0,
	} {
		bm.topics[topicMeters[i]].rate = rate
	}
	trouble := m.traffic.trouble[l.b.id]
	bm.diskRead.rate, bm.diskWrite.rate = 40_000+trouble.diskRead, bytesIn+l.copiedIn+l.reassignIn
	bm.throttledOut, bm.throttledIn = l.throttledOut, l.throttledIn
	bm.throttledOutEver = bm.throttledOutEver || l.throttledOut > 0
	bm.throttledInEver = bm.throttledInEver || l.throttledIn > 0

	for k := range rates {
		bm.requests[k].succeeded.rate = rates[k]
	}
	bm.requests[produceRequest].succeeded.rate, bm.requests[produceRequest].failed.rate = produces-failed, failed
	bm.producePurgatory = math.Floor(produces * remoteTime[produceRequest] / 1000)
	bm.fetchPurgatory = math.Floor((fetches*remoteTime[fetchConsumerRequest] + copies*remoteTime[fetchFollowerRequest]) / 1000)
	m.measurePhases(bm, l, rates, delay{typical: wait}, queued)
	m.measureQuotas(bm, l, 100*exempt)
}

// measureProcessors shares the network's work out to its threads, and returns how long responses wait for theirs.
func (m *model) measureProcessors(bm *brokerMeters, l *load, network, requests float64) delay {
	n := l.networkThreads
	if len(bm.processors) != n {
		bm.processors = make([]processorMeters, n)
	}
	weights, sum := make([]float64, n), 0.0
	r := rand.New(rand.NewPCG(m.traffic.seed, uint64(l.b.id)))
	for p := range weights {
		weights[p] = 1 + 0.06*r.NormFloat64() // connections are dealt out, their work isn't
		sum += weights[p]
	}
	trouble := m.traffic.trouble[l.b.id]
	var normal, slow, slowShare float64
	for p := range weights {
		share := weights[p] / sum
		busy := max(min(network*share, maxBusy), trouble.busy[p])
		wait := networkWait(busy, network/max(requests, 1))
		if _, hot := trouble.busy[p]; hot {
			wait += trouble.stall
		}
		if busy > 0.9 {
			slow, slowShare = slow+share*wait, slowShare+share
		} else {
			normal += share * wait
		}
		pm := &bm.processors[p]
		pm.wait.rate = 1e9 * (1 - busy)
		pm.responses = math.Floor(requests * share * wait / 1000)
		pm.connections = m.connections(l.b.id, p, n)
	}
	d := delay{share: slowShare}
	if slowShare < 1 {
		d.typical = normal / (1 - slowShare)
	}
	if slowShare > 0 {
		d.slow = slow / slowShare
	}
	return d
}

// connections lists the connections of one of a broker's n network processors, by client software.
func (m *model) connections(b int32, processor, n int) []softwareConnections {
	list := []softwareConnections{{"apache-kafka-java", "4.3.1", evenShare(len(m.brokers)-1, processor, n)}} // the other brokers
	for i := range m.traffic.tenants {
		t := &m.traffic.tenants[i]
		k := evenShare(t.connections, (processor+i+int(b))%n, n)
		found := false
		for j := range list {
			if list[j].software == t.software && list[j].version == t.version {
				list[j].n += k
				found = true
			}
		}
		if !found {
			list = append(list, softwareConnections{t.software, t.version, k})
		}
	}
	return list
}

// evenShare is how many of all things the ith of n gets (i counts from 0).
func evenShare(all, i, n int) int { return all/n + max(0, min(1, all%n-i)) }

// localTime and remoteTime are, in ms and on average, how long the leader works on a request and how long it waits for
// followers or for records. Fetches that find nothing wait for fetch.max.wait.ms.
var (
	localTime  = [requestKinds]float64{1.2, 0.8, 0.6, 0.8, 0.7, 0.9, 0.1, 0.3, 0.1}
	remoteTime = [requestKinds]float64{2.6, 60, 140, 80, 0, 1.8, 0, 0, 0}
)

// measurePhases sets how long the requests spend in each phase.
func (m *model) measurePhases(bm *brokerMeters, l *load, rates [requestKinds]float64, waiting, queued delay) {
	sending := delay{typical: 0.4}
	trouble := m.traffic.trouble[l.b.id]
	for k := range requestKinds {
		r := &bm.requests[k]
		r.requests.rate = rates[k]
		d := [requestPhases]delay{
			requestQueuePhase: waiting, localPhase: {typical: localTime[k]}, remotePhase: {typical: remoteTime[k]},
			responseQueuePhase: queued, responseSendPhase: sending, throttlePhase: l.throttleDelay(k),
		}
		if k == fetchConsumerRequest || k == fetchRequest {
			d[responseSendPhase].slow, d[responseSendPhase].share = trouble.sending.slow, trouble.sending.share
		}
		d[totalPhase] = total(d[:throttlePhase])
		for i := range d {
			r.phases[i].set(rates[k], d[i])
		}
	}
}

// total is the delay of all phases together. Of the phases with slow requests, the one that costs most decides their share.
func total(phases []delay) delay {
	var sum delay
	for _, d := range phases {
		sum.typical += d.typical
		if d.share*d.slow > sum.share*sum.slow {
			sum.slow, sum.share = d.slow, d.share
		}
	}
	sum.slow += sum.typical
	return sum
}

// throttleDelay is how long the clients that send a kind of request are told to wait.
func (l *load) throttleDelay(k requestKind) delay {
	var d delay
	var held, all float64
	for i := range l.clients {
		c := &l.clients[i]
		var n float64
		var ms float64
		switch k {
		case produceRequest:
			n, ms = c.produces, max(c.throttled[producerByteRate], c.throttled[requestPercentage])
		case fetchConsumerRequest, fetchRequest:
			n, ms = c.fetches, max(c.throttled[consumerByteRate], c.throttled[requestPercentage])
		}
		all += n
		if ms > 0 {
			held += n
			d.slow += n * ms
		}
	}
	if held > 0 {
		d.slow, d.share = d.slow/held, held/all
	}
	return d
}

// measureQuotas brings what each bucket uses up to date.
func (m *model) measureQuotas(bm *brokerMeters, l *load, exempt float64) {
	if l.b.quotaLevels[requestPercentage] == 0 {
		exempt = 0 // not recorded while no client is counted (ClientRequestQuotaManager)
	}
	bm.exempt = smooth(bm.exempt, exempt, trafficStep, quotaMemory)
	for t := range quotaTypes {
		for tags, u := range bm.usage[t] {
			if l.buckets[t][tags] == nil {
				u.rate = smooth(u.rate, 0, trafficStep, quotaMemory)
				if m.now-u.lastUsed > usageExpires {
					delete(bm.usage[t], tags)
				}
			}
		}
		for tags, b := range l.buckets[t] {
			rate, ms := 0.0, 0.0
			for _, i := range b.members {
				c := &l.clients[i]
				rate += c.counted(t)
				ms = max(ms, c.throttled[t])
			}
			u := bm.usage[t][tags]
			if u == nil {
				if rate == 0 {
					continue
				}
				u = &usage{rate: rate}
				bm.usage[t][tags] = u
			}
			u.rate = smooth(u.rate, rate, trafficStep, quotaMemory)
			if rate > 0 {
				u.lastUsed = m.now
			}
			if ms > 0 {
				u.throttle, u.throttledUntil = ms, m.now+throttleMemory
			}
		}
	}
}
