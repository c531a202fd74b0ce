package view

import (
	"math"
	"slices"
	"strings"
	"testing"

	"kdeck/ops/format"
	"kdeck/ops/state"
	"kdeck/ops/tenant"
)

func TestUnknownSortsLastInEitherDirectionInEveryColumn(t *testing.T) {
	_, brokers := meteredRows(t)
	brokers[2].SilentSince = state.Read(noon, noon, "1")
	brokers[0].MetadataOffset = state.Read(int64(7), noon, "1")
	checkUnknownLast(t, "brokers", MeteredBrokerColumns(), brokers)

	s := small(t)
	partitions := make([]state.Partition, s.NumPartitions())
	for i := range partitions {
		partitions[i] = s.Partition(i)
	}
	checkUnknownLast(t, "partitions", PartitionColumns(), partitions)

	quotas := tenant.New([]tenant.Quota{
		{Entity: tenant.Entity{User: tenant.Named("a")}, Limits: map[tenant.Type]float64{tenant.ProducerByteRate: 100, tenant.RequestPercentage: 5}},
		{Entity: tenant.Entity{User: tenant.Named("b")}, Limits: map[tenant.Type]float64{tenant.ProducerByteRate: 100}},
	})
	metrics := &state.BrokerMetrics{ID: 1, At: noon, Usage: []tenant.Usage{
		{Broker: 1, Type: tenant.ProducerByteRate, User: "a", Rate: math.NaN(), ThrottleMS: math.NaN()},
		{Broker: 1, Type: tenant.ProducerByteRate, User: "a", ClientID: "x", Rate: 7},
		{Broker: 1, Type: tenant.ProducerByteRate, User: "b", Rate: 99.7},
		{Broker: 1, Type: tenant.RequestPercentage, User: "a", Rate: 3},
	}}
	rows := TenantRows(&state.State{Metrics: map[int32]state.Reading[*state.BrokerMetrics]{1: state.Read(metrics, noon, "")},
		Threads: map[int32]tenant.Threads{1: {IO: 8, Network: 3, Known: true}}, Quotas: state.Read(quotas, noon, "")})
	for _, r := range rows {
		if r.User == "b" && Find(TenantColumns(), "percent").Cell(r) != "99%" {
			t.Errorf("99.7 %% of a limit is shown as %s", Find(TenantColumns(), "percent").Cell(r))
		}
	}
	checkUnknownLast(t, "tenants", TenantColumns(), rows)
	checkUnknownLast(t, "totals of tenants", TotalColumns(), tenant.Totals(rows, 1))
	checkUnknownLast(t, "quotas", QuotaColumns(), QuotaRows(quotas))
}

// checkUnknownLast sorts rows by every column both ways: behind one whose cell is unknown only rows without a value may
// come. What can be unknown has a key: Compare doesn't tell.
func checkUnknownLast[R any](t *testing.T, what string, columns []Column[R], rows []R) {
	t.Helper()
	seen := false
	for _, c := range columns {
		for _, reverse := range []bool{false, true} {
			sorted := slices.Clone(rows)
			slices.SortStableFunc(sorted, func(a, b R) int {
				if c.Key != nil {
					return CompareKeys(c.Key(a), c.Key(b), reverse)
				}
				return c.Compare(a, b)
			})
			unknown := false
			for _, r := range sorted {
				text := c.Cell(r)
				isUnknown := strings.Contains(text, format.Unknown)
				seen = seen || isUnknown
				if isUnknown && !strings.Contains(c.Help, format.Unknown) {
					t.Errorf("%s: %s can be unknown, and its explanation doesn't say what that means: %s", what, c.Name, c.Help)
				}
				if isUnknown && c.Key == nil {
					t.Errorf("%s: %s can be unknown and has no key", what, c.Name)
				}
				if unknown && !isUnknown && text != "-" && text != "" {
					t.Errorf("%s by %s, reversed %v: %q comes behind what is unknown", what, c.Name, reverse, text)
				}
				unknown = unknown || isUnknown
			}
		}
	}
	if !seen && what != "quotas" {
		t.Errorf("%s: no cell is unknown", what)
	}
}

func TestEveryColumnIsExplained(t *testing.T) {
	checkExplained(t, "partitions", PartitionColumns())
	checkExplained(t, "brokers", BrokerColumns())
	checkExplained(t, "brokers with metrics", MeteredBrokerColumns())
	checkExplained(t, "moves", MoveColumns())
	checkExplained(t, "tenants", TenantColumns())
	checkExplained(t, "totals of tenants", TotalColumns())
	checkExplained(t, "quotas", QuotaColumns())
	checkExplained(t, "effects", EffectColumns())
	checkExplained(t, "pillars", PillarColumns())
	checkExplained(t, "configs", ConfigColumns())
	checkExplained(t, "topics", TopicColumns())
}

// checkExplained wants of each column a sentence of its own that says more than the heading.
func checkExplained[R any](t *testing.T, what string, columns []Column[R]) {
	t.Helper()
	seen := map[string]string{}
	for _, c := range columns {
		switch {
		case len(strings.Fields(c.Help)) < 4 || strings.HasSuffix(c.Help, ".") || strings.Contains(c.Help, "\n"):
			t.Errorf("%s: %s is explained as %q", what, c.Name, c.Help)
		case seen[c.Help] != "":
			t.Errorf("%s: %s and %s have the same explanation", what, seen[c.Help], c.Name)
		}
		seen[c.Help] = c.Name
	}
}

func TestKeysAreInTheOrderOfTheFigures(t *testing.T) {
	figures := []float64{math.Inf(-1), -1e18, -2, -0.001, 0, 1e-9, 0.001, 1, 2, 1e18, math.Inf(1)}
	for i := range figures[1:] {
		if Key(figures[i]) >= Key(figures[i+1]) {
			t.Errorf("the key of %v isn't less than that of %v", figures[i], figures[i+1])
		}
	}
	if Key(math.NaN()) != NoValue {
		t.Error("NaN has a value")
	}
	keys := []int64{NoValue, 3, 1, NoValue, 2}
	for reverse, want := range map[bool][]int64{false: {1, 2, 3, NoValue, NoValue}, true: {3, 2, 1, NoValue, NoValue}} {
		got := slices.SortedFunc(slices.Values(keys), func(a, b int64) int { return CompareKeys(a, b, reverse) })
		if !slices.Equal(got, want) {
			t.Errorf("reversed %v: %v, want %v", reverse, got, want)
		}
	}
}
