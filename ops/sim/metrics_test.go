package sim_test

import (
	"bufio"
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"kdeck/ops/sim"
)

// series holds the values of one page, by name and labels as written.
type series map[string]float64

var seriesName = regexp.MustCompile(`^([a-zA-Z_0-9]+)(?:\{(.*)\})?$`)

// wellNamed are the names that were found to be those of series: the pages of a cluster have the same again and again.
var wellNamed sync.Map

func parse(t *testing.T, page []byte) series {
	t.Helper()
	s := series{}
	for text := range strings.Lines(string(page)) {
		text = strings.TrimSuffix(text, "\n")
		if strings.HasPrefix(text, "#") {
			continue
		}
		i := strings.LastIndexByte(text, ' ')
		if i < 0 {
			t.Fatalf("not a series: %q", text)
		}
		name := text[:i]
		if _, known := wellNamed.Load(name); !known {
			if !seriesName.MatchString(name) {
				t.Fatalf("not a series: %q", text)
			}
			wellNamed.Store(name, true)
		}
		v, err := strconv.ParseFloat(text[i+1:], 64)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if _, twice := s[name]; twice {
			t.Errorf("%s is there twice", name)
		}
		s[name] = v
	}
	return s
}

func pageOf(t *testing.T, c *sim.Cluster, id int32) series {
	t.Helper()
	page, err := c.MetricsPage(id)
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, page)
}

func (s series) of(t *testing.T, name string) float64 {
	t.Helper()
	v, ok := s[name]
	if !ok {
		t.Errorf("no %s", name)
	}
	return v
}

