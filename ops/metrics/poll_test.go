package metrics

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"kdeck/ops/config"
	"kdeck/protocol/race"
)

const wellPage = "kafka_server_BrokerTopicMetrics_Count{name=\"BytesInPerSec\"} 100\n"

// endless writes the same samples until the reader has had enough.
func endless(chunk []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	}
}

func TestABadEndpointCostsItsBrokerOnlyAndSaysWhy(t *testing.T) {
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	for _, tt := range []struct {
		name   string
		answer http.HandlerFunc // nil: nobody listens
		says   string           // "" well
	}{
		{"well", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, wellPage) }, ""},
		{"packed", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			fmt.Fprint(z, wellPage)
			z.Close()
		}, ""},
		{"with bad lines", func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, "kafka_server_Produce_byte_rate{user=\"a} 1\n}{ 2\nkafka_server_Fetch_byte_rate{} x\n"+strings.Repeat("a", 200000)+"\n"+wellPage)
		}, ""},
		{"OpenMetrics", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/openmetrics-text; version=1.0.0")
			fmt.Fprint(w, wellPage+"# EOF\n")
		}, ""},
		{"OpenMetrics cut short", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/openmetrics-text; version=1.0.0")
			fmt.Fprint(w, wellPage)
		}, "cut short"},
		{"cut short", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100000")
			fmt.Fprint(w, wellPage)
		}, "cut short"},
		{"404", http.NotFound, "404 Not Found: exporters mostly answer at /metrics"},
		{"401", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }, "wants a login (401 Unauthorized): write name and password before its host"},
		{"500", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }, "answers 500 Internal Server Error"},
		{"redirect elsewhere", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://eve:secret@127.0.0.1:1/", http.StatusFound)
		}, `answers 302 Found and redirects to an address that nobody named: if it is right, put it into the context ("http://127.0.0.1:1/")`},
		{"HTML", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, "<html>")
		}, "web page"},
		{"HTML that says it is text", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			fmt.Fprint(w, "<!doctype html>\n<p>")
		}, "something else than metrics"},
		{"empty", func(http.ResponseWriter, *http.Request) {}, "not one line"},
		{"kafka_exporter's", func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, "go_threads 9\nkafka_brokers 3\nkafka_consumergroup_lag{topic=\"t\"} 4\n")
		},
			"none of its 2 series of Kafka, such as kafka_brokers, is one that a broker's own exporter has"},
		{"kminion's", func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, "kminion_kafka_broker_info{broker_id=\"1\"} 1\n")
		}, "not Kafka's"},
		{"another program's", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "node_cpu_seconds_total 1\n") }, "not Kafka's"},
		{"dead", nil, "nothing listens there: do the broker and its exporter run?"},
		{"slow", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, "no complete answer within 5s"},
		{"one that trickles", func(w http.ResponseWriter, r *http.Request) {
			for drop := time.NewTicker(100 * time.Millisecond); r.Context().Err() == nil; <-drop.C {
				fmt.Fprint(w, wellPage[:1])
				w.(http.Flusher).Flush()
			}
		}, "no complete answer within 5s"},
		{"1 GB long", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", strconv.Itoa(1<<30))
			fmt.Fprint(w, wellPage)
		}, "its page is larger than 256 MB: given up"},
		{"packed badly", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			fmt.Fprint(w, wellPage)
		}, "its page can't be read on after 0 lines: gzip: invalid header"},
		{"packed and damaged", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			page := packed()
			page[len(page)-8] ^= 0xff // in its checksum
			w.Write(page)
		}, "its page can't be read on after 10000 lines: gzip: invalid checksum"},
		{"packed and cut short", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			page := packed()
			w.Write(page[:len(page)/2])
		}, "its page is cut short after"},
		{"one long line", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, strings.Repeat("a", 1<<20)) }, "not one line with a sample"},
		{"bytes of no sense", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, strings.Repeat("\x00\xff{{\n", 5000)) }, "something else than metrics"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			well := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, wellPage) }))
			defer well.Close()
			bad := closed
			if tt.answer != nil {
				bad = httptest.NewServer(tt.answer)
				defer bad.Close()
			}
			p := NewPoller(config.Metrics{Prometheus: config.Exporter{ByBroker: map[int32]config.URL{1: config.URL(bad.URL), 2: config.URL(well.URL)}}}, Options{Deadline: 5 * time.Second})
			defer p.Close()
			answers := p.Poll(t.Context(), []Target{{ID: 1, Host: "b1"}, {ID: 2, Host: "b2"}})
			if answers[1].Err != nil || answers[1].Broker.ID != 2 {
				t.Errorf("the broker beside it: %v", answers[1].Err)
			}
			switch err := answers[0].Err; {
			case tt.says == "" && err != nil, tt.says != "" && err == nil:
				t.Errorf("%v, want %q", err, tt.says)
			case err != nil && !strings.Contains(err.Error(), tt.says):
				t.Errorf("%v, which lacks %q", err, tt.says)
			case err != nil && !strings.Contains(err.Error(), bad.URL):
				t.Errorf("%v, which doesn't say where", err)
			}
		})
	}
}

