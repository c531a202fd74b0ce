package sim

import (
	"math"
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

func TestNobodyUsesMoreThanALimitAndNobodyElseIsHeldBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &model{traffic: &traffic{tenants: tenants}}
		b := &broker{id: 1}
		part := rapid.SampledFrom([]quotaName{{}, byDefault, named("shop"), named("web"), named("checkout"), named("indexer")})
		for q := range quotaTypes {
			m.quotas[q] = map[quotaEntity]float64{}
			for range rapid.IntRange(0, 4).Draw(t, "records") {
				if e := (quotaEntity{part.Draw(t, "user"), part.Draw(t, "client")}); e != (quotaEntity{}) {
					m.quotas[q][e] = rapid.Float64Range(1, 1e7).Draw(t, "limit")
				}
			}
		}
		b.quotaLevels = m.quotas.levels()
		l := &load{b: b, ioThreads: 8, networkThreads: 8, clients: make([]clientLoad, len(tenants))}
		rate := rapid.Float64Range(0, 1e8)
		for i, t2 := range tenants {
			c := &l.clients[i]
			c.produce, c.fetch = rate.Draw(t, "produce"), rate.Draw(t, "fetch")
			c.produces, c.fetches = c.produce/t2.request, c.fetch/t2.response
		}
		asked := append([]clientLoad{}, l.clients...)
		l.throttle(m)
		for q := range quotaTypes {
			for tags, bucket := range l.buckets[q] {
				used := 0.0
				for _, i := range bucket.members {
					used += l.clients[i].counted(q)
				}
				if used > bucket.limit*(1+1e-9) {
					t.Fatalf("%s of %v: %g of %g", quotaNames[q], tags, used, bucket.limit)
				}
			}
		}
		for i := range l.clients {
			c, was := &l.clients[i], &asked[i]
			held := c.throttled != [quotaTypes]float64{}
			if slower := c.produce < was.produce || c.fetch < was.fetch; slower != held {
				t.Fatalf("%s: held back %v, slower %v", tenants[i].user, held, slower)
			}
		}
		l.saturate()
		var handlers, network float64
		for i := range l.clients {
			handlers, network = handlers+l.clients[i].handlerTime(), network+l.clients[i].networkTime()
		}
		if handlers > 8*maxBusy*(1+1e-9) || network > 8*maxBusy*(1+1e-9) {
			t.Fatalf("threads are busy for %g and %g seconds of 8", handlers, network)
		}
	})
}

func TestPercentilesRiseWithTheShareThatTheyAreOf(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := delay{rapid.Float64Range(0, 1e4).Draw(t, "typical"), rapid.Float64Range(0, 1e4).Draw(t, "slow"), rapid.Float64Range(0, 1).Draw(t, "share")}
		last := 0.0
		for _, p := range percentiles {
			v := d.quantile(p.share)
			if math.IsNaN(v) || v < last {
				t.Fatalf("%+v: %s is %g after %g", d, p.attribute, v, last)
			}
			last = v
		}
	})
}

func TestNumbersAreWrittenAsJavaDoes(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0.0", 3: "3.0", 0.8473649638529742: "0.8473649638529742", 9999999: "9999999.0", 1e7: "1.0E7",
		1.4382640087e10: "1.4382640087E10", 0.00125: "0.00125", 1.25e-4: "1.25E-4", -2.5: "-2.5", math.NaN(): "NaN",
	} {
		if got := string(appendDouble(nil, v)); got != want {
			t.Errorf("%g is written %q, want %q", v, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.Float64Range(-1e18, 1e18).Draw(t, "v")
		got, err := strconv.ParseFloat(string(appendDouble(nil, v)), 64)
		if err != nil || math.Abs(got-v) > 1e-12*math.Abs(v) {
			t.Fatalf("%g is read back as %g, %v", v, got, err)
		}
	})
}
