package tenant

import (
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func record(path string, limits ...float64) Quota {
	q := Quota{Limits: map[Type]float64{}}
	for i, l := range limits {
		if l > 0 {
			q.Limits[Types[i]] = l
		}
	}
	words := strings.Split(path, "/")
	for i := 0; i+1 < len(words); i += 2 {
		p := Named(words[i+1])
		if words[i+1] == "<default>" {
			p = Default
		}
		switch words[i] {
		case "users":
			q.Entity.User = p
		case "clients":
			q.Entity.ClientID = p
		case "ips":
			q.Entity.IP = p
		}
	}
	return q
}

// all has a record at each of the eight levels; the limit is the level.
func all() []Quota {
	var list []Quota
	for i, path := range []string{
		"users/u/clients/c", "users/u/clients/<default>", "users/u", "users/<default>/clients/c",
		"users/<default>/clients/<default>", "users/<default>", "clients/c", "clients/<default>",
	} {
		list = append(list, record(path, float64(i+1)))
	}
	return list
}

func TestTheFirstOfTheEightLevelsThatHasALimitBinds(t *testing.T) {
	records := all()
	for gone := range 9 {
		q := New(records[gone:])
		b, ok := q.Resolve(ProducerByteRate, "u", "c")
		if want := gone + 1; ok != (want < 9) || ok && (int(b.Level) != want || b.Limit != float64(want)) {
			t.Errorf("without the first %d levels: %v %v", gone, b, ok)
		}
	}
	q := New(records)
	for _, tt := range []struct {
		user, client string
		level        Level
	}{{"u", "c", 1}, {"u", "x", 2}, {"x", "c", 4}, {"x", "x", 5}} {
		if b, _ := q.Resolve(ProducerByteRate, tt.user, tt.client); b.Level != tt.level {
			t.Errorf("%s, %s: level %d, want %d", tt.user, tt.client, b.Level, tt.level)
		}
	}
}

func TestEachTypeIsResolvedByItself(t *testing.T) {
	q := New([]Quota{record("users/u/clients/c", 100), record("users/<default>", 0, 0, 50)})
	if b, _ := q.Resolve(ProducerByteRate, "u", "c"); b.Level != 1 {
		t.Errorf("produce: %v", b)
	}
	if b, _ := q.Resolve(RequestPercentage, "u", "c"); b.Level != 6 || b.Limit != 50 {
		t.Errorf("request: %v", b)
	}
	if b, ok := q.Resolve(ConsumerByteRate, "u", "c"); ok {
		t.Errorf("fetch: %v, which nobody set", b)
	}
}

func TestExplainAgreesWithResolve(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var records []Quota
		for _, r := range all() {
			if rapid.Bool().Draw(t, r.Entity.String()) {
				records = append(records, r)
			}
		}
		q := New(records)
		user, client := rapid.SampledFrom([]string{"u", "x"}).Draw(t, "user"), rapid.SampledFrom([]string{"c", "x"}).Draw(t, "client")
		steps := q.Explain(ProducerByteRate, user, client)
		b, ok := q.Resolve(ProducerByteRate, user, client)
		i := slices.IndexFunc(steps, func(s Step) bool { return s.Binds })
		if (i >= 0) != ok || ok && (steps[i].Level != b.Level || steps[i].Limit != b.Limit || steps[i].Entity != b.Entity) {
			t.Fatalf("%v, but %v %v", steps, b, ok)
		}
		// The series that the client is counted in has the same limit.
		ut, ct := q.Tags(ProducerByteRate, user, client)
		if of, okTags := q.OfTags(ProducerByteRate, ut, ct); okTags != ok || of != b {
			t.Fatalf("tags %q %q have %v %v, the client %v %v; shape %d", ut, ct, of, okTags, b, ok, q.ShapeOf(ProducerByteRate))
		}
	})
}

func TestALimitIsJoinedByTheShapeOfTheTags(t *testing.T) {
	q := New(all())
	for _, tt := range []struct {
		user, client string
		level        Level
	}{{"u", "c", 1}, {"u", "", 3}, {"x", "", 6}, {"", "c", 7}, {"", "x", 8}, {"x", "x", 5}, {"", "", 0}} {
		if b, _ := q.OfTags(ProducerByteRate, tt.user, tt.client); b.Level != tt.level {
			t.Errorf("tags %q %q: level %d, want %d", tt.user, tt.client, b.Level, tt.level)
		}
	}
}

func TestAnAddressHasItsOwnLimitOrTheDefault(t *testing.T) {
	q := New([]Quota{{Entity: Entity{IP: Default}, Limits: map[Type]float64{ConnectionCreationRate: 10}},
		{Entity: Entity{IP: Named("10.0.0.1")}, Limits: map[Type]float64{ConnectionCreationRate: 20}}})
	for ip, want := range map[string]float64{"10.0.0.1": 20, "10.0.0.2": 10} {
		if b, _ := q.OfIP(ip); b.Limit != want {
			t.Errorf("%s: %v", ip, b)
		}
	}
}

func usage(broker int32, user string, rate, throttle float64) Usage {
	return Usage{Broker: broker, Type: ProducerByteRate, User: user, Rate: rate, ThrottleMS: throttle}
}

func TestTheWorstBrokerIsShownBesideTheNominalShare(t *testing.T) {
	q := New([]Quota{record("users/hot", 1000), record("users/<default>", 5000)})
	rows := Join(q, []Usage{usage(1, "even", 2000, 0), usage(2, "even", 2000, 0), usage(1, "hot", 1000, 350), usage(2, "hot", 0, 0)}, "", nil)
	if rows[0].User != "hot" || rows[0].Broker != 1 {
		t.Errorf("the throttled one isn't first: %v", rows)
	}
	totals := Totals(rows, 4)
	hot := totals[0]
	if p, _ := hot.Worst.Percent(); p != 100 || hot.Worst.Broker != 1 || hot.Throttling != 1 || hot.NominalShare != 25 || hot.Skew != 4 {
		t.Errorf("%+v", hot)
	}
}

