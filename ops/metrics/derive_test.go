package metrics

import (
	"math"
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
			func(b *state.BrokerMetrics) state.Reading[float64] { return b.HandlerIdle }, 0, restarted},
		{"a processor's idle is its io-wait", map[Key]float64{io: 1e9}, map[Key]float64{io: 2e9, {IOWaitRatio, Value, io.Tags}: 0.9},
			func(b *state.BrokerMetrics) state.Reading[float64] { return b.Processors[0].Idle }, 0.1, ""},
		{"and before a second look its ratio", nil, map[Key]float64{io: 2e9, {IOWaitRatio, Value, io.Tags}: 0.9},
			func(b *state.BrokerMetrics) state.Reading[float64] { return b.NetworkIdle }, 0.9, ""},
		{"bytes are counted", map[Key]float64{in: 100}, map[Key]float64{in: 1100},
			func(b *state.BrokerMetrics) state.Reading[float64] { return b.BytesIn }, 100, ""},
		{"bytes over a restart are those since", map[Key]float64{in: 5000}, map[Key]float64{in: 200},
			func(b *state.BrokerMetrics) state.Reading[float64] { return b.BytesIn }, 20, ""},
		{"bytes of one look are unknown", nil, map[Key]float64{in: 200},
			func(b *state.BrokerMetrics) state.Reading[float64] { return b.BytesIn }, 0, needsTwo},
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
