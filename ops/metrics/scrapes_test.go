package metrics

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"kdeck/ops/config"
)

// scraped is what a Prometheus server has of one target: broker 1's counter and queue and what else is given, from and to a time.
func scraped(labels map[string]string, from, to int, more ...string) []map[string]any {
	var list []map[string]any
	for _, name := range append([]string{"kafka_server_brokertopicmetrics_bytesinpersec", "kafka_network_requestchannel_requestqueuesize_value"}, more...) {
		metric := map[string]string{"__name__": name}
		maps.Copy(metric, labels)
		if base, tag, tagged := strings.Cut(name, "?"); tagged {
			metric["__name__"] = base
			tag, value, _ := strings.Cut(tag, "=")
			metric[tag] = value
		}
		list = append(list, map[string]any{"metric": metric, "values": [][2]any{{from, "100"}, {to, "1600"}}})
	}
	return list
}

func TestNoFigureIsShownOfABrokerWhoseSeriesComeFromSeveralTargets(t *testing.T) {
	type labels = map[string]string
	join := func(targets ...[]map[string]any) (all []map[string]any) {
		for _, series := range targets {
			all = append(all, series...)
		}
		return all
	}
	for _, tt := range []struct {
		name    string
		series  []map[string]any
		says    string // of broker 1; "" its figures are shown
		another string // of broker 2
	}{
		{"one target", join(scraped(labels{"broker_id": "1", "job": "kafka"}, 1000, 1015), scraped(labels{"broker_id": "2", "job": "kafka"}, 1000, 1015)), "", ""},
		{"two jobs", join(scraped(labels{"instance": "b1:9404", "job": "kafka"}, 1000, 1015), scraped(labels{"instance": "b1:9404", "job": "pods"}, 1001, 1016),
			scraped(labels{"instance": "b2:9404", "job": "kafka"}, 1000, 1015), scraped(labels{"instance": "b2:9404", "job": "pods"}, 1000, 1015)),
			"2 targets (job=kafka, job=pods)", "2 targets (job=kafka, job=pods)"},
		{"an HA pair", join(scraped(labels{"broker_id": "1", "prometheus_replica": "a"}, 1000, 1015), scraped(labels{"broker_id": "1", "prometheus_replica": "b"}, 1003, 1018),
			scraped(labels{"broker_id": "2"}, 1000, 1015)), "2 targets (prometheus_replica=a, prometheus_replica=b)", ""},
		{"two clusters", join(scraped(labels{"broker_id": "1", "cluster": "eu", "instance": "e1:9404"}, 1000, 1015), scraped(labels{"broker_id": "1", "cluster": "us", "instance": "u1:9404"}, 1000, 1015),
			scraped(labels{"broker_id": "2", "cluster": "us", "instance": "u2:9404"}, 1000, 1015)), "2 targets (cluster=eu, cluster=us)", "2 targets (cluster=eu, cluster=us)"},
		{"two clusters, one of them without the label", join(scraped(labels{"broker_id": "1", "env": "test"}, 1000, 1015), scraped(labels{"broker_id": "1"}, 1000, 1015),
			scraped(labels{"broker_id": "2", "env": "dev"}, 1000, 1015)), "2 targets (env=, env=test)", ""},
		{"two namespaces of Kubernetes", join(scraped(labels{"pod": "b1", "namespace": "x", "job": "kafka"}, 1000, 1015), scraped(labels{"pod": "b1", "namespace": "y", "job": "kafka"}, 1000, 1015),
			scraped(labels{"pod": "b2", "namespace": "x", "job": "kafka"}, 1000, 1015), scraped(labels{"pod": "b2", "namespace": "y", "job": "kafka"}, 1000, 1015)),
			"2 targets (namespace=x, namespace=y)", "2 targets (namespace=x, namespace=y)"},
		{"three targets that no label tells apart alone", join(scraped(labels{"broker_id": "1", "job": "a", "replica": "0"}, 1000, 1015),
			scraped(labels{"broker_id": "1", "job": "a", "replica": "1"}, 1000, 1015), scraped(labels{"broker_id": "1", "job": "b", "replica": "0"}, 1000, 1015), scraped(labels{"broker_id": "2"}, 1000, 1015)),
			"3 targets (job=a replica=0, job=a replica=1, job=b replica=0)", ""},
		{"one that names its broker by its host and one by its id", join(scraped(labels{"instance": "b1:9404"}, 1000, 1015), scraped(labels{"broker_id": "1", "instance": "10.0.0.1:9404"}, 1000, 1015),
			scraped(labels{"instance": "b2:9404"}, 1000, 1015)), "2 targets (instance=10.0.0.1:9404, instance=b1:9404)", ""},
		{"a pod that got another address", join(scraped(labels{"broker_id": "1", "instance": "10.0.0.1:9404"}, 940, 970), scraped(labels{"broker_id": "1", "instance": "10.0.0.7:9404"}, 1000, 1015),
			scraped(labels{"broker_id": "2"}, 1000, 1015)), "", ""},
		{"tags of the beans", join(scraped(labels{"broker_id": "1", "job": "kafka"}, 1000, 1015, "kafka_network_requestmetrics_requestspersec?version=1", "kafka_network_requestmetrics_requestspersec?version=2",
			"kafka_server_socket_server_metrics_connection_count?listener=A", "kafka_server_socket_server_metrics_connection_count?network_processor=1", "kafka_server_quota_byte_rate?resource=Produce"),
			scraped(labels{"broker_id": "2"}, 1000, 1015)), "", ""},
		{"two jobs whose rules put labels of their own on some series", join(scraped(labels{"broker_id": "1", "job": "kafka"}, 1000, 1015, "kafka_server_replicamanager_leadercount?team=core"),
			scraped(labels{"broker_id": "1", "job": "pods"}, 1000, 1015, "kafka_server_replicamanager_leadercount?team=core"), scraped(labels{"broker_id": "2"}, 1000, 1015)), "2 targets (job=kafka, job=pods)", ""},
		{"series that aren't wanted, of one directory each", join(scraped(labels{"broker_id": "1", "job": "kafka"}, 1000, 1015, "kafka_log_logmanager_logdirectoryoffline_value?logDirectory=a"),
			scraped(labels{"broker_id": "2"}, 1000, 1015)), "", ""},
		{"labels that rules of its own put on some series", join(scraped(labels{"broker_id": "1", "job": "kafka"}, 1000, 1015, "kafka_server_replicamanager_leadercount?team=core", "kafka_server_replicamanager_partitioncount?team=base"),
			scraped(labels{"broker_id": "2"}, 1000, 1015)), "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				json.NewEncoder(w).Encode(map[string]any{"status": "success", "data": map[string]any{"resultType": "matrix", "result": tt.series}})
			}))
			defer s.Close()
			p := NewPoller(config.Metrics{PrometheusServer: config.PrometheusServer{URL: config.URL(s.URL)}}, Options{})
			defer p.Close()
			for i, a := range p.Poll(t.Context(), []Target{{ID: 1, Host: "b1"}, {ID: 2, Host: "b2"}}) {
				switch says := []string{tt.says, tt.another}[i]; {
				case says == "" && (a.Err != nil || a.Broker.BytesIn.Or(0) != 100 || a.Broker.RequestQueue.Or(0) != 1600):
					t.Errorf("broker %d: %+v %v; its counter grew by 1500 in 15 s", a.ID, a.Broker, a.Err)
				case says != "" && (a.Err == nil || a.Broker != nil || !strings.Contains(a.Err.Error(), says) || !strings.Contains(a.Err.Error(), "say which in match")):
					t.Errorf("broker %d: %v, want %q", a.ID, a.Err, says)
				}
			}
		})
	}
}

func TestTheMatcherThatIsNamedCanBePasted(t *testing.T) {
	job := func(name string) *scrape {
		return &scrape{labels: map[string]string{"job": name}, now: newIndex().newPage(nil)}
	}
	a, b := job(`a"b`), job("b")
	for _, s := range []*scrape{a, b} { // of one time
		s.now.put(s.now.index.place(Key{Metric: Leaders}), 1, false)
		s.now.At = s.now.At.Add(1)
	}
	_, unsure := settle(map[int32]map[string]*scrape{1: {"a": a, "b": b}})
	if want := `match: 'job="a\"b"'`; unsure[1] == nil || !strings.Contains(fmt.Sprint(unsure[1]), want) {
		t.Errorf("%v, want %s", unsure[1], want)
	}
}
