package sim

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// traffic is the load of the clients on the brokers. Once a second it is computed from the leaders of the partitions and from
// the quotas; in between everything flows evenly. It changes nothing else in the model.
type traffic struct {
	tenants []tenant
	spread  trafficSpread
	seed    uint64
	trouble map[int32]trouble // by broker
	begun   bool              // the first step is done
}

// trouble is what is wrong with a broker in a scenario, besides the load of its clients.
type trouble struct {
	busy     map[int]float64 // by network processor: the least share of its time that it is busy
	stall    float64         // ms that these processors hold a response back
	sending  delay           // ms, added to the sending of a consumer's answer
	diskRead float64         // bytes a second
}

// warmUp is how long the brokers have measured when a cluster starts in a scenario: long enough for means to settle.
const warmUp = 2 * time.Minute

// trafficStep is how often the traffic is computed.
const trafficStep = time.Second

// beginTraffic starts the load of the tenants.
func (c *Cluster) beginTraffic(sc scenario) error {
	m := c.model
	m.traffic = &traffic{tenants: slices.Clone(tenants), seed: c.options.Seed, trouble: map[int32]trouble{}}
	m.defaults["num.network.threads"] = "8"
	if !sc.withoutQuotas {
		if err := c.setQuotas(initialQuotas); err != nil {
			return err
		}
	}
	m.schedule.add(max(sc.elapsed-warmUp, 0), m.stepTraffic)
	return nil
}

// stepTraffic lets the last second pass and computes the next one.
func (m *model) stepTraffic() {
	spread := m.spreadNow()
	loads := make([]*load, len(m.brokers))
	for i, b := range m.brokers {
		if b.up {
			loads[i] = m.clientLoad(b, spread)
		}
	}
	byID := func(id int32) *load {
		for _, l := range loads {
			if l != nil && l.b.id == id {
				return l
			}
		}
		return nil
	}
	for _, l := range loads {
		if l == nil {
			continue
		}
		for i := range spread.of {
			for _, f := range spread.of[i].copied[l.b.id] {
				bytes := l.clients[i].produceFlow * f.share
				l.copiedOut += bytes
				if to := byID(f.broker); to != nil {
					to.copiedIn += bytes
				}
			}
		}
	}
	for _, f := range m.copying.flows {
		from, to := byID(f.from), byID(f.log.broker)
		if from == nil || to == nil {
			continue
		}
		from.reassignOut += f.log.rate
		to.reassignIn += f.log.rate
		if m.listedForThrottle(f.p, f.from, true) {
			from.throttledOut += f.log.rate
		}
		if m.listedForThrottle(f.p, f.log.broker, false) {
			to.throttledIn += f.log.rate
		}
	}
	for i, b := range m.brokers {
		switch {
		case b.meters == nil && b.up:
			b.meters = newBrokerMeters(m.now)
		case b.meters != nil && b.up:
			b.meters.advance(m.now - b.meters.at)
		}
		if b.meters != nil {
			b.meters.at = m.now // a process that stands still measures nothing
		}
		if loads[i] != nil {
			m.measure(b.meters, loads[i], len(m.brokers))
			b.meters.measureTopics(loads[i], spread)
			if !m.traffic.begun { // the brokers that are there at the beginning have been up for long
				b.meters.advance(0)
			}
		}
	}
	m.traffic.begun = true
	m.schedule.add(m.now+trafficStep, m.stepTraffic)
}

// demandFactor varies a tenant's demand: slowly by a tenth, and a little at random. It depends only on the seed, the time, the
// tenant and the broker.
func (m *model) demandFactor(who int, b int32) float64 {
	seconds := m.now.Seconds()
	r := rand.New(rand.NewPCG(m.traffic.seed^uint64(m.now/trafficStep), uint64(who)<<32|uint64(uint32(b))))
	period := 240 + 37*float64(who)
	return 1 + 0.1*math.Sin(2*math.Pi*seconds/period+float64(who)) + 0.03*r.NormFloat64()
}

// clientLoad is the load of the tenants on a broker, within their quotas and the capacity of the broker's threads.
func (m *model) clientLoad(b *broker, s *trafficSpread) *load {
	l := &load{b: b, ioThreads: m.threads(b, "num.io.threads"), networkThreads: m.threads(b, "num.network.threads"),
		clients: make([]clientLoad, len(m.traffic.tenants))}
	for i := range m.traffic.tenants {
		t, c := &m.traffic.tenants[i], &l.clients[i]
		share := s.of[i].led[b.id]
		at := share * float64(len(m.brokers)) * m.demandFactor(i, b.id)
		c.produce, c.fetch = t.produce*at, t.fetch*at
		c.produces, c.fetches = c.produce/t.request, c.fetch/t.response
		if share > 0 {
			c.failing = s.of[i].failed[b.id] / share
			// What goes to all of the tenant's partitions together, so that a part of it can be told from the rest.
			c.produceFlow = c.produce / share
		}
	}
	l.throttle(m)
	l.saturate()
	return l
}

// threads is the broker's number of threads of a kind.
func (m *model) threads(b *broker, config string) int {
	n := m.brokerNumber(b, config)
	return int(min(max(n, 1), 64))
}

// brokerNumber is a broker config that is a number.
func (m *model) brokerNumber(b *broker, config string) float64 {
	return numberOr(b.configs[config], numberOr(m.defaults[config], numberOr(configNamed(brokerConfigs, config).value, 0)))
}

// countISR counts a change of the in-sync replicas, as their leader does.
func (m *model) countISR(leader int32, before, after int) {
	b := m.broker(leader)
	switch {
	case b == nil:
	case after < before:
		b.isrShrinks++
	case after > before:
		b.isrExpands++
	}
}
