package metrics

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"kdeck/ops/config"
)

// A proxy, or an exporter that is asked too often, answers with the page of a while ago. Threads whose idle time doesn't grow then aren't busy.
func TestAPageThatIsShownAgainMakesNoThreadBusy(t *testing.T) {
	const page = "kafka_server_KafkaRequestHandlerPool_Count{name=\"RequestHandlerAvgIdlePercent\"} %d\n" +
		"kafka_server_socket_server_metrics_io_wait_time_ns_total{listener=\"PLAINTEXT\",networkProcessor=\"0\"} %d\n" +
		"kafka_server_BrokerTopicMetrics_Count{name=\"BytesInPerSec\"} %d\n"
	at := noonOfPolls
	var idle, bytes int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintf(w, page, idle, idle, bytes) }))
	defer server.Close()
	p := NewPoller(config.Metrics{Prometheus: config.Exporter{ByBroker: map[int32]config.URL{1: config.URL(server.URL)}}}, Options{Now: func() time.Time { return at }})
	defer p.Close()
	for _, look := range []struct {
		name        string
		after       time.Duration
		idle, bytes int64 // more than before
		handlerIdle float64
		known       bool
	}{
		{"the first page", 0, 0, 0, 0, false},
		{"the same page again", 5 * time.Second, 0, 0, 0, false},
		{"and again", 5 * time.Second, 0, 0, 0, false},
		{"the page of ten seconds later", 5 * time.Second, 12e9, 600, 0.8, true},
		{"busy for five seconds: that is no copy, for bytes came in", 5 * time.Second, 0, 600, 0, true},
	} {
		at, idle, bytes = at.Add(look.after), idle+look.idle, bytes+look.bytes
		a := p.Poll(t.Context(), []Target{{ID: 1, Host: "h"}})[0]
		if a.Err != nil {
			t.Fatal(a.Err)
		}
		for figure, r := range map[string]float64{"handlers": a.Broker.HandlerIdle.Or(-1), "network threads": a.Broker.NetworkIdle.Or(-1)} {
			want := look.handlerIdle
			if !look.known {
				want = -1
			}
			if r != want {
				t.Errorf("%s: %s are idle %v, want %v", look.name, figure, r, want)
			}
		}
	}
}

var noonOfPolls = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
