package metrics

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"kdeck/ops/state"
)

// page reads lines as an exporter's page, twice, because the second time their meaning is remembered.
func pageOf(t *testing.T, lines ...string) *Page {
	t.Helper()
	r := newReader()
	text := strings.Join(lines, "\n") + "\nkafka_server_replicamanager_leadercount 1\n"
	if _, err := r.text(strings.NewReader(text), false); err != nil {
		t.Fatal(err)
	}
	p, err := r.text(strings.NewReader(text), false)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestTagsThatARuleHasSwallowedAreToldApart(t *testing.T) {
	count := Count
	for _, tt := range []struct {
		name, line string
		want       Key
	}{
		{"the user in the resource", `kafka_server_quota_byte_rate{clientId="app1",resource="Produce, user=alice"} 7`, Key{ProduceRate, Value, [2]string{"alice", "app1"}}},
		{"both in the resource", `kafka_server_quota_request_time{resource="Request, user=alice, client-id=app1"} 7`, Key{RequestTime, Value, [2]string{"alice", "app1"}}},
		{"the client id in the resource", `kafka_server_quota_throttle_time{resource="Fetch, client-id=app1"} 7`, Key{FetchThrottle, Value, [2]string{"", "app1"}}},
		{"the client id in the user", `kafka_server_quota_byte_rate{resource="Fetch",user="alice, client-id=app1"} 7`, Key{FetchRate, Value, [2]string{"alice", "app1"}}},
		{"the client id in the user, of a kind that the name holds", `kafka_server_controllermutation_mutation_rate{user="alice, client-id=app1"} 7`, Key{MutationRate, Value, [2]string{"alice", "app1"}}},
		{"a client id that Kafka quotes", `kafka_server_produce_byte_rate{user="alice, client-id=\"a, user=bob\""} 7`, Key{ProduceRate, Value, [2]string{"alice", `"a, user=bob"`}}},
		{"the user in the client id", `kafka_server_produce_byte_rate{client_id="app1, user=alice"} 7`, Key{ProduceRate, Value, [2]string{"alice", "app1"}}},
		{"the user in the name", `kafka_server_Produce_user_alice_byte_rate{clientId="app1"} 7`, Key{ProduceRate, Value, [2]string{"alice", "app1"}}},
		{"a client that calls itself so", `kafka_server_produce_byte_rate{client_id="app1, user=alice",user=""} 7`, Key{ProduceRate, Value, [2]string{"", "app1, user=alice"}}},
		{"a client without rules that calls itself so", `kafka_server_Produce_byte_rate{client_id="\"app1, user=alice\""} 7`, Key{ProduceRate, Value, [2]string{"", `"app1, user=alice"`}}},
		{"the kind of quota in the name, the client by another word", `kafka_server_quota_produce_byte_rate{client="app1",user="alice"} 7`, Key{ProduceRate, Value, [2]string{"alice", "app1"}}},
		{"the kind of quota in another label", `kafka_server_quota_throttle_time_ms{type="Fetch",principal="alice",client_id="app1"} 7`, Key{FetchThrottle, Value, [2]string{"alice", "app1"}}},
		{"one name for two users, told apart by the bean", `kafka_server_produce_user_alice_byte_rate{_objectname="kafka.server<type=Produce, user=Alice><>byte-rate"} 7`,
			Key{ProduceRate, Value, [2]string{"Alice", ""}}},
		{"one name for several attributes, told apart by the bean", `kafka_server_brokertopicmetrics_bytesinpersec{_objectname="kafka.server<type=BrokerTopicMetrics, name=BytesInPerSec><>OneMinuteRate"} 7`,
			Key{BytesIn, Rate1, [2]string{}}},
		{"one name for two clients, of which one is quoted", `kafka_server_quota_request_time{clientId="x",resource="Request",_objectname="kafka.server<type=Request, user=CN%3Da, client-id=\"a, user=bob\"><>request-time"} 7`,
			Key{RequestTime, Value, [2]string{"CN%3Da", `"a, user=bob"`}}},
		{"a bean's name that can't be read", `kafka_server_quota_request_time{clientId="x",resource="Request",_objectname="kafka.server:type=Request"} 7`,
			Key{RequestTime, Value, [2]string{"", "x"}}},
		{"a comma that isn't before a tag", `kafka_server_quota_byte_rate{resource="Produce",user="",clientId="a, b"} 7`, Key{ProduceRate, Value, [2]string{"", "a, b"}}},
		{"the version in the request", `kafka_network_requestmetrics_requestspersec_count{request="Fetch, version=12"} 7`, Key{Requests, count, [2]string{"Fetch"}}},
		{"the error in the request", `kafka_network_requestmetrics_errorspersec_count{request="Fetch, error=NOT_LEADER_OR_FOLLOWER"} 7`, Key{Errors, count, [2]string{"Fetch", "NOT_LEADER_OR_FOLLOWER"}}},
		{"the processor in the listener", `kafka_server_socket_server_metrics_connection_count{listener="PLAINTEXT, networkProcessor=3"} 7`, Key{Connections, Value, [2]string{"PLAINTEXT", "3"}}},
		{"the listener in the type", `kafka_server_socket_server_metrics_connection_count{type="socket-server-metrics, listener=PLAINTEXT",networkProcessor="3"} 7`, Key{Connections, Value, [2]string{"PLAINTEXT", "3"}}},
		{"the listener in the name", `kafka_server_socket_server_metrics_listener_SASL_SSL_io_wait_time_ns_total{networkProcessor="3"} 7`, Key{IOWaitTime, Value, [2]string{"SASL_SSL", "3"}}},
		{"the version of a software in its name", `kafka_server_socket_server_metrics_connections{clientSoftwareName="kgo, clientSoftwareVersion=1.2",listener="A"} 7`, Key{ClientSoftware, Value, [2]string{"kgo", "1.2"}}},
		{"software in the name", `kafka_server_socket_server_metrics_clientsoftwarename_kgo_clientsoftwareversion_1_2_connections{listener="A"} 7`, Key{ClientSoftware, Value, [2]string{"kgo", "1.2"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := pageOf(t, tt.line)
			if v, ok := p.Value(tt.want); !ok || v != 7 {
				t.Errorf("%+v isn't found, but %+v", tt.want, p.index.keys)
			}
			if p.Swallowed != 0 {
				t.Errorf("%d can't be told apart", p.Swallowed)
			}
		})
	}
}

// A name without an attribute is mostly a count. Where the page's help says another attribute, it is that one.
func TestTheAttributeThatARuleLeavesOutIsReadFromTheHelp(t *testing.T) {
	help := func(name, bean, attr string) string {
		return "# HELP " + name + " Attribute exposed for management kafka.server:name=" + bean + ",attribute=" + attr
	}
	const bytesIn, idle, total = "kafka_server_brokertopicmetrics_bytesinpersec", "kafka_server_kafkarequesthandlerpool_requesthandleravgidlepercent", "kafka_network_requestmetrics_totaltimems"
	produce := [2]string{"Produce"}
	for _, tt := range []struct {
		name  string
		lines []string
		want  Key
	}{
		{"a meter's count", []string{help(bytesIn, "BytesInPerSec", "Count"), bytesIn + " 7"}, Key{BytesIn, Count, [2]string{}}},
		{"a meter's rate", []string{help(bytesIn, "BytesInPerSec", "OneMinuteRate"), bytesIn + " 7"}, Key{BytesIn, Rate1, [2]string{}}},
		{"no help", []string{bytesIn + " 7"}, Key{BytesIn, Count, [2]string{}}},
		{"help of another name", []string{help(bytesIn+"_x", "BytesInPerSec", "OneMinuteRate"), bytesIn + " 7"}, Key{BytesIn, Count, [2]string{}}},
		{"help of a rule's own", []string{help(bytesIn+"_x", "BytesInPerSec", "OneMinuteRate"), "# HELP " + bytesIn + " bytes", bytesIn + " 7"}, Key{BytesIn, Count, [2]string{}}},
		{"an idle share of a minute", []string{help(idle, "RequestHandlerAvgIdlePercent", "OneMinuteRate"), idle + " 7"}, Key{HandlerIdle, Rate1, [2]string{}}},
		{"a percent of a minute", []string{help(idle[:len(idle)-7]+"_percent", "RequestHandlerAvgIdlePercent", "OneMinuteRate"), idle[:len(idle)-7] + "_percent 7"}, Key{HandlerIdle, Rate1, [2]string{}}},
		{"a histogram's mean", []string{help(total, "TotalTimeMs", "Mean"), total + `{request="Produce"} 7`}, Key{TotalTime, Mean, produce}},
		{"a histogram's count beside its percentiles", []string{help(total, "TotalTimeMs", "50thPercentile"), total + `{request="Produce"} 7`}, Key{TotalTime, Count, produce}},
		{"a histogram's percentile", []string{help(total, "TotalTimeMs", "Count"), total + `{request="Produce",quantile="0.99"} 7`}, Key{TotalTime, P99, produce}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := pageOf(t, tt.lines...)
			if v, ok := p.Value(tt.want); !ok || v != 7 {
				t.Errorf("%+v isn't found, but %+v", tt.want, p.index.keys)
			}
		})
	}
	r := newReader() // whose exporter gets other rules
	for _, attr := range []string{"Count", "OneMinuteRate", "Count"} {
		page, err := r.text(strings.NewReader(help(bytesIn, "BytesInPerSec", attr)+"\n"+bytesIn+" 7\n"), false)
		if err != nil {
			t.Fatal(err)
		}
		if _, counted := page.Value(Key{BytesIn, Count, [2]string{}}); counted != (attr == "Count") {
			t.Errorf("after the help says %s: a count: %v", attr, counted)
		}
	}
	p := pageOf(t, help(bytesIn, "BytesInPerSec", "FiveMinuteRate"), bytesIn+" 7", help(total, "TotalTimeMs", "Max"), total+`{request="Produce"} 7`)
	if !p.lacks(BytesIn) || !p.lacks(TotalTime) {
		t.Errorf("attributes that aren't wanted are taken for others: %+v", p.index.keys)
	}
}

func TestSeriesThatRulesMadeTheSameHaveNoFigure(t *testing.T) {
	p := pageOf(t, "kafka_server_produce_user_alice_byte_rate 5", "kafka_server_produce_user_alice_byte_rate 7", "kafka_server_produce_user_alice_throttle_time NaN",
		"kafka_server_produce_user_alice_throttle_time 7", "kafka_server_produce_user_bob_byte_rate 7", "kafka_network_requestchannel_requestqueuesize 1",
		"kafka_network_requestchannel_requestqueuesize 2", "kafka_network_requestchannel_requestqueuesize 3", `kafka_network_processor_idlepercent{processor="0"} 0.5`,
		`kafka_network_processor_idlepercent{processor="1"} 0.25`, "kafka_log_logcleanermanager_max_dirty_percent 3", "kafka_log_logcleanermanager_max_dirty_percent 3")
	b := Derive(1, nil, p)
	if b.RequestQueue.Known || !strings.Contains(b.RequestQueue.Why, "several series") || b.CleanerDirty.Or(0) != 3 || len(b.Processors) != 2 {
		t.Errorf("request queue %v, dirty %v, %d processors", b.RequestQueue, b.CleanerDirty, len(b.Processors))
	}
	if u := b.Usage; len(u) != 2 || !math.IsNaN(u[0].Rate) || !math.IsNaN(u[0].ThrottleMS) || u[1].Rate != 7 {
		t.Errorf("usage %v", u)
	}
	if says := b.Coverage.Swallowed; !strings.Contains(says, "one name (2, such as kafka_server_produce_user_alice_byte_rate)") {
		t.Errorf("doctor: %s", says)
	}
}

// Two clients of which one's tags were swallowed are two, not one whose figures are overwritten.
func TestTagsThatCannotBeToldApartAreUnknown(t *testing.T) {
	plain := `kafka_server_quota_request_time{clientId="plain",resource="Request"} 7`
	for _, tt := range []struct{ name, line string }{
		{"a tag of the cluster's own callback", `kafka_server_quota_request_time{clientId="app1",resource="Request, tenant=core"} 7`},
		{"another value in a label of its own", `kafka_server_quota_request_time{user="bob",resource="Request, user=alice"} 7`},
		{"a quoted client id that looks like a user, cut by the rule for users", `kafka_server_quota_request_time{user="bob\"",resource="Request, client-id=\"a"} 7`},
		{"no kind of quota", `kafka_server_quota_request_time{user="bob",client_id="app1"} 7`},
		{"a tag of its own callback in the user", `kafka_server_request_request_time{user="alice, tenant=core"} 7`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, lines := range [][]string{{tt.line}, {plain, tt.line}} {
				p := pageOf(t, lines...)
				b := Derive(1, nil, p)
				if p.Swallowed != 1 || len(b.Usage) != len(lines)-1 {
					t.Errorf("%d can't be told apart, %d clients of %q", p.Swallowed, len(b.Usage), lines)
				}
				i := slices.IndexFunc(b.Coverage.Pillars, func(p state.Pillar) bool { return p.Name == state.TenantsPillar })
				tenants := b.Coverage.Pillars[i]
				if tenants.Have != state.NotExported || !strings.Contains(tenants.Why, tt.line[strings.Index(tt.line, "{")+1:][:4]) || tenants.Rule != quotaRule {
					t.Errorf("doctor: %s", fmt.Sprint(tenants))
				}
			}
		})
	}
}
