package subcmd_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"kdeck/ops/config"
	"kdeck/ops/sim"
)

var value = regexp.MustCompile(`(?m)^([a-z][^#\n]*) \S+$`)

func TestFiguresThatCantBeAreUnknownInEveryCommand(t *testing.T) {
	for _, figure := range []string{"NaN", "+Inf", "-Inf", "1e308", "-1e308", "9.3e18", "-1"} {
		t.Run(figure, func(t *testing.T) {
			d, c := onSim(t, sim.Options{Scenario: "abusive-tenant", Metrics: true})
			urls := map[int32]string{}
			for id := range c.MetricsURLs() {
				server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					page, err := c.MetricsPage(id)
					if err != nil {
						http.Error(w, err.Error(), 500)
						return
					}
					_, _ = w.Write(value.ReplaceAll(page, []byte("$1 "+figure)))
				}))
				t.Cleanup(server.Close)
				urls[id] = server.URL + "/metrics"
			}
			contexts, err := config.Load(d.configPath())
			must(t, err)
			must(t, contexts.Add(&config.Context{Name: "odd", Bootstrap: c.Bootstrap(), Metrics: config.Metrics{Prometheus: config.ExporterByBroker(urls)}}))
			must(t, contexts.Save())
			d.flags = nil
			for _, command := range []string{"status", "brokers", "tenants", "doctor"} {
				for _, format := range []string{"table", "wide", "json", "yaml"} {
					r := d.run(command, "-o", format)
					if r.code == 2 || strings.Contains(r.out+r.err, "panic") {
						t.Errorf("%s -o %s: exit %d\n%s", command, format, r.code, r.err)
					}
					for _, no := range []string{"EB/s", "NaN", "Inf", "e+", "-9", "922337203"} {
						if strings.Contains(r.out, no) {
							t.Errorf("%s -o %s shows %s:\n%.2000s", command, format, no, r.out)
						}
					}
					if format == "json" && !json.Valid([]byte(r.out)) {
						t.Errorf("%s: no JSON: %s", command, fmt.Sprintf("%.300q", r.out))
					}
				}
			}
		})
	}
}
