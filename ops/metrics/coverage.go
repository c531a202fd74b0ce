package metrics

import (
	"fmt"

	"kdeck/ops/state"
	"kdeck/ops/tenant"
)

// quotaRule holds the exporter's rules for quotas, with the names of its own example file. The order of the tags is Kafka's.
const quotaRule = `- pattern: 'kafka.server<type=(Produce|Fetch|Request|ControllerMutation), user=(.+), client-id=(.+)><>(byte-rate|request-time|mutation-rate|tokens|throttle-time)'
  name: kafka_server_quota_$4
  labels: {resource: "$1", user: "$2", clientId: "$3"}
- pattern: 'kafka.server<type=(Produce|Fetch|Request|ControllerMutation), (user|client-id)=(.+)><>(byte-rate|request-time|mutation-rate|tokens|throttle-time)'
  name: kafka_server_quota_$4
  labels: {resource: "$1", "$2": "$3"}
- pattern: 'kafka.server<type=(Produce|Fetch|Request|ControllerMutation)><>(queue-size|exempt-request-time)'
  name: kafka_server_$1_$2`

const socketRule = `- pattern: 'kafka.server<type=socket-server-metrics, listener=(.+), networkProcessor=(.+)><>([a-z-]+)'
  name: kafka_server_socket_server_metrics_$3
  labels: {listener: "$1", networkProcessor: "$2"}`

const handlerRule = `- pattern: 'kafka.server<type=KafkaRequestHandlerPool, name=(.+)><>(Count|OneMinuteRate)'
  name: kafka_server_kafkarequesthandlerpool_$1_$2`

const diskRule = `- pattern: 'kafka.server<type=KafkaServer, name=(linux-disk-.+)><>Value'
  name: kafka_server_kafkaserver_$1`

const softwareRule = `- pattern: 'kafka.server<type=socket-server-metrics, clientSoftwareName=(.+), clientSoftwareVersion=(.+), listener=(.+), networkProcessor=(.+)><>connections'
  name: kafka_server_socket_server_metrics_connections_software
  type: GAUGE
  labels: {clientSoftwareName: "$1", clientSoftwareVersion: "$2", listener: "$3", networkProcessor: "$4"}`

// The reasons why there are no series of tenants, or none that can be relied on.
const (
	quotaNeverSet  = "no request quota was set since the broker was started, so it measures no client: kdeck quota observe"
	seriesDropped  = "the broker measures its clients, but the exporter drops the series"
	tenantsUnknown = "the exporter shows no client's series; whether the broker measures any is unknown"
	tagsInNames    = "the exporter's rules write users and client ids into metric names, in lower case"
)

func coverageOf(b *state.BrokerMetrics, p *Page) state.Coverage {
	c := state.Coverage{Dialect: p.Dialect(), Lines: p.Lines, Bad: p.Bad, FirstBad: p.FirstBad}
	if p.signs&(signNoRules|signJolokia|signReporter) == 0 {
		c.QuotaRule = quotaRule
	}
	if p.Swallowed > 0 {
		c.Swallowed = fmt.Sprintf("a rule writes several tags into one label (in %d series, such as %s): the rule for all of them must stand before it",
			p.Swallowed, p.swallowed)
		switch p.unclear {
		case kindless:
			c.Swallowed = fmt.Sprintf("a rule leaves out whether a series is of Produce, Fetch or Request (%d, such as %s): it must keep the bean's type in a label",
				p.Swallowed, p.swallowed)
		case clashing:
			c.Swallowed = fmt.Sprintf("a rule gives the series of several clients one name (%d, such as %s): it must keep the user and the client id in labels",
				p.Swallowed, p.swallowed)
		}
	}
	if p.cut != nil {
		c.Swallowed = fmt.Sprintf("%d series are read, and there are more of clients: %v", p.kept, p.cut)
	} else if p.left > 0 {
		c.Swallowed = fmt.Sprintf("%d series are read, and %d more are not: %d series of clients are kept of one exporter, and %d of all, those that came first", p.kept, p.left, maxClientSeries, maxAllSeries)
	}
	add := func(name string, r state.Reading[float64], rule string) {
		pillar := state.Pillar{Name: name, Have: state.Available}
		if !r.Known && r.Why != needsTwoPages && r.Why != brokerRestarted && r.Why != notBegun {
			pillar = state.Pillar{Name: name, Have: state.NotExported, Why: r.Why, Rule: rule}
		}
		c.Pillars = append(c.Pillars, pillar)
	}
	add("request handler idle", b.HandlerIdle, handlerRule)
	add("network idle", b.NetworkIdle, socketRule)
	c.Pillars = append(c.Pillars, processorsPillar(b), tenantsPillar(b, p, c.Swallowed), phasesPillar(b))
	add("bytes in and out", b.BytesIn, "")
	add("queues", b.RequestQueue, "")
	add("log cleaner", b.CleanerDirty, "")
	add("disk reads", b.DiskRead, diskRule)
	add("ISR changes", b.ISRShrinks, "")
	for _, l := range []struct {
		name      string
		any       bool
		why, rule string
	}{
		{"request errors", !p.lacks(Errors), "which answers are errors can't be told", ""},
		{"purgatories", !p.lacks(Purgatory), "how many requests wait for others can't be told", ""},
		{"connections", !p.lacks(Connections), "who connects where, and whose logins fail, can't be told", socketRule},
		{"client software", !p.lacks(ClientSoftware), "which clients are old can't be told", softwareRule},
	} {
		pillar := state.Pillar{Name: l.name, Have: state.Available}
		if !l.any {
			pillar = state.Pillar{Name: l.name, Have: state.NotExported, Why: l.why, Rule: l.rule}
		}
		c.Pillars = append(c.Pillars, pillar)
	}
	c.Pillars = append(c.Pillars, addressesPillar(b, p))
	return c
}

