package subcmd_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"kdeck/ops/config"
	"kdeck/ops/sim"
	"kdeck/protocol/race"
)

var value = regexp.MustCompile(`(?m)^([a-z][^#\n]*) \S+$`)

// oddFigures are those that the series of a page have, one after the other.
var oddFigures = []string{"NaN", "+Inf", "-Inf", "1e308", "-1e308", "9.3e18", "-1"}

func TestGridFiguresThatCantBeAreUnknownInEveryCommand(t *testing.T) {
	d, c := onSim(t, sim.Options{Scenario: "abusive-tenant", Metrics: true})
	var first, served atomic.Int32 // the figure that a page begins with
	urls := map[int32]string{}
	for id := range c.MetricsURLs() {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			page, err := c.MetricsPage(id)
			if err != nil {
				http.Error(w, err.Error(), 500)
				return
			}
			n := int(first.Load())
			served.Add(1)
			_, _ = w.Write(value.ReplaceAllFunc(page, func(line []byte) []byte {
				end := bytes.LastIndexByte(line, ' ') + 1
				n++
				return append(line[:end:end], oddFigures[n%len(oddFigures)]...)
			}))
		}))
		t.Cleanup(server.Close)
		urls[id] = server.URL + "/metrics"
	}
	contexts, err := config.Load(d.configPath())
	must(t, err)
	must(t, contexts.Add(&config.Context{Name: "odd", Bootstrap: c.Bootstrap(), Metrics: config.Metrics{Prometheus: config.ExporterByBroker(urls)}}))
	must(t, contexts.Save())
	d.flags = nil
	d.dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
		for _, u := range urls {
			if u == "http://"+addr+"/metrics" {
				return new(net.Dialer).DialContext(ctx, network, addr)
			}
		}
		return c.DialContext(ctx, network, addr)
	}
	formats := []string{"table", "wide", "json", "yaml"}
	for i, command := range []string{"status", "brokers", "tenants", "doctor"} {
		for j, format := range formats {
			if !race.Part(i, j, len(formats)) {
				continue
			}
			first.Add(1)
			before := served.Load()
			r := d.run(command, "-o", format)
			if r.code == 2 || strings.Contains(r.out+r.err, "panic") || served.Load() == before {
				t.Errorf("%s -o %s: exit %d, %d pages read\n%s", command, format, r.code, served.Load()-before, r.err)
			}
			for _, no := range []string{"EB/s", "NaN", "Inf", "e+", "-9", "922337203"} {
				if strings.Contains(r.out, no) {
					t.Errorf("%s -o %s shows %s:\n%.2000s", command, format, no, r.out)
				}
			}
			if format == "json" && !json.Valid([]byte(r.out)) {
				t.Errorf("%s: no JSON: %.300q", command, r.out)
			}
		}
	}
}