// packed is wellPage, many times over.
func packed() []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	for i := range 10000 {
		fmt.Fprintf(z, "kafka_server_Produce_byte_rate{user=\"%x\"} %d\n", i*7919, i)
	}
	z.Close()
	return b.Bytes()
}

func TestAHostThatAnswersNothingCostsItsBrokerOnly(t *testing.T) {
	well := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, wellPage) }))
	defer well.Close()
	p := NewPoller(config.Metrics{Prometheus: config.Exporter{URL: "http://{host}/metrics"}}, Options{
		Deadline: 5 * time.Second,
		Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
			switch addr {
			case "gone:80":
				return nil, &net.DNSError{Err: "no such host", Name: "gone", IsNotFound: true}
			case "well:80":
				return new(net.Dialer).DialContext(ctx, network, well.Listener.Addr().String())
			}
			<-ctx.Done() // as where packets are dropped
			return nil, ctx.Err()
		},
	})
	defer p.Close()
	a := p.Poll(t.Context(), []Target{{ID: 1, Host: "dark"}, {ID: 2, Host: "gone"}, {ID: 3, Host: "well"}})
	for i, says := range []string{"metrics: http://dark/metrics: no complete answer within 5s", "metrics: http://gone/metrics: lookup gone: no such host"} {
		if a[i].Err == nil || a[i].Err.Error() != says {
			t.Errorf("%v, want %s", a[i].Err, says)
		}
	}
	if a[2].Err != nil {
		t.Errorf("the broker beside them: %v", a[2].Err)
	}
}

func TestABadJolokiaCostsItsBrokerOnlyAndSaysWhy(t *testing.T) {
	const wellAnswer = `[{"request":{"mbean":"kafka.server:type=Fetch,*"},"status":200,"value":{"kafka.server:client-id=a,type=Fetch":{"byte-rate":1}}}]`
	for _, tt := range []struct{ name, answer, says string }{
		{"well", wellAnswer, ""},
		{"refuses to read", `[{"request":{"mbean":"kafka.server:type=Fetch,*"},"status":403,"error":"Access denied by policy"}]`,
			`it has none of Kafka's beans: it answers 403 to kafka.server:type=Fetch,*, "Access denied by policy"`},
		{"another program's", `[{"request":{"mbean":"kafka.server:type=Fetch,*"},"status":404,"error":"No MBean"}]`, "it has none of Kafka's beans"},
		{"no list", `{"status":400,"error":"Invalid JSON request"}`, "not the list that Jolokia gives"},
		{"cut short", wellAnswer[:len(wellAnswer)-20], "cut short"},
		{"HTML", "<html>", "answers with a web page"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bad := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, tt.answer) }))
			defer bad.Close()
			well := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, wellAnswer) }))
			defer well.Close()
			p := NewPoller(config.Metrics{Jolokia: config.Exporter{ByBroker: map[int32]config.URL{1: config.URL(bad.URL), 2: config.URL(well.URL)}}}, Options{})
			defer p.Close()
			a := p.Poll(t.Context(), []Target{{ID: 1, Host: "b1"}, {ID: 2, Host: "b2"}})
			if a[1].Err != nil {
				t.Errorf("the broker beside it: %v", a[1].Err)
			}
			if err := a[0].Err; (err == nil) != (tt.says == "") || err != nil && !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%v, want %q", err, tt.says)
			}
		})
	}
}

