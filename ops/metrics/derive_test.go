package metrics

import (
	"math"
	"strings"
	"testing"
	"time"

	"kdeck/ops/state"
)

func page(at int64, series map[Key]float64) *Page {
	p := newIndex().newPage(nil)
	p.At, p.From = time.Unix(at, 0), "b1:9404"
	for k, v := range series {
		p.put(p.index.place(k), v, false)
	}
	return p
}

func TestValuesComeFromTheBestSourceThereIs(t *testing.T) {
	idle, io := Key{Metric: HandlerIdle, Attr: Count}, Key{Metric: IOWaitTime, Tags: [2]string{"PLAINTEXT", "0"}}
	in, produce := Key{Metric: BytesIn, Attr: Count}, [2]string{"Produce"}
	for _, tt := range []struct {
		name        string
		before, now map[Key]float64
		get         func(*state.BrokerMetrics) state.Reading[float64]
		want        float64
		unknown     string
	}{
		{"handler idle is counted", map[Key]float64{idle: 5e9}, map[Key]float64{idle: 8e9, {Metric: HandlerIdle, Attr: MeanRate}: 0.99},
			func(b *state.BrokerMetrics) state.Reading[float64] { return b.HandlerIdle }, 0.3, ""},
		{"handler idle is the broker's own on a combined node", map[Key]float64{{Metric: BrokerHandlerIdle, Attr: Count}: 0, idle: 0},
			map[Key]float64{{Metric: BrokerHandlerIdle, Attr: Count}: 5e9, idle: 9e9}, func(b *state.BrokerMetrics) state.Reading[float64] { return b.HandlerIdle }, 0.5, ""},
		{"handler idle of one look is the last minute's", nil, map[Key]float64{idle: 8e9, {Metric: HandlerIdle, Attr: Rate1}: 1.0006},
			func(b *state.BrokerMetrics) state.Reading[float64] { return b.HandlerIdle }, 1, ""},
		{"handler idle is never the mean since the start", map[Key]float64{{Metric: HandlerIdle, Attr: MeanRate}: 0.9}, map[Key]float64{{Metric: HandlerIdle, Attr: MeanRate}: 0.9},
			func(b *state.BrokerMetrics) state.Reading[float64] { return b.HandlerIdle }, 0, "the exporter shows only the mean since the broker was started"},
		{"idle over a restart is unknown", map[Key]float64{idle: 8e9}, map[Key]float64{idle: 1e9},
			func(b *state.BrokerMetrics) state.Reading[float64] { return b.HandlerIdle }, 0, brokerRestarted},
		{"a processor's idle is its io-wait", map[Key]float64{io: 1e9}, map[Key]float64{io: 2e9, {IOWaitRatio, Value, io.Tags}: 0.9},
			func(b *state.BrokerMetrics) state.Reading[float64] { return b.Processors[0].Idle }, 0.1, ""},
		{"and before a second look its ratio", nil, map[Key]float64{io: 2e9, {IOWaitRatio, Value, io.Tags}: 0.9},
			func(b *state.BrokerMetrics) state.Reading[float64] { return b.NetworkIdle }, 0.9, ""},
		{"no idle time in the first look is unknown: its meters read 0 until they begin to count", nil,
			map[Key]float64{{IOWaitRatio, Value, io.Tags}: 0, {Metric: HandlerIdle, Attr: Rate1}: 0}, func(b *state.BrokerMetrics) state.Reading[float64] { return b.HandlerIdle }, 0, notBegun},
		{"so is that of its network threads", nil, map[Key]float64{{Metric: NetworkIdleAvg}: 0}, func(b *state.BrokerMetrics) state.Reading[float64] { return b.NetworkIdle }, 0, notBegun},
		{"and of one of them", nil, map[Key]float64{{IOWaitRatio, Value, io.Tags}: 0}, func(b *state.BrokerMetrics) state.Reading[float64] { return b.Processors[0].Idle }, 0, notBegun},
		{"in the second look it is known", map[Key]float64{{Metric: HandlerIdle, Attr: Rate1}: 0}, map[Key]float64{{Metric: HandlerIdle, Attr: Rate1}: 0},
			func(b *state.BrokerMetrics) state.Reading[float64] { return b.HandlerIdle }, 0, ""},
		{"bytes are counted", map[Key]float64{in: 100}, map[Key]float64{in: 1100},
			func(b *state.BrokerMetrics) state.Reading[float64] { return b.BytesIn }, 100, ""},
		{"bytes over a restart are those since", map[Key]float64{in: 5000}, map[Key]float64{in: 200},
			func(b *state.BrokerMetrics) state.Reading[float64] { return b.BytesIn }, 20, ""},
		{"bytes of one look are unknown", nil, map[Key]float64{in: 200},
			func(b *state.BrokerMetrics) state.Reading[float64] { return b.BytesIn }, 0, needsTwoPages},
		{"what isn't exported is unknown", nil, map[Key]float64{in: 200},
			func(b *state.BrokerMetrics) state.Reading[float64] { return b.CleanerDirty }, 0, notExported},
		{"a mean is that between the looks, not since the start",
			map[Key]float64{{TotalTime, Count, produce}: 1000, {TotalTime, Mean, produce}: 2},
			map[Key]float64{{TotalTime, Count, produce}: 1100, {TotalTime, Mean, produce}: 6.3636363636363633},
			func(b *state.BrokerMetrics) state.Reading[float64] { return b.Requests[0].Total.Mean }, 50, ""},
		{"a mean of a sum", map[Key]float64{{TotalTime, Count, produce}: 10, {TotalTime, Sum, produce}: 100},
			map[Key]float64{{TotalTime, Count, produce}: 20, {TotalTime, Sum, produce}: 400},
			func(b *state.BrokerMetrics) state.Reading[float64] { return b.Requests[0].Total.Mean }, 30, ""},
		{"where only percentiles are exported the median stands in", nil, map[Key]float64{{TotalTime, P50, produce}: 7},
			func(b *state.BrokerMetrics) state.Reading[float64] { return b.Requests[0].Total.Mean }, 7, ""},
		{"errors are counted, whatever the case of their request", map[Key]float64{{TotalTime, Count, produce}: 1, {Errors, Count, [2]string{"produce", "NOT_LEADER_OR_FOLLOWER"}}: 5},
			map[Key]float64{{TotalTime, Count, produce}: 2, {Errors, Count, [2]string{"produce", "NONE"}}: 9, {Errors, Count, [2]string{"produce", "NOT_LEADER_OR_FOLLOWER"}}: 25},
			func(b *state.BrokerMetrics) state.Reading[float64] { return b.Requests[0].Errors[0].Rate }, 2, ""},
		{"the throttle is apart from the total", nil, map[Key]float64{{TotalTime, P99, produce}: 7, {ThrottleTime, P99, produce}: 900},
			func(b *state.BrokerMetrics) state.Reading[float64] { return b.Requests[0].Throttle.P99 }, 900, ""},
		{"a p99 over no request is unknown", nil, map[Key]float64{{TotalTime, P99, produce}: math.NaN()},
			func(b *state.BrokerMetrics) state.Reading[float64] { return b.Requests[0].Total.P99 }, 0, "the broker has no value for it yet"},
		{"a mean over a restart is unknown",
			map[Key]float64{{TotalTime, Count, produce}: 1000, {TotalTime, Mean, produce}: 2}, map[Key]float64{{TotalTime, Count, produce}: 10, {TotalTime, Mean, produce}: 6},
			func(b *state.BrokerMetrics) state.Reading[float64] { return b.Requests[0].Total.Mean }, 0, brokerRestarted},
		{"disk reads over a restart are those since", map[Key]float64{{Metric: DiskRead}: 1e9}, map[Key]float64{{Metric: DiskRead}: 5000},
			func(b *state.BrokerMetrics) state.Reading[float64] { return b.DiskRead }, 500, ""},
		{"ISR shrinks of one look are those of the last minute", nil, map[Key]float64{{Metric: ISRShrinks, Attr: Count}: 9, {Metric: ISRShrinks, Attr: Rate1}: 0.25},
			func(b *state.BrokerMetrics) state.Reading[float64] { return b.ISRShrinks }, 0.25, ""},
		{"a purgatory's size", nil, map[Key]float64{{Metric: Purgatory, Tags: [2]string{"Fetch"}}: 12},
			func(b *state.BrokerMetrics) state.Reading[float64] { return b.Purgatories[0].Size }, 12, ""},
		{"dead threads of the log cleaner", nil, map[Key]float64{{Metric: DeadCleaners}: 1},
			func(b *state.BrokerMetrics) state.Reading[float64] { return b.DeadCleaners }, 1, ""},
		{"that none is dead is not known where it isn't exported", nil, map[Key]float64{{Metric: CleanerDirty}: 1},
			func(b *state.BrokerMetrics) state.Reading[float64] { return b.DeadCleaners }, 0, notExported},
		{"a processor's queue is found by its number", nil, map[Key]float64{{IOWaitRatio, Value, io.Tags}: 0.9, {Metric: ProcessorResponses, Tags: [2]string{"", "0"}}: 31},
			func(b *state.BrokerMetrics) state.Reading[float64] { return b.Processors[0].Responses }, 31, ""},
		{"a gauge that is no number is unknown", nil, map[Key]float64{{Metric: CleanerDirty}: math.NaN()},
			func(b *state.BrokerMetrics) state.Reading[float64] { return b.CleanerDirty }, 0, "the broker has no value for it yet"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var before *Page
			if tt.before != nil {
				before = page(1000, tt.before)
			}
			got := tt.get(Derive(1, before, page(1010, tt.now)))
			if got.Known != (tt.unknown == "") || got.Why != tt.unknown || math.Abs(got.Or(0)-tt.want) > 1e-9 {
				t.Errorf("%+v, want %v %q", got, tt.want, tt.unknown)
			}
		})
	}
}

