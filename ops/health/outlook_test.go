package health

import (
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kdeck/ops/history"
	"kdeck/ops/state"
	"kdeck/ops/tenant"
)

// looked are samples five seconds apart, the last at noon.
func looked(values ...float64) []history.Sample {
	list := make([]history.Sample, len(values))
	for i, v := range values {
		list[i] = history.Sample{At: noon.Add(time.Duration(i-len(values)+1) * 5 * time.Second), Value: v, Known: true}
	}
	return list
}

func rising(n int, from, by float64) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = from + by*float64(i)
	}
	return v
}

func TestAnOutlookIsGivenOnlyWhereTheUseTellsIt(t *testing.T) {
	row := func(rate, limit, throttle float64) tenant.Total {
		w := tenant.Row{Usage: tenant.Usage{Broker: 3, Rate: rate, ThrottleMS: throttle}, Bound: tenant.Bound{Level: 3, Limit: limit}, Limited: limit > 0}
		r := tenant.Total{Rate: rate * 2, Worst: w, Limited: w.Limited}
		if throttle > 0 {
			r.Throttling = 1
		}
		return r
	}
	for _, c := range []struct {
		name    string
		row     tenant.Total
		samples []history.Sample
		want    string
		soon    bool
	}{
		// 100 on all brokers, 50 on the worst of 100 there: 100 more at 2 a second.
		{"a steady rise", row(50, 100, 0), looked(rising(12, -10, 10)...), "it reaches its limit on broker 3 in about 50s", true},
		{"seven polls", row(50, 100, 0), looked(rising(7, 40, 10)...), "too few polls yet to tell (7 of 8)", false},
		{"level", row(50, 100, 0), looked(rising(20, 100, 0)...), "not rising", false},
		{"falling", row(50, 100, 0), looked(rising(20, 300, -10)...), "not rising", false},
		{"up and down", row(50, 100, 0), looked(50, 150, 50, 150, 50, 150, 50, 150, 50, 150), "not rising", false},
		{"far off", row(50, 1e6, 0), looked(rising(20, 81, 1)...), "reaches its limit in an hour or more", false},
		{"throttled", row(100, 100, 20), looked(rising(20, 100, 10)...), "at its limit", false},
		{"without a limit", row(50, 0, 0), looked(rising(20, 100, 10)...), "", false},
		{"an unknown rate", row(math.NaN(), 100, 0), looked(rising(20, 100, 10)...), "", false},
		{"no sample", row(50, 100, 0), nil, "too few polls yet to tell (0 of 8)", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := OutlookOf(c.row, c.samples, noon)
			if !strings.Contains(o.Sentence, c.want) || (o.Severity == state.SeverityWarning) != c.soon || c.want == "" && o.Sentence != "" {
				t.Errorf("%s %q", o.Severity, o.Sentence)
			}
		})
	}
}

func TestARiseIsMeasuredAlongTheFittedLine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 100).Draw(t, "looks")
		from, by := rapid.Float64Range(0, 1e9).Draw(t, "from"), rapid.Float64Range(1, 1e6).Draw(t, "by")
		c := lineThrough(looked(rising(n, from, by)...), noon)
		if last := from + by*float64(n-1); math.Abs(c.slope-by/5) > by*1e-3 || math.Abs(c.latest-last) > 1e-6*last+by*1e-3 {
			t.Fatalf("slope %g, latest %g; want %g, %g", c.slope, c.latest, by/5, last)
		}
	})
}
