package tenant

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAChangeIsUndoneByItsReverse(t *testing.T) {
	alice := Entity{User: Named("alice")}
	now := New([]Quota{{alice, map[Type]float64{ProducerByteRate: 1000, RequestPercentage: 50}}, {Entity{User: Default}, map[Type]float64{ConsumerByteRate: 7}}})
	for _, tt := range []struct {
		name   string
		limits map[Type]float64
	}{
		{"a limit is raised and one is new", map[Type]float64{ProducerByteRate: 2000, ConsumerByteRate: 5}},
		{"a limit is removed", map[Type]float64{RequestPercentage: math.NaN()}},
		{"a limit stays as it is", map[Type]float64{RequestPercentage: 50}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			change, err := now.Change(alice, tt.limits)
			if err != nil {
				t.Fatal(err)
			}
			then := now.With(alice, limitsAfter(change))
			if !cmp.Equal(then.List(), now.With(alice, tt.limits).List()) {
				t.Errorf("it makes %v", then.List())
			}
			if back := then.With(alice, limitsAfter(change.Reverse())); !cmp.Equal(back.List(), now.List()) {
				t.Errorf("undone it is %v, was %v", back.List(), now.List())
			}
		})
	}
	all, err := now.Removal(alice)
	if err != nil || len(all.Limits) != 2 || len(now.With(alice, limitsAfter(all)).List()) != 1 {
		t.Errorf("all are removed by %+v, %v", all, err)
	}
}

func limitsAfter(c Change) map[Type]float64 {
	limits := map[Type]float64{}
	for _, l := range c.Limits {
		limits[l.Type] = math.NaN()
		if l.After != nil {
			limits[l.Type] = *l.After
		}
	}
	return limits
}

func TestWhatIsNotThereCannotBeRemoved(t *testing.T) {
	q, bob := New(nil), Entity{User: Named("bob")}
	if c, err := q.Removal(bob); err == nil {
		t.Errorf("%+v", c)
	}
	if c, err := q.Change(bob, map[Type]float64{ProducerByteRate: math.NaN()}); err == nil {
		t.Errorf("%+v", c)
	}
}

func TestALimitThatNobodyNoticesOrThatStopsClientsIsWarnedOf(t *testing.T) {
	broker := Threads{IO: 8, Network: 6, Known: true}
	for _, tt := range []struct {
		name    string
		threads Threads
		t       Type
		limit   float64
		says    string // "": nothing
	}{
		{"a limit that applies", broker, RequestPercentage, 1400, ""},
		{"more than all threads have", broker, RequestPercentage, 1401, "holds nobody back: all threads of a broker together are 1400%"},
		{"more than all threads have, where their number isn't known", Threads{}, RequestPercentage, 1e300, ""},
		{"next to no time", broker, RequestPercentage, 1e-9, "next to nothing"},
		{"next to no bytes", broker, ProducerByteRate, 1, "producer_byte_rate=1 is next to nothing"},
		{"few connections", broker, ConnectionCreationRate, 1, ""},
		{"a callback of the cluster's own", Threads{Callback: "com.example.Quotas"}, ConsumerByteRate, 1e6, "com.example.Quotas decides which limit applies"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := New(nil).Change(Entity{User: Default}, map[Type]float64{tt.t: tt.limit})
			if err != nil {
				t.Fatal(err)
			}
			said := strings.Join(c.Warnings(tt.threads), "; ")
			if (said == "") != (tt.says == "") || !strings.Contains(said, tt.says) {
				t.Errorf("%q, want %q", said, tt.says)
			}
		})
	}
}
