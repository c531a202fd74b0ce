package metrics

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"kdeck/ops/tenant"
)

// recorded reads a page of testdata; see TestRecord.
func recorded(t testing.TB, name string) []byte {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", "pages", name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func scanned(t testing.TB, name string) *Page {
	t.Helper()
	raw := recorded(t, name)
	var p *Page
	var err error
	if strings.HasSuffix(name, ".json.gz") {
		p, err = newReader().jolokia(bytes.NewReader(raw))
	} else {
		p, err = newReader().text(bytes.NewReader(raw), false)
	}
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	p.From, p.At = "b1:9404", time.Unix(1e9, 0)
	return p
}

// What the pages of real brokers under each kind of rules hold. "-": the rules lose it.
var coverageOfPages = []struct {
	page, dialect                                           string
	handler, processors, phases, quotas, exempt, disk, soft string
}{
	{"none.txt.gz", "JMX exporter without rules", "yes", "listener", "yes", "yes", "yes", "yes", "yes"},
	{"strimzi.txt.gz", "Strimzi's rules", "count", "listener", "yes", "-", "-", "yes", "yes"},
	{"example-2.txt.gz", "the JMX exporter's example for Kafka 2", "count", "number", "yes", "yes", "-", "yes", "-"},
	{"example-kraft.txt.gz", "the JMX exporter's example for KRaft", "count", "listener", "yes", "lower", "yes", "yes", "yes"},
	{"confluent.txt.gz", "Confluent's rules", "yes", "listener", "yes", "yes", "-", "yes", "yes"},
	{"bitnami.txt.gz", "Bitnami's rules", "yes", "number", "-", "-", "-", "yes", "-"},
	{"pasted.txt.gz", "the JMX exporter's example for Kafka 2", "yes", "listener", "-", "yes", "yes", "yes", "-"},
	{"jolokia.json.gz", "Jolokia", "yes", "listener", "yes", "yes", "yes", "yes", "yes"},
}

func TestPagesOfRealBrokersAreUnderstoodUnderEveryKindOfRules(t *testing.T) {
	for _, version := range []string{"3.9.2", "4.3.1"} {
		for _, tt := range coverageOfPages {
			t.Run(version+" "+tt.dialect, func(t *testing.T) {
				p := scanned(t, version+"-"+tt.page)
				if p.Bad != 0 {
					t.Errorf("%d lines are taken for bad, the first %q", p.Bad, p.FirstBad)
				}
				if p.Dialect() != tt.dialect {
					t.Errorf("the dialect is taken for %q", p.Dialect())
				}
				got := []string{handlerOf(p), processorsOf(p), phasesOf(p), quotasOf(p), has(p, Key{Metric: ExemptRequestTime}), has(p, Key{Metric: DiskRead}), softwareOf(p)}
				want := []string{tt.handler, tt.processors, tt.phases, tt.quotas, tt.exempt, tt.disk, tt.soft}
				if !slices.Equal(got, want) {
					t.Errorf("handler, processors, phases, quotas, exempt, disk, software: %v, want %v", got, want)
				}
				t.Logf("%d lines, %d of Kafka, %d kept", p.Lines, p.Kafka, p.Kept())
				if tt.page == "pasted.txt.gz" {
					return // nothing but what doctor says to add
				}
				for _, m := range []Metric{BytesIn, RequestQueue, Leaders, UnderReplicated, NetworkIdleAvg} {
					if none(p, m) {
						t.Errorf("metric %d isn't found", m)
					}
				}
			})
		}
	}
}

func TestTheSameBrokerHasTheSameNumbersUnderEveryKindOfRules(t *testing.T) {
	for _, version := range []string{"3.9.2", "4.3.1"} {
		want := Derive(1, nil, scanned(t, version+"-none.txt.gz"))
		if want.Leaders.Or(0) == 0 {
			t.Fatalf("%s: %v leaders", version, want.Leaders)
		}
		for _, tt := range coverageOfPages {
			if tt.page == "pasted.txt.gz" {
				continue
			}
			got := Derive(1, nil, scanned(t, version+"-"+tt.page))
			if got.Leaders.Value != want.Leaders.Value || got.Partitions.Value != want.Partitions.Value || got.UnderReplicated.Value != want.UnderReplicated.Value || !got.Leaders.Known {
				t.Errorf("%s, %s: %v leaders of %v partitions, want %v of %v", version, tt.dialect, got.Leaders, got.Partitions, want.Leaders.Value, want.Partitions.Value)
			}
		}
	}
}

