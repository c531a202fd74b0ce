package tenants

import (
	"kdeck/ops/history"
	"math"
	"strings"
	"testing"
	"time"

	"kdeck/ui/pane"

	"pgregory.net/rapid"

	"kdeck/ops/state"
	"kdeck/ops/tenant"
	"kdeck/ops/view"
	"kdeck/ui/cell"
	"kdeck/ui/fixture"
)

// looked are samples five seconds apart, the last at noon.
func looked(values ...float64) []history.Sample {
	list := make([]history.Sample, len(values))
	for i, v := range values {
		list[i] = history.Sample{At: fixture.Noon.Add(time.Duration(i-len(values)+1) * 5 * time.Second), Value: v, Known: true}
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

func TestAProjectionIsToldOnlyWhereTheCourseTellsIt(t *testing.T) {
	row := func(rate, limit, throttle float64) *tenantRow {
		w := tenant.Row{Usage: tenant.Usage{Broker: 3, Rate: rate, ThrottleMS: throttle}, Bound: tenant.Bound{Level: 3, Limit: limit}, Limited: limit > 0}
		r := &tenantRow{Total: tenant.Total{Rate: rate * 2, Worst: w, Limited: w.Limited}}
		if throttle > 0 {
			r.Throttling = 1
		}
		return r
	}
	for _, c := range []struct {
		name    string
		row     *tenantRow
		samples []history.Sample
		want    string
		soon    bool
	}{
		// 100 on all brokers, 50 on the worst of 100 there: 100 more at 2 a second.
		{"a steady rise", row(50, 100, 0), looked(rising(12, -10, 10)...), "hits its limit on broker 3 in about 50s", true},
		{"seven looks", row(50, 100, 0), looked(rising(7, 40, 10)...), "too few looks yet to tell (7 of 8)", false},
		{"level", row(50, 100, 0), looked(rising(20, 100, 0)...), "not rising", false},
		{"falling", row(50, 100, 0), looked(rising(20, 300, -10)...), "not rising", false},
		{"up and down", row(50, 100, 0), looked(50, 150, 50, 150, 50, 150, 50, 150, 50, 150), "not rising", false},
		{"far off", row(50, 1e6, 0), looked(rising(20, 81, 1)...), "an hour or more away", false},
		{"throttled", row(100, 100, 20), looked(rising(20, 100, 10)...), "at its limit", false},
		{"without a limit", row(50, 0, 0), looked(rising(20, 100, 10)...), "", false},
		{"an unknown rate", row(math.NaN(), 100, 0), looked(rising(20, 100, 10)...), "", false},
		{"no sample", row(50, 100, 0), nil, "too few looks yet to tell (0 of 8)", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			text, soon := projection(c.row, courseOf(c.samples, fixture.Noon))
			if !strings.Contains(text, c.want) || soon != c.soon || c.want == "" && text != "" {
				t.Errorf("%q, %v", text, soon)
			}
		})
	}
}

func TestACourseIsThatOfTheLine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 100).Draw(t, "looks")
		from, by := rapid.Float64Range(0, 1e9).Draw(t, "from"), rapid.Float64Range(1, 1e6).Draw(t, "by")
		c := courseOf(looked(rising(n, from, by)...), fixture.Noon)
		if last := from + by*float64(n-1); math.Abs(c.slope-by/5) > by*1e-3 || math.Abs(c.latest-last) > 1e-6*last+by*1e-3 {
			t.Fatalf("slope %g, latest %g; want %g, %g", c.slope, c.latest, by/5, last)
		}
	})
}

// Full means full and empty means empty, in Unicode and in ASCII, and every bar is as wide as the column.
func TestABarNeverTellsMoreThanThereIs(t *testing.T) {
	for _, ascii := range []bool{false, true} {
		full := drawnBar(1, ascii)
		for _, c := range []struct {
			share float64
			full  bool
		}{{0, false}, {1e-9, false}, {0.5, false}, {0.999999, false}, {1, true}, {7, true}} {
			got := drawnBar(c.share, ascii)
			if w := cell.Width(got, ascii); w != useBar {
				t.Errorf("%v is %d columns wide: %q", c.share, w, got)
			}
			if (got == full) != c.full {
				t.Errorf("%v: %q", c.share, got)
			}
			if !ascii && (got == drawnBar(0, ascii)) != (c.share == 0) {
				t.Errorf("%v looks like nothing: %q", c.share, got)
			}
		}
	}
}