func TestABadPrometheusServerSaysWhyForEveryBroker(t *testing.T) {
	for _, tt := range []struct {
		name   string
		answer http.HandlerFunc
		says   string
	}{
		{"that doesn't answer", func(_ http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, r.Body) // only then does the server see that the caller is gone
			<-r.Context().Done()
		}, "no complete answer within 5s"},
		{"whose query times out", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusServiceUnavailable)
			fmt.Fprint(w, `{"status":"error","errorType":"timeout","error":"query timed out in expression evaluation"}`)
		}, "it answers timeout: query timed out in expression evaluation"},
		{"behind a gate that gives up", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGatewayTimeout) }, "answers 504 Gateway Timeout"},
		{"with a web page", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") }, "web page"},
		{"cut short", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, matrix[:len(matrix)-30]) }, "cut short"},
		{"that scrapes no Kafka", func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `{"status":"success","data":{"resultType":"matrix","result":[]}}`)
		}, "no series whose labels name broker"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := httptest.NewServer(tt.answer)
			defer s.Close()
			p := NewPoller(config.Metrics{PrometheusServer: config.PrometheusServer{URL: config.URL(s.URL)}}, Options{Deadline: 5 * time.Second})
			defer p.Close()
			for _, a := range p.Poll(t.Context(), []Target{{ID: 1, Host: "b1.internal"}, {ID: 2, Host: "b2.internal"}}) {
				if a.Err == nil || !strings.Contains(a.Err.Error(), tt.says) {
					t.Errorf("broker %d: %v, want %q", a.ID, a.Err, tt.says)
				}
			}
		})
	}
}

func TestAPasswordInAnAddressIsNeverTold(t *testing.T) {
	for _, address := range []string{"http://eve:secret@127.0.0.1:1/metrics", "http://eve:secret@127.0.0.1:a/metrics", "http://eve:sec%ret@h/"} {
		p := NewPoller(config.Metrics{Prometheus: config.Exporter{URL: config.URL(address)}}, Options{Deadline: 5 * time.Second})
		defer p.Close()
		if err := p.Poll(t.Context(), []Target{{ID: 1, Host: "b1"}})[0].Err; err == nil || strings.Contains(err.Error(), "sec") || strings.Contains(err.Error(), "%re") {
			t.Errorf("%v", err)
		}
	}
}

func TestGridAnEndlessPageIsGivenUp(t *testing.T) {
	if testing.Short() || race.Enabled {
		t.Skip("reads 256 MB twice")
	}
	chunk := []byte(strings.Repeat(wellPage, 10000))
	var packed bytes.Buffer // once: packing 256 MB takes longer than reading them
	z := gzip.NewWriter(&packed)
	_, _ = z.Write(chunk)
	z.Close()
	for name, answer := range map[string]http.HandlerFunc{"plain": endless(chunk), "packed": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		endless(packed.Bytes())(w, r)
	}} {
		s := httptest.NewServer(answer)
		defer s.Close()
		p := NewPoller(config.Metrics{Prometheus: config.Exporter{URL: config.URL(s.URL)}}, Options{Deadline: 10 * time.Minute})
		defer p.Close()
		if a := p.Poll(t.Context(), []Target{{ID: 1, Host: "b1"}}); a[0].Err == nil || !strings.Contains(a[0].Err.Error(), "larger than") {
			t.Errorf("%s: %v", name, a[0].Err)
		}
	}
}

