package metrics

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"kdeck/ops/config"
)

func TestTheBytesOfEachPollAreCounted(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, wellPage) }))
	defer s.Close()
	p := NewPoller(config.Metrics{Prometheus: config.Exporter{ByBroker: map[int32]config.URL{1: config.URL(s.URL)}}}, Options{})
	defer p.Close()
	last := p.Traffic()
	if last != 0 {
		t.Errorf("%d bytes before anything was read", last)
	}
	for range 2 {
		p.Poll(t.Context(), []Target{{ID: 1, Host: "localhost"}})
		if n := p.Traffic() - last; n < int64(len(wellPage)) {
			t.Errorf("%d bytes, and the page alone has %d", n, len(wellPage))
		}
		last = p.Traffic()
	}
}
