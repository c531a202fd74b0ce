package sim

import "strings"

// tenant is one client of the cluster: a user with a client id, and what it sends and reads. Rates are its demand without any
// limit, divided by the number of brokers; the load goes to the brokers that lead its topics.
type tenant struct {
	user, client      string
	software, version string // of its client library
	connections       int    // to each broker

	topics   []string // beginnings of their names
	produce  float64  // bytes a second
	request  float64  // bytes of a Produce request
	record   float64  // bytes
	fetch    float64  // bytes a second
	response float64  // bytes of a Fetch response
}

// tenants are the clients of the default topics.
var tenants = []tenant{
	{"shop", "checkout", "apache-kafka-java", "3.9.0", 24, []string{"orders", "order-lines", "payments", "carts"}, 3e6, 3000, 600, 6e6, 12_000},
	{"web", "clickstream-collector", "librdkafka", "2.6.1", 40, []string{"clickstream", "page-views", "impressions"}, 12e6, 24_000, 400, 0, 1},
	{"analytics", "spark-etl", "apache-kafka-java", "3.7.1", 16, []string{"clickstream", "page-views", "impressions", "orders"}, 0, 1, 1, 24e6, 120_000},
	{"warehouse", "wms-sync", "apache-kafka-java", "2.8.1", 12, []string{"inventory", "warehouse", "shipments", "returns", "orders"}, 1e6, 2000, 500, 2e6, 8000},
	{"search", "indexer", "sarama", "1.43.3", 8, []string{"products", "search", "recommendations", "orders"}, 0, 1, 1, 4e6, 16_000},
	{"monitoring", "vector", "librdkafka", "2.3.0", 14, []string{"metrics", "logs", "clickstream"}, 6e6, 16_000, 250, 6e6, 60_000},
	{"CN=billing,O=shop", "invoicing", "kgo", "1.18.0", 6, []string{"invoices", "ledger", "payments"}, 4e5, 2000, 800, 8e5, 8000},
}

func (t *tenant) uses(topic *topic) bool {
	for _, prefix := range t.topics {
		if strings.HasPrefix(topic.name, prefix) {
			return true
		}
	}
	return false
}

// initialQuotas are the limits that the cluster begins with. Nobody is near them.
var initialQuotas = []quotaRecord{
	{quotaEntity{user: named("web")}, producerByteRate, 24e6},
	{quotaEntity{user: named("analytics")}, consumerByteRate, 60e6},
	{quotaEntity{user: named("monitoring")}, producerByteRate, 15e6},
	{quotaEntity{user: named("shop")}, requestPercentage, 400},
}