func TestAnAddressIsFilledInForEachBroker(t *testing.T) {
	secret := config.Metrics{Username: "eve", Password: config.NewSecret("hunter2")}
	for _, tt := range []struct {
		name string
		m    config.Metrics
		e    config.Exporter
		host string
		want config.URL // "" where nothing may be asked
	}{
		{"the host", config.Metrics{}, config.Exporter{URL: "http://{host}:9404/metrics"}, "b7.internal", "http://b7.internal:9404/metrics"},
		{"an IPv6 address", config.Metrics{}, config.Exporter{URL: "http://{host}:9404/metrics"}, "2001:db8::7", "http://[2001:db8::7]:9404/metrics"},
		{"the id", config.Metrics{}, config.Exporter{URL: "http://gate/{id}/metrics"}, "b7.internal", "http://gate/7/metrics"},
		{"one of its own", config.Metrics{}, config.Exporter{ByBroker: map[int32]config.URL{7: "http://x/"}}, "b7.internal", "http://x/"},
		{"none", config.Metrics{}, config.Exporter{ByBroker: map[int32]config.URL{8: "http://x/"}}, "b7.internal", ""},
		{"a host with a path", config.Metrics{}, config.Exporter{URL: "http://{host}:9404/metrics"}, "127.0.0.1/path?x=", ""},
		{"a host with a user", config.Metrics{}, config.Exporter{URL: "http://{host}:9404/metrics"}, "evil@host", ""},
		{"a host that isn't put in", config.Metrics{}, config.Exporter{URL: "http://gate/{id}/metrics"}, "evil@host", "http://gate/7/metrics"},
		{"credentials in the address to a trusted host", config.Metrics{}, config.Exporter{URL: "http://eve:hunter2@{host}/"}, "b7.internal", "http://eve:hunter2@b7.internal/"},
		{"credentials in the address to a stranger", config.Metrics{}, config.Exporter{URL: "http://eve:hunter2@{host}/"}, "evil.com", ""},
		{"credentials beside it to a stranger", secret, config.Exporter{URL: "http://{host}/"}, "evil.com", ""},
		{"a token to a stranger", config.Metrics{Token: config.NewSecret("hunter2")}, config.Exporter{URL: "http://{host}/"}, "evil.com", ""},
		{"no credentials to a stranger", config.Metrics{}, config.Exporter{URL: "http://{host}/"}, "evil.com", "http://evil.com/"},
	} {
		p := NewPoller(tt.m, Options{Trusts: func(host string) bool { return host == "b7.internal" }})
		got, err := p.addressOf(tt.e, Target{ID: 7, Host: tt.host})
		if string(got) != string(tt.want) || (err == nil) != (tt.want != "") {
			t.Errorf("%s: %q, %v", tt.name, string(got), err)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestAnExporterThatRepeatsTheCredentialsIsNotQuoted(t *testing.T) {
	for _, answer := range []func(http.ResponseWriter, *http.Request){
		func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", "http://x/?"+r.Header.Get("Authorization"))
			w.WriteHeader(http.StatusFound)
		},
		func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprintf(w, `{"error":"what is %s or hunter2?","status":400}`, r.Header.Get("Authorization"))
		},
		func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintf(w, "kafka{ %s hunter2", r.Header.Get("Authorization"))
		},
	} {
		s := httptest.NewServer(http.HandlerFunc(answer))
		for _, e := range []config.Exporter{{URL: config.URL(s.URL)}, {URL: config.URL(strings.Replace(s.URL, "://", "://eve:hunter2@", 1))}} {
			for _, m := range []config.Metrics{{Jolokia: e}, {Prometheus: e}, {PrometheusServer: config.PrometheusServer{URL: e.URL}}} {
				if !e.URL.HasCredentials() {
					m.Username, m.Password = "eve", config.NewSecret("hunter2")
				}
				p := NewPoller(m, Options{Deadline: 5 * time.Second})
				err := p.Poll(t.Context(), []Target{{ID: 1, Host: "b1"}})[0].Err
				p.Close()
				if err == nil || strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "ZXZlOmh1bnRlcjI") {
					t.Errorf("%v", err)
				}
			}
		}
		s.Close()
	}
}

func TestHostsThatNobodyNamedAreNotTried(t *testing.T) {
	p := NewPoller(config.Metrics{}, Options{Named: []string{"b1"}, Deadline: time.Second})
	if a := p.Poll(t.Context(), []Target{{ID: 2, Host: "127.0.0.1"}}); a[0].Err == nil || !strings.Contains(a[0].Err.Error(), "no exporter is known for 127.0.0.1") {
		t.Errorf("%v", a[0].Err)
	}
}

