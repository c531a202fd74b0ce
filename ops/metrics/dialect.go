package metrics

import "strings"

// A sign is a property of a series' name that shows which exporter rules made it.
type sign uint16

const (
	signNoRules   sign = 1 << iota // the bean's name is in a label
	signConfluent                  // socketservermetrics in one word
	signBitnami                    // the attribute follows the name, and totals are marked
	signReporter                   // Strimzi's reporter keeps PerSec before _total
	signPercent                    // _percent: Strimzi's, and the exporter's examples
	signSoftware                   // Strimzi's, and the exporter's example for KRaft
	signMangled                    // tags in the name
	signResource                   // quotas with the resource in a label
	signJolokia
)

func signOf(low string, f form) sign {
	switch {
	case f.byName:
		return signNoRules
	case f.byResource != nil:
		return signResource
	case f.approx:
		return signMangled
	case f.metric == 0:
		return 0
	case strings.Contains(low, "_socketservermetrics_"), strings.HasSuffix(low, "_alltopics"):
		return signConfluent
	case strings.HasSuffix(low, "_value"), strings.Contains(low, "topicmetrics_total_"), strings.Contains(low, "manager_total_"):
		return signBitnami
	case strings.HasSuffix(low, "persec_total"):
		return signReporter
	case strings.HasSuffix(low, "idle_percent"):
		return signPercent
	case strings.HasSuffix(low, "_connections_software"):
		return signSoftware
	}
	return 0
}

// Dialect names the rules that made the exporter's names, as far as the names show it.
func (p *Page) Dialect() string {
	for _, s := range []struct {
		sign sign
		name string
	}{
		{signJolokia, "Jolokia"}, {signNoRules, "JMX exporter without rules"}, {signConfluent, "Confluent's rules"},
		{signBitnami, "Bitnami's rules"}, {signReporter, "Strimzi's metrics reporter"}, {signMangled, "the JMX exporter's example for KRaft"},
		{signSoftware, "Strimzi's rules"}, {signResource, "the JMX exporter's example for Kafka 2"}, {signPercent, "Strimzi's rules"},
	} {
		if p.signs&s.sign != 0 {
			return s.name
		}
	}
	return "rules of its own"
}