func TestLevelsCountWhoeverIsApart(t *testing.T) {
	limits := func(v float64) map[tenant.Type]float64 {
		return map[tenant.Type]float64{tenant.RequestPercentage: v}
	}
	named, all := tenant.Named, tenant.Default
	q := tenant.New([]tenant.Quota{
		{Entity: tenant.Entity{User: named("u"), ClientID: named("a")}, Limits: limits(1)},
		{Entity: tenant.Entity{User: named("u"), ClientID: named("b")}, Limits: limits(2)},
		{Entity: tenant.Entity{User: named("other"), ClientID: named("a")}, Limits: limits(3)},
		{Entity: tenant.Entity{User: named("u")}, Limits: limits(4)},
		{Entity: tenant.Entity{User: all}, Limits: limits(5)},
		{Entity: tenant.Entity{User: all}, Limits: map[tenant.Type]float64{tenant.ProducerByteRate: 9}},
		{Entity: tenant.Entity{ClientID: named("a")}, Limits: limits(6)},
	})
	for _, c := range []struct {
		name string
		of   tenantKey
		want [9]int
	}{
		{"a user", tenantKey{tenant.RequestPercentage, "u", ""}, [9]int{1: 2, 3: 1, 6: 1, 7: 1}},
		{"a client id", tenantKey{tenant.RequestPercentage, "", "a"}, [9]int{1: 2, 3: 1, 6: 1, 7: 1}},
		{"a pair", tenantKey{tenant.RequestPercentage, "u", "b"}, [9]int{1: 1, 3: 1, 6: 1}},
		{"another type", tenantKey{tenant.ConsumerByteRate, "u", "b"}, [9]int{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			ls := levelsOf(q, c.of)
			for l := 1; l <= 8; l++ {
				if ls.at[l].count != c.want[l] {
					t.Errorf("level %d, %s: %d records, want %d", l, ls.at[l].entity, ls.at[l].count, c.want[l])
				}
			}
		})
	}
}

func TestAFilterOfTenants(t *testing.T) {
	row := &tenantRow{Total: tenant.Total{Type: tenant.RequestPercentage, User: "alice", ClientID: "App-1", Tenant: "shop", Throttling: 1, Limited: true},
		series: []view.TenantRow{{Row: tenant.Row{Usage: tenant.Usage{Broker: 3}}}}}
	row.standing = throttled
	for _, c := range []struct {
		filter string
		want   bool
	}{
		{"", true}, {"alice", true}, {"APP", true}, {"shop", true}, {"request_perc", true}, {"bob", false}, {"!bob", true},
		{"throttled", true}, {"!throttled", false}, {"limited", true}, {"is:near", true}, {"is:approximate", false},
		{"user:alice", true}, {"user:ali", false}, {"user:/^al/", true}, {"user:-", false}, {"client:app-1", true}, {"client_id:App-1", true},
		{"type:request", true}, {"type:request_percentage", true}, {"type:fetch", false}, {"type:/req/", true}, {"tenant:shop", true}, {"!tenant:shop", false},
		{"broker:3", true}, {"broker:4", false}, {"alice throttled type:fetch", false},
	} {
		terms, err := view.ParseFilter(c.filter)
		if err != nil {
			t.Fatal(err)
		}
		match, err := matchTenants(terms)
		if err != nil {
			t.Errorf("%s: %v", c.filter, err)
		} else if got := match(row.subject()); got != c.want {
			t.Errorf("%s: %v", c.filter, got)
		}
	}
	for _, c := range [][2]string{{"is:broken", "is:broken"}, {"type:bytes", "type:bytes"}, {"broker:x", "broker:x"}, {"topic:x", "topic:"}} {
		terms, _ := view.ParseFilter(c[0])
		if _, err := matchTenants(terms); err == nil || !strings.Contains(err.Error(), c[1]) {
			t.Errorf("%s: %v", c[0], err)
		}
	}
}

// Rows are worked out anew when the metrics are new, and at no other time: the console's own share of a core depends on it.
func TestTenantsAreWorkedOutOnlyWhenTheMetricsAreNew(t *testing.T) {
	s := fixture.Small().State(1)
	fixture.Tenants{}.AddTo(s)
	p := New()
	see := func(s *state.State) *board {
		p.See(pane.Scene{State: s, Now: s.Now})
		return p.board
	}
	before := see(s)
	later := *s
	later.Now = s.Now.Add(time.Second)
	later.Snapshot = fixture.Small().Snapshot()
	if see(&later) != before {
		t.Error("the same metrics were worked out again")
	}
	for _, c := range []struct {
		name   string
		change func(s *state.State)
	}{
		{"quotas", func(s *state.State) { s.Quotas.Value = tenant.New(nil) }},
		{"threads", func(s *state.State) { s.Threads = nil }},
		{"a broker", func(s *state.State) {
			more := fixture.Small()
			more.Brokers++
			s.Snapshot = more.Snapshot()
		}},
		{"metrics", func(s *state.State) {
			s.Metrics = map[int32]state.Reading[*state.BrokerMetrics]{1: state.Read(&state.BrokerMetrics{ID: 1, At: s.Now}, s.Now, "")}
		}},
		{"no metrics", func(s *state.State) { s.Metrics = nil }},
	} {
		next := later
		c.change(&next)
		before = p.board
		if see(&next) == before {
			t.Errorf("%s: not seen", c.name)
		}
		later = next
	}
}

func TestManyTenantsAreWorkedOutOffTheLoop(t *testing.T) {
	s := fixture.Small().State(1)
	fixture.Tenants{Random: 2000}.AddTo(s)
	p := New()
	effects := p.See(pane.Scene{State: s, Now: s.Now})
	if p.board != nil || len(effects) != 1 {
		t.Fatalf("24,000 series were worked out at once, %d effects", len(effects))
	}
	if again := p.See(pane.Scene{State: s, Now: s.Now}); len(again) > 0 {
		t.Error("they are worked out twice")
	}
	w := effects[0].(pane.Work)
	w.Run()()
	w.Then()
	if p.board == nil || p.table.Len() != 2009 {
		t.Errorf("%d rows", p.table.Len())
	}
}