func TestOneAddressNeverStandsForTwoBrokers(t *testing.T) {
	for name, m := range map[string]config.Metrics{
		"by configuration": {Prometheus: config.Exporter{URL: "http://{host}:9404/metrics"}},
		"by convention":    {},
	} {
		p := NewPoller(m, Options{Named: []string{"b1"}, Deadline: time.Second})
		for _, a := range p.Poll(t.Context(), []Target{{ID: 1, Host: "b1"}, {ID: 2, Host: "b1"}}) {
			if a.Err == nil || !strings.Contains(a.Err.Error(), "stands for 2 brokers") {
				t.Errorf("%s: %v", name, a.Err)
			}
		}
	}
}

// matrix is what a Prometheus server says that scraped two brokers' pages twice.
const matrix = `{"status":"success","data":{"resultType":"matrix","result":[
{"metric":{"__name__":"kafka_server_brokertopicmetrics_bytesinpersec","instance":"b1.internal:9404"},"values":[[1000,"100"],[1015,"1600"]]},
{"metric":{"__name__":"kafka_server_produce_byte_rate","instance":"b2.internal:9404","user":"alice","client_id":"app"},"values":[[1000,"5"],[1015,"7.5"]]},
{"metric":{"__name__":"kafka_server_produce_byte_rate","instance":"b9:9404","user":"bob"},"values":[[1000,"5"]]}]}}`

func TestAPrometheusServerIsAskedForAllBrokersAtOnce(t *testing.T) {
	var query string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query = r.FormValue("query")
		w.Header().Set("Content-Type", "application/json")
		if strings.Contains(query, "broken") {
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, `{"status":"error","errorType":"bad_data","error":"parse error at char 7"}`)
			return
		}
		fmt.Fprint(w, matrix)
	}))
	defer s.Close()
	targets := []Target{{ID: 1, Host: "b1.internal"}, {ID: 2, Host: "b2.internal"}, {ID: 3, Host: "b3.internal"}}
	p := NewPoller(config.Metrics{PrometheusServer: config.PrometheusServer{URL: config.URL(s.URL), Match: `{cluster="eu"}`}}, Options{})
	a := p.Poll(t.Context(), targets)
	if a[0].Err != nil || a[0].Broker.BytesIn.Or(0) != 100 {
		t.Errorf("broker 1: %+v %v; its counter grew by 1500 in 15 s", a[0].Broker, a[0].Err)
	}
	if a[1].Err != nil || len(a[1].Broker.Usage) != 1 || a[1].Broker.Usage[0].Rate != 7.5 || a[1].Broker.Usage[0].User != "alice" {
		t.Errorf("broker 2: %+v %v", a[1].Broker, a[1].Err)
	}
	if a[2].Err == nil || !strings.Contains(a[2].Err.Error(), "b3.internal") {
		t.Errorf("broker 3: %v", a[2].Err)
	}
	if !strings.Contains(query, `,cluster="eu"}[`) {
		t.Errorf("asked %s", query)
	}
	p = NewPoller(config.Metrics{PrometheusServer: config.PrometheusServer{URL: config.URL(s.URL), Match: "broken"}}, Options{})
	if a := p.Poll(t.Context(), targets); a[0].Err == nil || !strings.Contains(a[0].Err.Error(), "parse error at char 7") {
		t.Errorf("%v", a[0].Err)
	}
}

func TestObjectNamesAreReadInAnyOrder(t *testing.T) {
	for name, want := range map[string]string{
		"kafka.server:type=Produce,user=a,client-id=b":              "kafka.server [{type Produce} {user a} {client-id b}]",
		`kafka.server:client-id="x,y=\"z\"",type=Produce`:           `kafka.server [{client-id "x,y=\"z\""} {type Produce}]`,
		"kafka.network:name=IdlePercent,networkProcessor=2,type=Pr": "kafka.network [{name IdlePercent} {networkProcessor 2} {type Pr}]",
		"nothing": "", "a:b": "", `a:b="c`: "",
	} {
		domain, props, ok := parseObjectName(name, nil)
		if got := fmt.Sprint(domain, " ", props); ok != (want != "") || ok && got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	if _, err := newReader().jolokia(strings.NewReader(`{"status":404}`)); err == nil {
		t.Error("an answer that isn't a list is taken")
	}
}