func TestTheRulesThatDoctorPrintsAreThoseThatWereTriedOnARealExporter(t *testing.T) {
	tried, err := os.ReadFile(filepath.Join("testdata", "rules", "pasted.yml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, rule := range []string{quotaRules, socketRule, handlerRule, diskRule} {
		if !strings.Contains(string(tried), rule) {
			t.Errorf("never tried:\n%s", rule)
		}
	}
}

func none(p *Page, m Metric) bool {
	for range p.Of(m) {
		return false
	}
	return true
}

func has(p *Page, k Key) string {
	if _, ok := p.Value(k); ok {
		return "yes"
	}
	return "-"
}

func handlerOf(p *Page) string {
	_, count := p.Value(Key{Metric: HandlerIdle, Attr: Count})
	_, rate := p.Value(Key{Metric: HandlerIdle, Attr: Rate1})
	switch {
	case count && rate:
		return "yes"
	case count:
		return "count"
	}
	return "-"
}

func processorsOf(p *Page) string {
	switch {
	case !none(p, IOWaitTime):
		return "listener"
	case !none(p, ProcessorIdle):
		return "number"
	}
	return "-"
}

func phasesOf(p *Page) string {
	for _, m := range []Metric{TotalTime, RequestQueueTime, LocalTime, RemoteTime, ResponseQueueTime, ResponseSendTime} {
		if _, ok := p.Value(Key{m, P99, [2]string{"Produce"}}); !ok {
			return "-"
		}
	}
	return "yes"
}

func quotasOf(p *Page) string {
	for k, v := range p.Of(ProduceRate) {
		if v > 0 {
			switch k.Tags {
			case [2]string{"ANONYMOUS", "heavy"}:
				return "yes"
			case [2]string{"anonymous", "heavy"}:
				return "lower"
			}
		}
	}
	return "-"
}

func softwareOf(p *Page) string {
	for k, v := range p.Of(ClientSoftware) {
		if k.Tags[0] == "kgo" && v > 0 {
			return "yes"
		}
	}
	return "-"
}

func TestTheThrottledClientOfARealBrokerIsSeenThroughEveryExporterThatShowsQuotas(t *testing.T) {
	for _, version := range []string{"3.9.2", "4.3.1"} {
		for _, tt := range coverageOfPages {
			if tt.quotas != "yes" {
				continue
			}
			t.Run(version+" "+tt.dialect, func(t *testing.T) {
				b := Derive(1, nil, scanned(t, version+"-"+tt.page))
				seen := false
				for _, u := range b.Usage {
					if u.User == "ANONYMOUS" && u.ClientID == "heavy" && u.Type == tenant.ProducerByteRate {
						seen = true
						if !(u.ThrottleMS > 0) || !(u.Rate > 300 && u.Rate < 10000) {
							t.Errorf("%.0f B/s, throttled for %v ms; its quota of 3000 was in force", u.Rate, u.ThrottleMS)
						}
					}
					if math.IsNaN(u.ThrottleMS) && tt.quotas == "yes" {
						t.Errorf("the throttle time of %v is unknown", u)
					}
				}
				if !seen {
					t.Errorf("no such client among %v", b.Usage)
				}
			})
		}
	}
}

func TestMetricsNeverPanicOnWhatAnExporterSays(t *testing.T) {
	for _, page := range []string{"", "\n\n", "kafka_x", "kafka_server_Produce_byte_rate{", "kafka_server_Produce_byte_rate{user=\"a\\", "{} 1", "# EOF", "kafka_a 1 2 3 # {x=\"y\"} 4"} {
		p, err := newReader().text(strings.NewReader(page), false)
		if err == nil && p.Lines == 0 {
			t.Errorf("%q counts as a page", page)
		}
	}
}

func FuzzText(f *testing.F) {
	f.Add([]byte("kafka_server_Produce_byte_rate{user=\"a\\\"b\",client_id=\"c\"} 1.5e3\n# EOF\n"))
	f.Add([]byte("kafka_network_RequestMetrics_99thPercentile{name=\"TotalTimeMs\",request=\"Produce\",} NaN 1395066363000\n"))
	f.Fuzz(func(t *testing.T, page []byte) {
		p, err := newReader().text(bytes.NewReader(page), false)
		if err != nil {
			return
		}
		if p.Bad > p.Lines || p.Kept() > p.Lines {
			t.Errorf("%d lines, %d bad, %d series", p.Lines, p.Bad, p.Kept())
		}
		Derive(1, p, p)
	})
}

func FuzzJolokia(f *testing.F) {
	f.Add([]byte(`[{"request":{"mbean":"kafka.server:type=Produce,*"},"status":200,"value":{"kafka.server:client-id=\"a,b\",type=Produce":{"byte-rate":1.5,"throttle-time":"NaN"}}}]`))
	f.Fuzz(func(t *testing.T, answer []byte) {
		if p, err := newReader().jolokia(bytes.NewReader(answer)); err == nil {
			Derive(1, p, p)
		}
	})
}

// largePage is a page of a real broker, with more clients until it has that many series.
func largePage(b *testing.B, series int) []byte {
	page := recorded(b, "4.3.1-none.txt.gz")
	var out bytes.Buffer
	out.Write(page)
	for i := bytes.Count(page, []byte("\nkafka")); i < series; i++ {
		fmt.Fprintf(&out, "kafka_server_Request_request_time{client_id=\"app-%d\",user=\"team-%d\",} %d.5\n", i, i%300, i)
	}
	return out.Bytes()
}

// Budget: 15,000 series in 50 ms and 20 MB. The matcher is new each time, as for the first look.
func BenchmarkPageOf15000Series(b *testing.B) {
	page := largePage(b, 15000)
	b.SetBytes(int64(len(page)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := newReader().text(bytes.NewReader(page), false); err != nil {
			b.Fatal(err)
		}
	}
}

// What a broker costs at every look but the first, page and values together.
func BenchmarkBrokerOf15000SeriesAgain(b *testing.B) {
	page, r := largePage(b, 15000), newReader()
	var before *Page
	b.ReportAllocs()
	for b.Loop() {
		now, err := r.text(bytes.NewReader(page), false)
		if err != nil {
			b.Fatal(err)
		}
		if before != nil {
			now.At = before.At.Add(5 * time.Second)
		}
		Derive(1, before, now)
		r.release(before)
		before = now
	}
}
