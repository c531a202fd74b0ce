package sim

import (
	"bytes"
	"maps"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// page is a broker's metrics as the Prometheus JMX exporter shows them without any rules: the domain, type and attribute of
// a bean become the name, its other properties the labels, in order of their names.
type page struct {
	families map[string]*bytes.Buffer
	at       time.Duration
}

// add writes one series. labels are names and values in turn.
func (p *page) add(family string, value float64, labels ...string) {
	b := p.families[family]
	if b == nil {
		b = new(bytes.Buffer)
		p.families[family] = b
	}
	b.WriteString(family)
	for i := 0; i+1 < len(labels); i += 2 {
		b.WriteByte("{,"[min(i, 1)])
		b.WriteString(labels[i])
		b.WriteString(`="`)
		b.WriteString(escapeLabel.Replace(labels[i+1]))
		b.WriteByte('"')
	}
	if len(labels) > 0 {
		b.WriteByte('}')
	}
	b.WriteByte(' ')
	b.Write(appendDouble(b.AvailableBuffer(), value))
	b.WriteByte('\n')
}

var escapeLabel = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

// appendDouble writes a number as Java does.
func appendDouble(b []byte, v float64) []byte {
	size := math.Abs(v)
	switch {
	case math.IsNaN(v):
		return append(b, "NaN"...)
	case v == 0 || 1e-3 <= size && size < 1e7:
		start := len(b)
		b = strconv.AppendFloat(b, v, 'f', -1, 64)
		if !bytes.Contains(b[start:], []byte(".")) {
			b = append(b, ".0"...)
		}
		return b
	}
	exp := int(math.Floor(math.Log10(size)))
	mantissa := strconv.FormatFloat(v/math.Pow10(exp), 'f', -1, 64)
	if !strings.Contains(mantissa, ".") {
		mantissa += ".0"
	}
	return strconv.AppendInt(append(append(b, mantissa...), 'E'), int64(exp), 10)
}

// text is the page in the classic text format, families in order.
func (p *page) text() []byte {
	var all bytes.Buffer
	for _, family := range slices.Sorted(maps.Keys(p.families)) {
		for _, line := range []string{"# HELP ", family, " Attribute exposed for management\n# TYPE ", family, " untyped\n"} {
			all.WriteString(line)
		}
		all.Write(p.families[family].Bytes())
	}
	return all.Bytes()
}

// gauge is a bean of Kafka's server kind with one value.
func (p *page) gauge(bean, name string, value float64, labels ...string) {
	p.bean(bean+"_Value", name, value, labels)
}

// bean adds an attribute of a bean whose name is one of its labels.
func (p *page) bean(family, name string, value float64, labels []string) {
	at := 0
	for at < len(labels) && labels[at] < "name" {
		at += 2
	}
	p.add(family, value, slices.Insert(slices.Clone(labels), at, "name", name)...)
}

func (p *page) meter(bm *brokerMeters, bean, name string, m *meter, labels ...string) {
	p.bean(bean+"_Count", name, math.Floor(m.at(p.at-bm.at)), labels)
	p.rates(bm, bean, name, m, 1, labels)
}

// rates adds a meter's rates, in units of its count.
func (p *page) rates(bm *brokerMeters, bean, name string, m *meter, unit float64, labels []string) {
	mean := 0.0
	if age := p.at - bm.since; age > 0 {
		mean = m.at(p.at-bm.at) / age.Seconds()
	}
	p.bean(bean+"_MeanRate", name, mean/unit, labels)
	p.bean(bean+"_OneMinuteRate", name, m.minute/unit, labels)
}

var percentiles = []struct {
	attribute string
	share     float64
}{{"50thPercentile", 0.5}, {"95thPercentile", 0.95}, {"99thPercentile", 0.99}, {"999thPercentile", 0.999}}

func (p *page) histogram(bm *brokerMeters, bean, name string, h *histogram, labels ...string) {
	since := p.at - bm.at
	p.bean(bean+"_Count", name, math.Floor(h.n.at(since)), labels)
	p.bean(bean+"_Max", name, math.Round(h.largest), labels)
	p.bean(bean+"_Mean", name, h.mean(since), labels)
	for _, q := range percentiles {
		p.bean(bean+"_"+q.attribute, name, math.Round(h.recent.quantile(q.share)), labels) // whole milliseconds are measured
	}
}

// metricsPage writes the page of a broker that runs. Called with Cluster.mu held.
func (m *model) metricsPage(b *broker) []byte {
	p := &page{families: map[string]*bytes.Buffer{}, at: m.now}
	bm := b.meters
	if bm == nil { // the process has only just begun
		bm = newBrokerMeters(m.now)
	}
	p.threads(bm)
	p.requests(bm)
	p.trafficOf(bm)
	p.topics(bm)
	p.partitions(m, b)
	p.disks(m, b, bm)
	p.quotas(bm)
	return p.text()
}

const (
	plaintext = "PLAINTEXT" // the brokers' one listener
	channel   = "kafka_network_RequestChannel"
	pool      = "kafka_server_KafkaRequestHandlerPool"
	socket    = "kafka_server_socket_server_metrics_"
)

func (p *page) threads(bm *brokerMeters) {
	since := p.at - bm.at
	for _, name := range []string{"BrokerRequestHandlerAvgIdlePercent", "RequestHandlerAvgIdlePercent"} {
		p.bean(pool+"_Count", name, math.Floor(bm.handlerIdle.at(since)), nil)
		p.rates(bm, pool, name, &bm.handlerIdle, 1e9, nil) // nanoseconds are marked, and the rate is by the nanosecond
	}
	p.gauge(channel, "RequestQueueSize", bm.requestQueue)
	var idle, responses float64
	for i := range bm.processors {
		pm, number := &bm.processors[i], strconv.Itoa(i)
		idle, responses = idle+pm.idle/float64(len(bm.processors)), responses+pm.responses
		p.gauge("kafka_network_Processor", "IdlePercent", pm.idle, "networkProcessor", number)
		p.gauge(channel, "ResponseQueueSize", pm.responses, "processor", number)
		p.add(socket+"io_wait_ratio", pm.idle, "listener", plaintext, "networkProcessor", number)
		p.add(socket+"io_wait_time_ns", math.Floor(pm.wait.at(since)), "listener", plaintext, "networkProcessor", number)
		connections := 0
		for _, s := range pm.connections {
			connections += s.n
			p.add(socket+"connections", float64(s.n), "clientSoftwareName", s.software, "clientSoftwareVersion", s.version,
				"listener", plaintext, "networkProcessor", number)
		}
		p.add(socket+"connection_count", float64(connections), "listener", plaintext, "networkProcessor", number)
		p.add(socket+"connection_creation_rate", 0.02*float64(connections), "listener", plaintext, "networkProcessor", number)
		p.add(socket+"failed_authentication_rate", 0, "listener", plaintext, "networkProcessor", number)
	}
	p.gauge(channel, "ResponseQueueSize", responses)
	p.gauge("kafka_network_SocketServer", "NetworkProcessorAvgIdlePercent", idle)
}

func (p *page) requests(bm *brokerMeters) {
	const bean = "kafka_network_RequestMetrics"
	for k := range bm.requests {
		r, api := &bm.requests[k], requestNames[k]
		p.meter(bm, bean, "RequestsPerSec", &r.requests, "request", api.name, "version", api.version)
		if part := requestKind(k); part != fetchConsumerRequest && part != fetchFollowerRequest { // these are in Fetch
			p.meter(bm, bean, "ErrorsPerSec", &r.succeeded, "error", "NONE", "request", api.name)
		}
		if r.failed.at(p.at-bm.at) > 0 { // made when there is the first
			p.meter(bm, bean, "ErrorsPerSec", &r.failed, "error", "NOT_ENOUGH_REPLICAS", "request", api.name)
		}
		for i := range r.phases {
			p.histogram(bm, bean, phaseNames[i], &r.phases[i], "request", api.name)
		}
	}
}

func (p *page) trafficOf(bm *brokerMeters) {
	for _, name := range topicMeters {
		p.meter(bm, "kafka_server_BrokerTopicMetrics", name, bm.topics[name])
	}
	for _, name := range []string{"NumDelayedOperations", "PurgatorySize"} {
		p.gauge("kafka_server_DelayedOperationPurgatory", name, bm.fetchPurgatory, "delayedOperation", "Fetch")
		p.gauge("kafka_server_DelayedOperationPurgatory", name, bm.producePurgatory, "delayedOperation", "Produce")
	}
}

// partitions counts as the broker itself does: what it leads, and what it hosts.
func (p *page) partitions(m *model, b *broker) {
	var leaders, under, underMin, atMin, offline, moving float64
	one := func(count *float64, when bool) {
		if when {
			*count++
		}
	}
	hosted := m.hosted(b)
	for _, part := range hosted {
		one(&offline, !b.usableDir(part.log(b.id).dir))
		if part.leader != b.id {
			continue
		}
		leaders++
		minISR := m.minISROf(part)
		one(&under, len(part.isr) < len(without(part.replicas, part.adding...)))
		one(&underMin, len(part.isr) < minISR)
		one(&atMin, len(part.isr) == minISR)
		one(&moving, part.reassigning())
	}
	for _, g := range []struct {
		name  string
		value float64
	}{
		{"AtMinIsrPartitionCount", atMin}, {"LeaderCount", leaders}, {"OfflineReplicaCount", offline},
		{"PartitionCount", float64(len(hosted))}, {"ReassigningPartitions", moving}, {"UnderMinIsrPartitionCount", underMin},
		{"UnderReplicatedPartitions", under},
	} {
		p.gauge("kafka_server_ReplicaManager", g.name, g.value)
	}
	p.bean("kafka_server_ReplicaManager_Count", "IsrExpandsPerSec", b.isrExpands, nil)
	p.bean("kafka_server_ReplicaManager_Count", "IsrShrinksPerSec", b.isrShrinks, nil)
}

func (p *page) disks(m *model, b *broker, bm *brokerMeters) {
	var offline, cordoned float64
	one := func(sum *float64, when bool) (v float64) {
		if when {
			v = 1
		}
		*sum += v
		return v
	}
	for _, d := range b.dirs {
		path := strconv.Quote(d.path) // as JMX quotes it
		p.gauge("kafka_log_LogManager", "LogDirectoryOffline", one(&offline, d.offline), "logDirectory", path)
		p.gauge("kafka_log_LogManager", "LogDirectoryCordoned", one(&cordoned, d.cordoned), "logDirectory", path)
		p.gauge("kafka_log_LogCleanerManager", "uncleanable-partitions-count", 0, "logDirectory", path)
	}
	p.gauge("kafka_log_LogManager", "OfflineLogDirectoryCount", offline)
	p.gauge("kafka_log_LogManager", "CordonedLogDirectoryCount", cordoned)
	since := p.at - bm.at
	p.gauge("kafka_log_LogCleanerManager", "max-dirty-percent", math.Round(20+30*sawtooth(m.now, 25*time.Minute, float64(b.id)/7)))
	p.gauge("kafka_log_LogCleaner", "DeadThreadCount", 0)
	p.add("kafka_server_socket_server_metrics_MemoryPoolAvgDepletedPercent", 0)
	p.gauge("kafka_server_KafkaServer", "BrokerState", 3) // running
	p.gauge("kafka_server_KafkaServer", "linux-disk-read-bytes", math.Floor(bm.diskRead.at(since)))
	p.gauge("kafka_server_KafkaServer", "linux-disk-write-bytes", math.Floor(bm.diskWrite.at(since)))
}

// usageFamilies are the names of what is counted for each kind of quota.
var usageFamilies = [quotaTypes]struct{ bean, rate string }{
	{"kafka_server_Produce", "byte_rate"}, {"kafka_server_Fetch", "byte_rate"}, {"kafka_server_Request", "request_time"},
}

func (p *page) quotas(bm *brokerMeters) {
	for t, family := range usageFamilies {
		buckets := slices.SortedFunc(maps.Keys(bm.usage[t]), func(a, b bucketTags) int {
			return strings.Compare(a.client+"\x00"+a.user, b.client+"\x00"+b.user)
		})
		waiting := 0.0
		for _, tags := range buckets {
			u := bm.usage[t][tags]
			var labels []string
			if tags.client != "" {
				labels = append(labels, "client_id", tags.client)
			}
			if tags.user != "" {
				labels = append(labels, "user", sanitized(tags.user))
			}
			ms := math.NaN() // the mean of none
			if p.at < u.throttledUntil {
				ms = u.throttle
				waiting++
			}
			p.add(family.bean+"_"+family.rate, u.rate, labels...)
			p.add(family.bean+"_throttle_time", ms, labels...)
		}
		p.add(family.bean+"_queue_size", waiting)
	}
	p.add("kafka_server_ControllerMutation_queue_size", 0)
	p.add("kafka_server_Request_exempt_request_time", bm.exempt)
	if bm.throttledOutEver {
		p.add("kafka_server_LeaderReplication_byte_rate", bm.throttledOut)
	}
	if bm.throttledInEver {
		p.add("kafka_server_FollowerReplication_byte_rate", bm.throttledIn)
	}
}

// sanitized is a user as Kafka writes it into a bean's name (org.apache.kafka.common.utils.Sanitizer).
func sanitized(user string) string {
	return sanitize.Replace(url.QueryEscape(user))
}

var sanitize = strings.NewReplacer("+", "%20", "*", "%2A")