func TestAListenerIsTheSumOfItsProcessors(t *testing.T) {
	on := func(m Metric, a Attr, processor string) Key { return Key{m, a, [2]string{"SSL", processor}} }
	before := page(1000, map[Key]float64{on(ConnectionsOpened, Count, "0"): 10, on(ConnectionsOpened, Count, "1"): 10, {AcceptorBlocked, Count, [2]string{"SSL"}}: 0})
	now := page(1010, map[Key]float64{
		on(Connections, Value, "0"): 5, on(Connections, Value, "1"): 7, {Connections, Value, [2]string{"PLAINTEXT", "2"}}: 1,
		on(ConnectionsOpened, Count, "0"): 40, on(ConnectionsOpened, Count, "1"): 30, on(ConnectionsOpened, Rate1, "0"): 99,
		on(FailedLogins, Rate1, "0"): 0.5, on(FailedLogins, Rate1, "1"): 0.25,
		{AcceptorBlocked, Count, [2]string{"SSL"}}: 2.5e9,
	})
	list := Derive(1, before, now).Listeners
	if len(list) != 2 || list[1].Name != "SSL" {
		t.Fatalf("%+v", list)
	}
	for what, got := range map[string][2]float64{
		"open": {list[1].Connections.Or(-1), 12}, "opened": {list[1].Opened.Or(-1), 5}, "failed logins": {list[1].FailedLogins.Or(-1), 0.75},
		"blocked": {list[1].Blocked.Or(-1), 0.25}, "open on the other": {list[0].Connections.Or(-1), 1},
	} {
		if math.Abs(got[0]-got[1]) > 1e-9 {
			t.Errorf("%s: %v, want %v", what, got[0], got[1])
		}
	}
	if list[0].Opened.Known || list[0].Opened.Why != notExported {
		t.Errorf("what isn't exported of the other: %+v", list[0].Opened)
	}
	now = page(1010, map[Key]float64{on(Connections, Value, "0"): 5, on(Connections, Value, "1"): math.NaN()})
	if r := Derive(1, nil, now).Listeners[0].Connections; r.Known {
		t.Errorf("where one processor is unknown the sum is taken for %v", r.Value)
	}
}

