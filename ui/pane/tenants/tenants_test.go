package tenants

import (
	"strings"
	"testing"
	"time"

	"kdeck/ops/state"
	"kdeck/ops/tenant"
	"kdeck/ops/view"
	"kdeck/ui/cell"
	"kdeck/ui/fixture"
	"kdeck/ui/pane"
)

// Full means full and empty means empty, in Unicode and in ASCII, and every bar is as wide as the column.
func TestABarNeverTellsMoreThanThereIs(t *testing.T) {
	for _, ascii := range []bool{false, true} {
		full := shareBar(1, ascii)
		for _, c := range []struct {
			share float64
			full  bool
		}{{0, false}, {1e-9, false}, {0.5, false}, {0.999999, false}, {1, true}, {7, true}} {
			got := shareBar(c.share, ascii)
			if w := cell.Width(got, ascii); w != barWidth {
				t.Errorf("%v is %d columns wide: %q", c.share, w, got)
			}
			if (got == full) != c.full {
				t.Errorf("%v: %q", c.share, got)
			}
			if !ascii && (got == shareBar(0, ascii)) != (c.share == 0) {
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
		series: []view.TenantRow{{Usage: tenant.Usage{Broker: 3}}}}
	row.standing = tenant.Throttled
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
	see := func(s *state.State) *usage {
		p.See(pane.Scene{State: s, Now: s.Now})
		return p.usage
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
		before = p.usage
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
	if p.usage != nil || len(effects) != 1 {
		t.Fatalf("24,000 series were worked out at once, %d effects", len(effects))
	}
	if again := p.See(pane.Scene{State: s, Now: s.Now}); len(again) > 0 {
		t.Error("they are worked out twice")
	}
	effects[0].(pane.Work)()()
	if p.usage == nil || p.Table.Len() != 2009 {
		t.Errorf("%d rows", p.Table.Len())
	}
}
