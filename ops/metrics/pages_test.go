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

	"kdeck/ops/state"
	"kdeck/ops/tenant"
	"kdeck/protocol/alloctest"
)

// recorded reads a page of testdata; see TestRecordRealKafka.
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
					if p.lacks(m) {
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
	var tried strings.Builder
	for _, name := range []string{"pasted.yml", "strimzi.yml"} {
		rules, err := os.ReadFile(filepath.Join("testdata", "rules", name))
		if err != nil {
			t.Fatal(err)
		}
		tried.Write(rules)
	}
	for _, rule := range []string{quotaRule, socketRule, handlerRule, diskRule, softwareRule} {
		if !strings.Contains(tried.String(), rule) {
			t.Errorf("never tried:\n%s", rule)
		}
	}
}

// What an exporter doesn't show of a real broker, and what isn't there to be shown.
func TestCoverageSaysWhatCannotBeHad(t *testing.T) {
	address := "connections by address: not applicable"
	for page, want := range map[string][]string{
		"none.txt.gz":    {address},
		"strimzi.txt.gz": {"tenants: not exported", "connections by address: not exported"},
		"example-2.txt.gz": {"network processors: available", "connections: not exported", "client software: not exported",
			"connections by address: not exported"},
		"example-kraft.txt.gz": {"tenants: available", address},
		"confluent.txt.gz":     {"connections by address: not exported"},
		"bitnami.txt.gz": {"network processors: available", "tenants: not exported", "request times: not exported", "log cleaner: not exported",
			"connections: not exported", "client software: not exported", "connections by address: not exported"},
		"jolokia.json.gz": {"request errors: not exported", address},
	} {
		for _, version := range []string{"3.9.2", "4.3.1"} {
			var got []string
			for _, pillar := range Derive(1, nil, scanned(t, version+"-"+page)).Coverage.Pillars {
				if pillar.Have != state.Available || pillar.Why != "" {
					got = append(got, pillar.Name+": "+string(pillar.Have))
				}
				if pillar.Have != state.Available && pillar.Why == "" {
					t.Errorf("%s %s: nothing says why %s can't be had", version, page, pillar.Name)
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s %s: %q, want %q", version, page, got, want)
			}
		}
	}
}

// What can be derived of those pages beyond that. "-": the rules lose it. An answer of Jolokia was recorded before errors
// were asked for.
var derivedOfPages = []struct {
	page                                                                                           string
	listeners, opened, logins, blocked, software, purgatories, errors, throttle, isr, dirty, queue string
}{
	{"none.txt.gz", "yes", "yes", "yes", "yes", "yes", "yes", "yes", "yes", "yes", "yes", "yes"},
	{"strimzi.txt.gz", "yes", "yes", "yes", "yes", "yes", "yes", "yes", "yes", "yes", "yes", "yes"},
	{"example-2.txt.gz", "-", "-", "-", "yes", "-", "yes", "yes", "yes", "yes", "yes", "yes"},
	{"example-kraft.txt.gz", "yes", "yes", "yes", "yes", "yes", "yes", "yes", "yes", "yes", "yes", "yes"},
	{"confluent.txt.gz", "yes", "yes", "yes", "yes", "yes", "yes", "yes", "yes", "yes", "yes", "yes"},
	{"bitnami.txt.gz", "-", "-", "-", "yes", "-", "yes", "yes", "-", "yes", "-", "yes"},
	{"jolokia.json.gz", "yes", "yes", "yes", "yes", "yes", "yes", "-", "yes", "yes", "yes", "yes"},
}

func TestWhatAnOperatorAsksOfABrokerIsDerivedUnderEveryKindOfRulesThatShowIt(t *testing.T) {
	for _, version := range []string{"3.9.2", "4.3.1"} {
		for _, tt := range derivedOfPages {
			t.Run(version+" "+tt.page, func(t *testing.T) {
				p := scanned(t, version+"-"+tt.page)
				b := Derive(1, nil, p)
				got := []string{"-", "-", "-", "-", "-", "-", "-", "-", had(b.ISRShrinks), had(b.CleanerDirty), "-"}
				for _, l := range b.Listeners {
					if l.Name == "PLAINTEXT" {
						got[0], got[1], got[2], got[3] = had(l.Connections), had(l.Opened), had(l.FailedLogins), had(l.Blocked)
						if l.Connections.Known && l.Connections.Value < 1 {
							t.Errorf("nobody is connected: %+v", l)
						}
					}
				}
				for _, s := range b.Software {
					if s.Name == "kgo" && s.Connections > 0 {
						got[4] = "yes"
					}
				}
				for _, p := range b.Purgatories {
					if p.Operation == "Fetch" {
						got[5] = had(p.Size)
					}
				}
				for _, r := range b.Requests {
					for _, e := range r.Errors {
						if r.Name == "JoinGroup" && e.Error == "MEMBER_ID_REQUIRED" {
							got[6] = had(e.Rate)
						}
						if e.Error == "NONE" {
							t.Errorf("%s: NONE is no error", r.Name)
						}
					}
					if r.Name == "Produce" {
						got[7] = had(r.Throttle.P99)
					}
				}
				if len(b.Processors) > 0 {
					got[10] = had(b.Processors[0].Responses)
				}
				want := []string{tt.listeners, tt.opened, tt.logins, tt.blocked, tt.software, tt.purgatories, tt.errors, tt.throttle, tt.isr, tt.dirty, tt.queue}
				if !slices.Equal(got, want) {
					t.Errorf("%q,\nwant %q", got, want)
				}
			})
		}
	}
}

// had tells whether a value can be had: a rate may need a second look.
func had(r state.Reading[float64]) string {
	if r.Known || r.Why == needsTwoPages {
		return "yes"
	}
	return "-"
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
	case !p.lacks(IOWaitTime):
		return "listener"
	case !p.lacks(ProcessorIdle):
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

// FuzzText reads a page after another one, and as if there had been no other.
func FuzzText(f *testing.F) {
	f.Add([]byte("jvm_threads 1\n"), []byte("kafka_server_Produce_byte_rate{user=\"a\\\"b\",client_id=\"c\"} 1.5e3\n# EOF\n"))
	f.Add([]byte("kafka_network_RequestMetrics_99thPercentile{name=\"TotalTimeMs\",request=\"Produce\"} 1\nkafka_log_Log_Value 1\n"),
		[]byte("kafka_network_RequestMetrics_99thPercentile{name=\"TotalTimeMs\",request=\"Produce\"} NaN 1395066363000\n"))
	for _, l := range oddLines {
		f.Add([]byte(l), []byte(l+"\n"+l))
	}
	f.Fuzz(func(t *testing.T, last, page []byte) {
		defer alloctest.Bound(t, len(last)+len(page))()
		r := newReader()
		before, _ := r.text(bytes.NewReader(last), false)
		p, err := r.text(bytes.NewReader(page), false)
		fresh, freshErr := newReader().text(bytes.NewReader(page), false)
		if fmt.Sprint(err) != fmt.Sprint(freshErr) {
			t.Fatalf("%v, and read anew %v", err, freshErr)
		}
		if err != nil {
			return
		}
		if got, want := told(p), told(fresh); !slices.Equal(got, want) {
			t.Errorf("%q, and read anew %q", got, want)
		}
		if p.Bad > p.Lines || p.Kept() > p.Lines {
			t.Errorf("%d lines, %d bad, %d series", p.Lines, p.Bad, p.Kept())
		}
		Derive(1, before, p)
	})
}

func FuzzJolokia(f *testing.F) {
	f.Add([]byte(`[{"request":{"mbean":"kafka.server:type=Produce,*"},"status":200,"value":{"kafka.server:client-id=\"a,b\",type=Produce":{"byte-rate":1.5,"throttle-time":"NaN"}}}]`))
	f.Fuzz(func(t *testing.T, answer []byte) {
		defer alloctest.Bound(t, len(answer))()
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
