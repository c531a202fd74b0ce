package subcmd_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"kdeck/ops/config"
	"kdeck/ops/sim"
	"kdeck/ops/state"
	"kdeck/protocol/printable"
	"kdeck/protocol/printable/hostile"
)

// hostileCluster saves a cluster of which everything has a hostile name.
func hostileCluster(t *testing.T) (file string) {
	at := time.Unix(1e9, 0).UTC()
	b := state.NewBuilder(hostile.Name, at, 0, 0)
	s := b.Snapshot()
	s.Controller = state.Read[int32](1, at, hostile.Name)
	s.Moves = state.Read(1, at, hostile.Name)
	s.From = hostile.Name
	s.Unknown = []state.Unknown{{Node: 2, What: hostile.Name, Why: hostile.Name}}
	for id := range int32(3) {
		b.Broker(state.Broker{ID: id + 1, Host: hostile.Name, Port: 9092, Rack: hostile.Name, Alive: id > 0,
			LogDirs: state.Read([]state.LogDir{{Path: hostile.Name, Error: hostile.Name, Total: -1, Usable: -1}}, at, hostile.Name)})
	}
	for _, name := range []string{hostile.Name, hostile.Name + "\xff", strings.Repeat("long\u202e", 1<<18)} {
		must(t, b.Topic(name, [16]byte{}, false))
		must(t, b.Partition(0, 1, 1, []int32{1, 2, 3}, []int32{2}, []int32{1}))
		b.Config(name, 2, map[string]string{hostile.Name: hostile.Name})
	}
	file = filepath.Join(t.TempDir(), "snapshot.json")
	f, err := os.Create(file)
	must(t, err)
	must(t, b.Done().Save(f))
	must(t, f.Close())
	return file
}

func TestNothingThatABrokerSendsIsWrittenAsItIs(t *testing.T) {
	file := hostileCluster(t)
	d := newDeck(t, "--snapshot", file)
	for _, command := range []string{
		"status", "brokers", "partitions", "moves", "doctor", "tenants", "quota list",
		"plan drain 2", "plan leaders", "plan racks", "plan balance count", "safe-to-stop 1", "snapshot save -",
		"partitions --filter topic:" + hostile.Name,
	} {
		for _, format := range []string{"table", "wide", "json", "yaml"} {
			name, args, _ := strings.Cut(command, " ")
			words := []string{name}
			if args != "" {
				words = append(words, strings.Split(args, " ")...)
			}
			r := d.run(append(words, "-o", format)...)
			for from, out := range map[string]string{"stdout": r.out, "stderr": r.err} {
				if !printable.Text(strings.ReplaceAll(out, "\n", "")) {
					t.Errorf("%q -o %s writes to %s what isn't printable: %.300q", command, format, from, out)
				}
			}
			if len(r.out) > 16<<20 && (format == "table" || format == "wide") {
				t.Errorf("%q -o %s writes %d bytes", command, format, len(r.out))
			}
			var doc any
			if r.out != "" && format == "json" && json.Unmarshal([]byte(r.out), &doc) != nil {
				t.Errorf("%q: no JSON: %.300q", command, r.out)
			}
			if r.out != "" && format == "yaml" && !strings.HasPrefix(command, "snapshot") && yaml.Unmarshal([]byte(r.out), &doc) != nil {
				t.Errorf("%q: no YAML: %.300q", command, r.out)
			}
		}
	}
}

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
			path, err := config.DefaultPath(os.LookupEnv)
			must(t, err)
			contexts, err := config.Load(path)
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