func TestNoThrottleIsZeroAndOneThatIsNotExportedIsUnknown(t *testing.T) {
	alice, bob := [2]string{"alice"}, [2]string{"bob"}
	use := Derive(1, nil, page(1000, map[Key]float64{{ProduceRate, Value, alice}: 5, {ProduceThrottle, Value, alice}: math.NaN(), {ProduceRate, Value, bob}: 6})).Usage
	if len(use) != 2 || use[0].ThrottleMS != 0 || use[0].Rate != 5 || !math.IsNaN(use[1].ThrottleMS) {
		t.Errorf("%+v", use)
	}
}

func TestTagsThatRulesWroteIntoNamesAreReadBack(t *testing.T) {
	for line, want := range map[string]Key{
		"kafka_server_socket_server_metrics_ip_10_0_0_1_connection_accept_rate":                            {IPConnections, Value, [2]string{"10.0.0.1"}},
		"kafka_server_socket_server_metrics_connection_accept_rate{ip=\"::1\"}":                            {IPConnections, Value, [2]string{"::1"}},
		"kafka_server_socket_server_metrics_listener_sasl_ssl_networkprocessor_3_connection_creation":      {ConnectionsOpened, Count, [2]string{"SASL_SSL", "3"}},
		"kafka_server_socket_server_metrics_listener_sasl_ssl_networkprocessor_3_failed_authentication":    {FailedLogins, Count, [2]string{"SASL_SSL", "3"}},
		"kafka_network_requestmetrics_errorspersec_count{request=\"Fetch, error=NOT_LEADER_OR_FOLLOWER\"}": {Errors, Count, [2]string{"Fetch", "NOT_LEADER_OR_FOLLOWER"}},
		"kafka_network_requestmetrics_errorspersec{request=\"Fetch\",error=\"NONE\"}":                      {Errors, Count, [2]string{"Fetch", "NONE"}},
		"kafka_network_requestmetrics_errorspersec_total{request=\"Fetch\",error=\"NONE\"}":                {Errors, Count, [2]string{"Fetch", "NONE"}},
		"kafka_network_requestmetrics_errorspersec_request_fetch{error=\"NONE\"}":                          {Errors, Count, [2]string{"fetch", "NONE"}},
		"kafka_network_requestmetrics_errorspersec_request_fetch_error_unknown_server_error_oneminuterate": {Errors, Rate1, [2]string{"fetch", "UNKNOWN_SERVER_ERROR"}},
		"kafka_server_delayedoperationpurgatory_purgatorysize_remotefetch_value":                           {Purgatory, Value, [2]string{"RemoteFetch"}},
		"kafka_network_requestchannel_responsequeuesize_processor2_value":                                  {ProcessorResponses, Value, [2]string{"", "2"}},
		"kafka_network_acceptor_acceptorblockedpercent_listener_plaintext_count":                           {AcceptorBlocked, Count, [2]string{"PLAINTEXT"}},
	} {
		p, err := newReader().text(strings.NewReader(line+" 1.5\n"), false)
		if err != nil {
			t.Errorf("%s: %v", line, err)
			continue
		}
		if v, ok := p.Value(want); !ok || v != 1.5 {
			t.Errorf("%s is read as %q, want %+v", line, told(p), want)
		}
	}
}