func TestALimitThatTheRecordsDoNotTellIsUnknownAndNotNone(t *testing.T) {
	const why = "a class of the cluster's own decides"
	rows := Join(New(all()), []Usage{usage(1, "u", 10, 0)}, why, nil)
	r := rows[0]
	if _, known := r.Percent(); known || !r.Limited || r.Level != UnknownLevel || !math.IsNaN(r.Limit) || r.Why != why || r.Rate != 10 {
		t.Errorf("%+v", r)
	}
	if s := r.Standing(); s != Unmeasured {
		t.Errorf("it stands as %s", s)
	}
	if r.OfCapacity = 100 * HeavyShare; r.Standing() != Heavy {
		t.Errorf("a quarter of a broker's threads is %s", r.Standing())
	}
}

func TestARateThatIsNotExportedHasNoPercent(t *testing.T) {
	rows := Join(New(all()), []Usage{usage(1, "u", math.NaN(), 0)}, "", nil)
	if p, known := rows[0].Percent(); known {
		t.Errorf("%v percent", p)
	}
}

func TestSharesOfThreadTime(t *testing.T) {
	s := ShareOf(110, 150, 70, Threads{IO: 8, Network: 3, Known: true})
	if s.OfCapacity != 10 || s.OfBusy != 50 {
		t.Errorf("%+v", s)
	}
	if s := ShareOf(110, 150, math.NaN(), Threads{}); !math.IsNaN(s.OfCapacity) || !math.IsNaN(s.OfBusy) {
		t.Errorf("%+v of what isn't known", s)
	}
}

func TestWhatIfNamesWhoWouldBeThrottled(t *testing.T) {
	now := New([]Quota{record("users/vip", 9000)})
	then := now.With(Entity{User: Default}, map[Type]float64{ProducerByteRate: 500})
	effects := WhatIf(now, then, []Usage{usage(1, "vip", 8000, 0), usage(1, "big", 800, 0), usage(2, "small", 100, 0)})
	if len(effects) != 2 || effects[0].User != "big" || !effects[0].Throttled || effects[0].Over != 300 || effects[1].Throttled {
		t.Errorf("%+v", effects)
	}
}

func TestWhatIfSaysWhereTagsDoNotTell(t *testing.T) {
	now := New([]Quota{record("clients/<default>", 1e6)})
	then := now.With(Entity{User: Named("alice")}, map[Type]float64{ProducerByteRate: 10})
	effects := WhatIf(now, then, []Usage{{Broker: 1, Type: ProducerByteRate, ClientID: "app", Rate: 500}})
	if len(effects) != 1 || !effects[0].Unsure {
		t.Errorf("%+v: any of these may be alice", effects)
	}
}

func TestRemovingALimitUncoversTheNextLevel(t *testing.T) {
	q := New(all()).With(record("users/u/clients/c").Entity, map[Type]float64{ProducerByteRate: math.NaN()})
	if b, _ := q.Resolve(ProducerByteRate, "u", "c"); b.Level != 2 {
		t.Errorf("%v", b)
	}
}

func TestLimitsThatMakeNoSenseAreRefused(t *testing.T) {
	for _, tt := range []struct {
		t  Type
		v  float64
		ok bool
	}{
		{ProducerByteRate, 1000, true}, {ProducerByteRate, 0, false}, {ProducerByteRate, -1, false}, {ProducerByteRate, 1.5, false},
		{ProducerByteRate, 1e300, false}, {RequestPercentage, 0.5, true}, {RequestPercentage, math.NaN(), false},
		{RequestPercentage, math.Inf(1), false}, {ConnectionCreationRate, 3e9, false}, {"consumer_rate", 1, false},
	} {
		if err := tt.t.Check(tt.v); (err == nil) != tt.ok {
			t.Errorf("%s=%v: %v", tt.t, tt.v, err)
		}
	}
}

func TestARealNameIsNeverTakenForTheDefault(t *testing.T) {
	q := New([]Quota{{Entity: Entity{User: Named("<default>")}, Limits: map[Type]float64{ProducerByteRate: 7}}})
	if b, ok := q.Resolve(ProducerByteRate, "alice", "c"); ok {
		t.Errorf("alice is bound by %v", b)
	}
	if got := q.List()[0].Entity.String(); got != `users/"<default>"` {
		t.Errorf("written %s", got)
	}
}

func TestRulesNameTenants(t *testing.T) {
	rules := Rules{{Tenant: "billing", User: regexp.MustCompile("^bill")}, {Tenant: "batch", ClientID: regexp.MustCompile("-batch$")}}
	for _, tt := range [][3]string{{"billing-1", "x", "billing"}, {"x", "nightly-batch", "batch"}, {"x", "x", ""}} {
		if got := rules.Of(tt[0], tt[1]); got != tt[2] {
			t.Errorf("%s %s: %q", tt[0], tt[1], got)
		}
	}
}

func TestTenThousandRandomClientsStayUsable(t *testing.T) {
	var usages []Usage
	for i := range 10000 {
		usages = append(usages, Usage{Broker: int32(i % 3), Type: RequestPercentage, ClientID: string(rune('a'+i%26)) + strings.Repeat("x", i%40), Rate: float64(i % 97)})
	}
	totals := Totals(Join(New(nil), usages, "", nil), 3)
	if !slices.IsSortedFunc(totals, func(a, b Total) int { return worse(&a.Worst, &b.Worst) }) {
		t.Error("not in order")
	}
}
