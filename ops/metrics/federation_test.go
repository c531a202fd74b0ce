package metrics

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"kdeck/ops/config"
)

// federated is a page of a Prometheus server's /federate: the series of one exporter, with the labels of its target and the time of
// the scrape.
func federated(labels string, count int, at time.Time) string {
	var b strings.Builder
	for _, line := range []string{"kafka_server_brokertopicmetrics_bytesin_total", "kafka_network_requestmetrics_requests_total{request=\"Produce\",version=\"9\"}",
		"kafka_network_requestmetrics_requests_total{request=\"Produce\",version=\"13\"}", "kafka_server_replicamanager_leadercount",
		"kafka_server_quota_byte_rate{resource=\"Produce\",user=\"alice\"}"} {
		name, tags, tagged := strings.Cut(line, "{")
		if tagged {
			tags = "," + strings.TrimSuffix(tags, "}")
		}
		fmt.Fprintf(&b, "%s{%s%s} %d %d\n", name, labels, tags, count, at.UnixMilli())
	}
	return b.String()
}

func TestAFederatedPageIsReadAsOneBrokersOrNotAtAll(t *testing.T) {
	at := time.Unix(1.7e9, 0)
	const own = `broker_id="1",instance="b1:9404",job="kafka"`
	page := func(targets ...string) string {
		var all string
		for _, labels := range targets {
			all += federated(labels, 1000, at)
		}
		return all
	}
	for _, tt := range []struct{ name, page, says string }{
		{"one target", page(own), ""},
		{"one target without a broker's name", page(`job="kafka"`), ""},
		{"its own beside other brokers of the cluster", page(`broker_id="2",job="kafka"`, own, `broker_id="3",job="kafka"`), ""},
		{"other brokers by their hosts", page(`instance="b2:9404",job="kafka"`, `instance="b1:9404",job="kafka"`), ""},
		{"parts of one broker from two targets", page(own) + `kafka_server_produce_byte_rate{job="sidecar",user="bob"} 5` + "\n", ""},
		{"two jobs", page(own, `broker_id="1",instance="b1:9404",job="pods"`), "2 targets (job=kafka, job=pods), so whose figures they are is unknown: say which in the address, as in /federate?match[]={job=\"kafka\"}"},
		{"two clusters with the same ids", page(`cluster="a",broker_id="1"`, `cluster="b",broker_id="1"`), `/federate?match[]={cluster="a"}`},
		{"two servers of a pair", page(own+`,prometheus="p-0"`, own+`,prometheus="p-1"`), `2 targets (prometheus=p-0, prometheus=p-1)`},
		{"two brokers that nothing names", page(`instance="10.0.0.1:9404"`, `instance="10.0.0.2:9404"`), "2 targets (instance=10.0.0.1:9404, instance=10.0.0.2:9404)"},
		{"a target with a label more", page(`job="kafka"`, `job="kafka",replica="b"`), "2 targets"},
		{"another broker alone", page(`broker_id="2",job="kafka"`), `its 5 series are of other brokers than 1, such as kafka_server_brokertopicmetrics_bytesin_total{broker_id="2",job="kafka"}`},
		{"another broker alone, by its host", page(`instance="b2:9404"`), `its 5 series are of other brokers than 1, such as kafka_server_brokertopicmetrics_bytesin_total{instance="b2:9404"}`},
		{"another cluster's broker", page(`broker_id="101",job="kafka"`), `{broker_id="101",job="kafka"}: is the address that of another broker?`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, tt.page) }))
			defer s.Close()
			p := NewPoller(config.Metrics{Prometheus: config.Exporter{ByBroker: map[int32]config.URL{1: config.URL(s.URL) + "/federate"}}}, Options{})
			defer p.Close()
			for turn := range 3 { // the second and the third are read by what is remembered of the first
				a := p.Poll(t.Context(), []Target{{ID: 1, Host: "b1"}, {ID: 2, Host: "b2"}})[0]
				switch {
				case tt.says != "" && (a.Err == nil || a.Broker != nil || !strings.Contains(a.Err.Error(), tt.says)):
					t.Fatalf("turn %d: %v, want %q", turn, a.Err, tt.says)
				case tt.says == "" && (a.Err != nil || a.Broker.Leaders.Value != 1000 || a.Broker.Usage[0].Rate != 1000):
					t.Fatalf("turn %d: %+v %v", turn, a.Broker, a.Err)
				}
			}
		})
	}
}

func TestOneFederatedAddressForAllBrokersNamesThePrometheusServer(t *testing.T) {
	p := NewPoller(config.Metrics{Prometheus: config.Exporter{URL: "http://prometheus.invalid/federate?match[]={job=\"kafka\"}"}}, Options{})
	defer p.Close()
	for _, a := range p.Poll(t.Context(), []Target{{ID: 1, Host: "b1"}, {ID: 2, Host: "b2"}}) {
		if a.Err == nil || !strings.Contains(a.Err.Error(), "stands for 2 brokers: give its Prometheus server in the context, metrics: {prometheus-server:") {
			t.Errorf("broker %d: %v", a.ID, a.Err)
		}
	}
}

// A server scrapes every 15 seconds or so. A page that is asked for more often shows the same scrape: that nothing was counted in between
// is no rate of 0.
func TestRatesOfAFederatedPageAreThoseBetweenTwoScrapes(t *testing.T) {
	scrape, count, openMetrics := time.Unix(1.7e9, 0), 1000, false
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		page := federated(`broker_id="1"`, count, scrape)
		if openMetrics {
			w.Header().Set("Content-Type", "application/openmetrics-text; version=1.0.0")
			page = strings.ReplaceAll(page, fmt.Sprint(scrape.UnixMilli()), fmt.Sprintf("%d.500", scrape.Unix())) + "# EOF\n"
		}
		fmt.Fprint(w, page)
	}))
	defer s.Close()
	for _, openMetrics = range []bool{false, true} {
		p := NewPoller(config.Metrics{Prometheus: config.Exporter{ByBroker: map[int32]config.URL{1: config.URL(s.URL)}}}, Options{})
		poll := func() Answer { return p.Poll(t.Context(), []Target{{ID: 1, Host: "b1"}})[0] }
		for range 2 {
			if a := poll(); a.Err != nil || a.Broker.BytesIn.Known {
				t.Fatalf("of one scrape: %+v %v", a.Broker.BytesIn, a.Err)
			}
		}
		for range 3 {
			scrape, count = scrape.Add(15*time.Second), count+1500
			for turn := range 3 {
				if a := poll(); a.Err != nil || a.Broker.BytesIn.Or(-1) != 100 || a.Broker.At.Sub(scrape).Abs() > time.Second {
					t.Errorf("turn %d: %v, at %v, want 100 a second at %v", turn, a.Broker.BytesIn, a.Broker.At, scrape)
				}
			}
		}
		p.Close()
	}
}
