package view

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"kdeck/ops/state"
	"kdeck/ops/tenant"
)

func TestNamesThatAnExporterSquashedAreMarkedAndAnAmbiguousLimitIsUnknown(t *testing.T) {
	record := func(user string, limit float64) tenant.Quota {
		return tenant.Quota{Entity: tenant.Entity{User: tenant.Named(user)}, Limits: map[tenant.Type]float64{tenant.ProducerByteRate: limit}}
	}
	use := func(user string) tenant.Usage {
		return tenant.Usage{Broker: 1, Type: tenant.ProducerByteRate, User: user, Rate: 500, Approximate: true}
	}
	rows := tenant.Join(tenant.New([]tenant.Quota{record("Alice", 1000), record("b.c", 1000), record("b-c", 2000)}),
		[]tenant.Usage{use("alice"), use("b_c"), use("nobody")}, "", nil)
	totals := tenant.Totals(rows, 1)
	var got []string
	for _, total := range totals {
		var cells []string
		for _, name := range []string{"user", "limit", "percent", "level"} {
			cells = append(cells, Find(TotalColumns(), name).Cell(total))
		}
		got = append(got, strings.Join(cells, " "))
	}
	slices.Sort(got)
	want := []string{"~alice 1.00kB/s 50% 3 users/Alice", "~b_c ?? ?? ??", "~nobody - - -"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	answer, err := json.Marshal(TenantsAnswer(&state.Snapshot{}, nil, nil, totals))
	if err != nil || strings.Count(string(answer), `"limit_unknown":true`) != 1 || strings.Count(string(answer), `"approximate":true`) != 3 {
		t.Errorf("%v %s", err, answer)
	}
}