// measured starts a cluster with metrics whose time passes by Advance alone.
func measured(t *testing.T, o sim.Options) *sim.Cluster {
	o.Virtual, o.Metrics, o.Clock = true, true, sim.FrozenClock(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	return start(t, o)
}

// The series of a real broker of Kafka 4.3.1 under the JMX exporter without rules are in testdata: their names, the names of
// their labels in order and, for Kafka's server metrics, of their bean.
func TestEverySeriesIsOneThatARealBrokerHas(t *testing.T) {
	known := map[string]bool{}
	f, err := os.Open("testdata/series-4.3.1.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		known[lines.Text()] = true
	}
	// Only the pairs of a user and a client id had limits when that page was recorded.
	byLevel := regexp.MustCompile(`^(kafka_server_(?:Produce|Fetch|Request)_\w+)\{(client_id|user)\}$`)
	keys, bean := regexp.MustCompile(`(\w+)="(?:[^"\\]|\\.)*"`), regexp.MustCompile(`\bname="([^"]*)"`)
	for _, sc := range sim.Scenarios() {
		c := measured(t, sim.Options{Scenario: sc.Name})
		c.Advance(time.Minute)
		for name := range pageOf(t, c, 2) {
			m := seriesName.FindStringSubmatch(name)
			shape := m[1]
			if m[2] != "" {
				var labels []string
				for _, k := range keys.FindAllStringSubmatch(m[2], -1) {
					labels = append(labels, k[1])
				}
				shape += "{" + strings.Join(labels, ",") + "}"
			}
			shape = byLevel.ReplaceAllString(shape, "$1{client_id,user}")
			if b := bean.FindStringSubmatch(m[2]); b != nil {
				shape += " " + b[1]
			}
			if !known[shape] {
				t.Errorf("%s: no real broker shows %s", sc.Name, shape)
			}
		}
	}
}

const (
	handlerIdle  = `kafka_server_KafkaRequestHandlerPool_Count{name="RequestHandlerAvgIdlePercent"}`
	handlerRate  = `kafka_server_KafkaRequestHandlerPool_OneMinuteRate{name="RequestHandlerAvgIdlePercent"}`
	requestQueue = `kafka_network_RequestChannel_Value{name="RequestQueueSize"}`
	networkIdle  = `kafka_network_SocketServer_Value{name="NetworkProcessorAvgIdlePercent"}`
	produced     = `kafka_network_RequestMetrics_Count{name="RequestsPerSec",request="Produce",version="11"}`
	diskReads    = `kafka_server_KafkaServer_Value{name="linux-disk-read-bytes"}`
	bytesIn      = `kafka_server_BrokerTopicMetrics_Count{name="BytesInPerSec"}`
)

func p99(phase, request string) string {
	return `kafka_network_RequestMetrics_99thPercentile{name="` + phase + `",request="` + request + `"}`
}

func waited(processor int) string {
	return `kafka_server_socket_server_metrics_io_wait_time_ns{listener="PLAINTEXT",networkProcessor="` + strconv.Itoa(processor) + `"}`
}

func queued(processor int) string {
	return `kafka_network_RequestChannel_Value{name="ResponseQueueSize",processor="` + strconv.Itoa(processor) + `"}`
}

// observation holds the metrics of a broker at the beginning and at the end of ten seconds.
type observation struct {
	t       *testing.T
	a, b    series
	seconds float64
}

func observe(t *testing.T, c *sim.Cluster, id int32) observation {
	t.Helper()
	a := pageOf(t, c, id)
	c.Advance(10 * time.Second)
	return observation{t, a, pageOf(t, c, id), 10}
}

func (l observation) rate(name string) float64 {
	return (l.b.of(l.t, name) - l.a.of(l.t, name)) / l.seconds
}

func (l observation) idle(name string) float64 { return l.rate(name) / 1e9 }

func (l observation) now(name string) float64 { return l.b.of(l.t, name) }

func (l observation) usage(family, user string) float64 {
	return l.now(family + `{user="` + user + `"}`)
}

// within fails unless v lies between least and most.
func within(t *testing.T, what string, v, least, most float64) {
	t.Helper()
	if !(least <= v && v <= most) {
		t.Errorf("%s is %.4g, want %.4g to %.4g", what, v, least, most)
	}
}

const (
	requestTime     = "kafka_server_Request_request_time"
	requestThrottle = "kafka_server_Request_throttle_time"
)

func TestABrokerMeasuresItsTroubles(t *testing.T) {
	for _, tt := range []struct {
		scenario string
		broker   int32
		check    func(t *testing.T, l observation)
	}{
		{"healthy", 7, func(t *testing.T, l observation) {
			within(t, "handler idle", l.idle(handlerIdle), 0.6, 0.95)
			within(t, "its rate of a minute", l.now(handlerRate), 0.6, 0.95)
			within(t, "network idle", l.now(networkIdle), 0.6, 0.95)
			within(t, "p99 of Produce", l.now(p99("TotalTimeMs", "Produce")), 10, 40)
			within(t, "request queue", l.now(requestQueue), 0, 5)
			if ms := l.usage(requestThrottle, "shop"); !math.IsNaN(ms) {
				t.Errorf("shop is throttled by %v ms", ms)
			}
			within(t, "request time of the one whose name is escaped", l.usage(requestTime, "CN%3Dbilling%2CO%3Dshop"), 5, 40)
		}},
		{"hot-processor", 7, func(t *testing.T, l observation) {
			within(t, "idle of the hot one", l.idle(waited(5)), 0.02, 0.04)
			for _, p := range []int{0, 1, 2, 3, 4, 6, 7} {
				within(t, "idle of a sibling", l.idle(waited(p)), 0.6, 0.95)
				within(t, "responses of a sibling", l.now(queued(p)), 0, 2)
			}
			within(t, "the mean", l.now(networkIdle), 0.6, 0.9)
			within(t, "responses of the hot one", l.now(queued(5)), 20, 500)
			within(t, "handler idle", l.idle(handlerIdle), 0.6, 0.95)
		}},
		{"cold-read", 7, func(t *testing.T, l observation) {
			within(t, "disk reads", l.rate(diskReads), 100e6, 300e6)
			within(t, "p99 of Produce", l.now(p99("TotalTimeMs", "Produce")), 350, 700)
			within(t, "p99 of the response queue", l.now(p99("ResponseQueueTimeMs", "Metadata")), 300, 700)
			within(t, "p99 of sending to consumers", l.now(p99("ResponseSendTimeMs", "FetchConsumer")), 300, 1000)
			within(t, "p99 of sending to producers", l.now(p99("ResponseSendTimeMs", "Produce")), 0, 10)
			within(t, "handler idle", l.idle(handlerIdle), 0.6, 0.95)
			within(t, "idle of one that waits for the disk", l.idle(waited(2)), 0, 0.1)
		}},
		{"cold-read", 3, func(t *testing.T, l observation) {
			within(t, "disk reads of a peer", l.rate(diskReads), 0, 1e6)
			within(t, "p99 of Produce on a peer", l.now(p99("TotalTimeMs", "Produce")), 10, 40)
		}},
		{"small-requests", 2, func(t *testing.T, l observation) {
			within(t, "handler idle", l.idle(handlerIdle), 0.02, 0.1)
			within(t, "requests a second", l.rate(produced), 10_000, 40_000)
			within(t, "bytes of a request", l.rate(bytesIn)/l.rate(produced), 100, 3000)
			within(t, "request queue", l.now(requestQueue), 3, 500)
			iot := l.usage(requestTime, "iot")
			for _, user := range []string{"shop", "web", "analytics", "warehouse", "search", "monitoring"} {
				if other := l.usage(requestTime, user); other > iot/3 {
					t.Errorf("%s uses %.0f %%, iot %.0f %%", user, other, iot)
				}
			}
		}},
	} {
		t.Run(tt.scenario, func(t *testing.T) {
			tt.check(t, observe(t, measured(t, sim.Options{Scenario: tt.scenario}), tt.broker))
		})
	}
}

func TestTheAbusiveTenantIsAtItsLimitWhereItsTopicsAre(t *testing.T) {
	c := measured(t, sim.Options{Scenario: "abusive-tenant"})
	hot := 0
	for id := int32(1); id <= 12; id++ {
		l := observe(t, c, id)
		used, present := l.b[requestTime+`{user="reporting"}`]
		if !present || used < 1000 {
			continue
		}
		hot++
		within(t, "use of its limit of 1100 %", used, 1080, 1110)
		within(t, "throttle time", l.usage(requestThrottle, "reporting"), 50, 1000)
		within(t, "handler idle", l.idle(handlerIdle), 0.02, 0.2)
	}
	within(t, "brokers where it is at its limit", float64(hot), 3, 9)
}

func TestARestartedBrokerCountsFromNothing(t *testing.T) {
	c := measured(t, sim.Options{Brokers: 4, Topics: 8})
	c.Advance(time.Hour)
	before := pageOf(t, c, 3).of(t, bytesIn)
	if err := c.Kill(3); err != nil {
		t.Fatal(err)
	}
	c.Advance(time.Minute)
	if err := c.Start(3); err != nil {
		t.Fatal(err)
	}
	c.Advance(10 * time.Second)
	if after := pageOf(t, c, 3).of(t, bytesIn); after > before/10 {
		t.Errorf("%.0f bytes in, before the restart %.0f", after, before)
	}
	within(t, "leaders of the one that was fenced", pageOf(t, c, 3).of(t, `kafka_server_ReplicaManager_Value{name="LeaderCount"}`), 0, 0)
}

func TestTheSameSeedMeasuresTheSame(t *testing.T) {
	tell := func(seed uint64, steps int) string {
		c := measured(t, sim.Options{Scenario: "abusive-tenant", Live: true, Seed: seed, Brokers: 6, Topics: 20})
		for range steps {
			c.Advance(time.Minute / time.Duration(steps))
		}
		page, err := c.MetricsPage(4)
		if err != nil {
			t.Fatal(err)
		}
		return string(page)
	}
	once := tell(1, 1)
	if again := tell(1, 1); again != once {
		t.Error("the same seed measured something else")
	}
	if inSteps := tell(1, 120); inSteps != once {
		t.Error("the figures depend on how often the cluster is asked")
	}
	if other := tell(2, 1); other == once {
		t.Error("another seed measured the same")
	}
}

// counters match the series that count since the start of the process.
var counters = regexp.MustCompile(`^[a-zA-Z_]+_Count\{|io_wait_time_ns|linux-disk`)

func TestCountersNeverFallWhileABrokerLives(t *testing.T) {
	counts := map[string]bool{} // by name, as counters says
	counting := func(name string) bool {
		is, known := counts[name]
		if !known {
			is = counters.MatchString(name)
			counts[name] = is
		}
		return is
	}
	for _, sc := range sim.Scenarios() {
		t.Run(sc.Name, func(t *testing.T) {
			c := measured(t, sim.Options{Scenario: sc.Name, Live: true})
			last := pageOf(t, c, 4)
			for i := range 40 {
				c.Advance(time.Duration(i*i) * 7 * time.Millisecond) // also between two steps
				now := pageOf(t, c, 4)
				for name, v := range now {
					switch before := last[name]; {
					case v < 0:
						t.Fatalf("%s is %v", name, v)
					case counting(name) && (v < before || v != math.Floor(v)):
						t.Fatalf("%s is %v after %v", name, v, before)
					}
				}
				last = now
			}
		})
	}
}

func TestBrokersCountWhatTheyLead(t *testing.T) {
	c := measured(t, sim.Options{Scenario: "broker-down"})
	want := counted(c)
	var leaders, underReplicated, underMinISR, failing float64
	for id := int32(1); id <= 12; id++ {
		if id == 7 { // is dead
			continue
		}
		l := observe(t, c, id)
		replicas := func(name string) float64 { return l.now(`kafka_server_ReplicaManager_Value{name="` + name + `"}`) }
		failed := l.rate(`kafka_server_BrokerTopicMetrics_Count{name="FailedProduceRequestsPerSec"}`)
		if failed > 0 && replicas("UnderMinIsrPartitionCount") == 0 {
			t.Errorf("broker %d refuses %.0f writes a second, and no partition is under its min ISR", id, failed)
		}
		leaders, underReplicated = leaders+replicas("LeaderCount"), underReplicated+replicas("UnderReplicatedPartitions")
		underMinISR, failing = underMinISR+replicas("UnderMinIsrPartitionCount"), failing+failed
	}
	led := 0
	for _, p := range c.Partitions() {
		if p.Leader >= 0 {
			led++
		}
	}
	within(t, "leaders", leaders, float64(led), float64(led))
	within(t, "under-replicated partitions", underReplicated, 100, float64(want.underReplicated))
	within(t, "partitions under their min ISR", underMinISR, 3, float64(want.underMinISR))
	within(t, "writes refused a second", failing, 1, 1000)
}

func TestTheFirstPageOfAllIsThatOfABrokerThatHasBeenUpForLong(t *testing.T) {
	c := start(t, sim.Options{Virtual: true, Metrics: true})
	page := pageOf(t, c, 3)
	if idle := page.of(t, handlerRate); idle < 0.5 || idle > 1 {
		t.Errorf("request handlers are %.2f idle", idle)
	}
	if ms := page.of(t, p99("TotalTimeMs", "Produce")); ms < 5 {
		t.Errorf("the 99th percentile of Produce is %.1f ms", ms)
	}
}