// addressesPillar tells whether connections by address are shown. Kafka counts an address's connections while a quota applies to
// it, and for an hour after the last connection (KIP-612). Exporter rules that name beans leave them out.
func addressesPillar(b *state.BrokerMetrics, p *Page) state.Pillar {
	pillar := state.Pillar{Name: "connections by address", Have: state.Available}
	switch {
	case len(b.Addresses) > 0:
	case p.signs&(signNoRules|signJolokia|signReporter|signMangled) != 0:
		pillar.Have, pillar.Why = state.NotApplicable, "no connection quota applies to an address, so the broker counts none"
	default:
		pillar.Have, pillar.Why = state.NotExported, "the exporter shows none; the broker counts them only where a connection quota applies to an address"
	}
	return pillar
}

func processorsPillar(b *state.BrokerMetrics) state.Pillar {
	p := state.Pillar{Name: "network processors", Have: state.Available}
	if len(b.Processors) == 0 {
		return state.Pillar{Name: p.Name, Have: state.NotExported, Why: "one hot processor among others can't be seen", Rule: socketRule}
	}
	if b.Processors[0].Listener == "" {
		p.Why = "without their listeners"
		p.Rule = socketRule
	}
	return p
}

func tenantsPillar(b *state.BrokerMetrics, p *Page, swallowed string) state.Pillar {
	pillar := state.Pillar{Name: state.TenantsPillar, Have: state.Available}
	if swallowed != "" {
		pillar = state.Pillar{Name: pillar.Name, Have: state.NotExported, Why: swallowed}
		if p.left == 0 && p.cut == nil {
			pillar.Rule = quotaRule
		}
		return pillar
	}
	for _, u := range b.Usage {
		if u.Type == tenant.RequestPercentage {
			if p.Approximate() {
				pillar.Why, pillar.Rule = tagsInNames, quotaRule
			}
			return pillar
		}
	}
	switch exempt := b.ExemptRequestTime; {
	case exempt.Known && exempt.Value == 0:
		return state.Pillar{Name: pillar.Name, Have: state.NotApplicable, Why: quotaNeverSet}
	case exempt.Known:
		return state.Pillar{Name: pillar.Name, Have: state.NotExported, Why: seriesDropped, Rule: quotaRule}
	}
	return state.Pillar{Name: pillar.Name, Have: state.NotExported, Why: tenantsUnknown, Rule: quotaRule}
}

func phasesPillar(b *state.BrokerMetrics) state.Pillar {
	for _, r := range b.Requests {
		if r.Total.P99.Known {
			return state.Pillar{Name: "request times", Have: state.Available}
		}
	}
	return state.Pillar{Name: "request times", Have: state.NotExported, Why: "where a request's time goes can't be told"}
}