func TestErrorsOfJolokiaAreThoseOfTheBeans(t *testing.T) {
	p, err := newReader().jolokia(strings.NewReader(`[{"request":{"mbean":"kafka.network:name=ErrorsPerSec,request=*,error=*,type=RequestMetrics"},"status":200,"value":` +
		`{"kafka.network:error=NOT_COORDINATOR,name=ErrorsPerSec,request=OffsetCommit,type=RequestMetrics":{"Count":7,"OneMinuteRate":0.5}}}]`))
	if err != nil {
		t.Fatal(err)
	}
	if v, ok := p.Value(Key{Errors, Count, [2]string{"OffsetCommit", "NOT_COORDINATOR"}}); !ok || v != 7 {
		t.Errorf("%q", told(p))
	}
}

func TestUsersAndClientIDsAreReadAsKafkaWritesThem(t *testing.T) {
	for tag, want := range map[string]string{
		"alice": "alice", "CN%3Dapp%2CO%3DFirma%20X": "CN=app,O=Firma X", `"a,b"`: "a,b", `"a\"b\\c\*"`: `a"b\c*`, "j%C3%BCrgen": "jürgen", "100%": "100%",
	} {
		if got := userOf(tag); got != want {
			t.Errorf("user %q is read as %q, want %q", tag, got, want)
		}
	}
	if got := unquote("100%25"); got != "100%25" {
		t.Errorf("a client id isn't percent-encoded, but %q came of 100%%25", got)
	}
}
