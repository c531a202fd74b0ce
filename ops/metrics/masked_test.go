package metrics

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"kdeck/ops/config"
)

// reason makes a server answer with a reason phrase, which net/http can't be told.
func reason(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		c, out, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		fmt.Fprintf(out, "HTTP/1.1 500 %s\r\nContent-Length: 0\r\n\r\n", text)
		out.Flush()
		c.Close()
	}
}

// Two masks stand one behind the other in what exporters say, and a third where it is written: the leak test of the command line
// sees the last alone.
func TestWhatExportersSayHidesTheirCredentialsAtEachPlace(t *testing.T) {
	const secret = "qJ7sWx93PvTz"
	redirect := func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://elsewhere/"+secret, http.StatusFound)
	}
	why := func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(w, `{"status":"error","errorType":"bad_data","error":"you said %s"}`, secret)
	}
	each := func(p *Poller) error { return p.Poll(t.Context(), []Target{{ID: 1, Host: "127.0.0.1"}})[0].Err }
	for name, tt := range map[string]struct {
		answer http.HandlerFunc
		of     func(url config.URL) config.Metrics
		ask    func(p *Poller) error
	}{
		"an exporter's reason": {reason("you said " + secret), func(u config.URL) config.Metrics {
			return config.Metrics{Prometheus: config.Exporter{URL: u}}
		}, each},
		"a Prometheus server's error": {why, func(u config.URL) config.Metrics {
			return config.Metrics{PrometheusServer: config.PrometheusServer{URL: u}}
		}, each},
		"a redirect's address, before all else": {redirect, func(u config.URL) config.Metrics {
			return config.Metrics{Prometheus: config.Exporter{URL: u}}
		}, func(p *Poller) error {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, string(p.metrics.Prometheus.URL), nil)
			if err != nil {
				return nil
			}
			return p.do(req, nil)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			s := httptest.NewServer(tt.answer)
			defer s.Close()
			m := tt.of(config.URL(s.URL))
			m.Username, m.Password = "me", config.NewSecret(secret)
			m.Hosts = []string{"127.0.0.1"}
			p := NewPoller(m, Options{})
			defer p.Close()
			if err := tt.ask(p); err == nil || strings.Contains(err.Error(), secret) || !strings.Contains(err.Error(), "(hidden)") {
				t.Errorf("%v", err)
			}
		})
	}
}
