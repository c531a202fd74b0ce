package state

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kdeck/ops/tenant"
)

var trendStart = time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)

// polled is a State of so many brokers at a moment, whose metrics say what a test wants; nil metrics are unknown.
func polled(at time.Time, brokers ...*BrokerMetrics) *State {
	b := NewBuilder("c", at, 0, 0)
	s := &State{Now: at, Metrics: map[int32]Reading[*BrokerMetrics]{}}
	for i, m := range brokers {
		id := int32(i + 1)
		b.Broker(Broker{ID: id, Alive: true})
		if m == nil {
			s.Metrics[id] = Missing[*BrokerMetrics]("answers 503", at, "")
			continue
		}
		m.ID, m.At = id, at
		s.Metrics[id] = Read(m, at, "")
	}
	s.Snapshot = b.Done()
	return s
}

func measured(v float64) Reading[float64] { return Reading[float64]{Value: v, Known: true} }

func values(samples []Sample) string {
	s := ""
	for _, p := range samples {
		switch {
		case !p.Known:
			s += " -"
		case p.Missing > 0:
			s += fmt.Sprintf(" %g(%d)", p.Value, p.Missing)
		default:
			s += fmt.Sprintf(" %g", p.Value)
		}
	}
	return s
}

func TestTrendsOfBrokersAndOfTheCluster(t *testing.T) {
	m := func(idle, in float64) *BrokerMetrics {
		return &BrokerMetrics{NetworkIdle: measured(idle), BytesIn: measured(in)}
	}
	tr := NewTrends()
	at := trendStart
	for _, brokers := range [][]*BrokerMetrics{{m(0.9, 10), m(0.8, 20)}, {m(0.7, 11), nil}, {nil, nil}, {m(0.5, 12), m(0.2, 22)}} {
		tr.Add(polled(at, brokers...))
		at = at.Add(5 * time.Second)
	}
	for _, c := range []struct {
		name   string
		id     int32
		figure Figure
		want   string
	}{
		{"a broker's", 1, NetworkIdle, " 0.9 0.7 - 0.5"},
		{"a gap where its metrics were not known", 2, BytesIn, " 20 - - 22"},
		{"the cluster's idle is the worst", Cluster, NetworkIdle, " 0.8 0.7(1) - 0.2"},
		{"the cluster's bytes are the sum, and it says what is missing", Cluster, BytesIn, " 30 11(1) - 34"},
		{"what the exporters don't show is a gap", Cluster, HandlerIdle, " - - - -"},
		{"what the metadata tells is always there", 2, UnderReplicated, " 0 0 0 0"},
		{"a broker that there isn't", 9, BytesIn, ""},
		{"a figure that there isn't", 1, figures, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := tr.Broker(c.id, c.figure)
			if values(got) != c.want {
				t.Errorf("%q, want %q", values(got), c.want)
			}
			for i, p := range got {
				if want := trendStart.Add(time.Duration(i) * 5 * time.Second); !p.At.Equal(want) {
					t.Errorf("sample %d is of %s, want %s", i, p.At, want)
				}
			}
		})
	}
}

func TestTrendsTakeEachPollOnce(t *testing.T) {
	tr := NewTrends()
	use := []tenant.Usage{{Type: tenant.RequestPercentage, User: "alice", Rate: 3}}
	s := polled(trendStart, &BrokerMetrics{BytesIn: measured(1), Usage: use}, nil)
	tr.Add(s)
	again := *s
	again.Now = s.Now.Add(4 * time.Second) // a look in between, with the same metrics
	tr.Add(&again)
	part := polled(trendStart.Add(5*time.Second), &BrokerMetrics{BytesIn: measured(2), Usage: use}, nil)
	tr.Add(part)
	rest := *part // the broker that fails is polled apart, a moment later
	rest.Now = part.Now.Add(time.Second)
	rest.Metrics = map[int32]Reading[*BrokerMetrics]{1: part.Metrics[1],
		2: Read(&BrokerMetrics{ID: 2, At: rest.Now, BytesIn: measured(5), Usage: use}, rest.Now, "")}
	tr.Add(&rest)
	for _, c := range []struct {
		name, got, want string
	}{
		{"broker 1", values(tr.Broker(1, BytesIn)), " 1 2"},
		{"broker 2", values(tr.Broker(2, BytesIn)), " - - 5"},
		{"cluster", values(tr.Broker(Cluster, BytesIn)), " 1(1) 7"},
		{"bucket", values(tr.Bucket(Bucket{Type: tenant.RequestPercentage, User: "alice"})), " 3(1) 6"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %q, want %q", c.name, c.got, c.want)
		}
	}
}

// using is metrics in which clients c0, c1, … use so much.
func using(rates ...float64) *BrokerMetrics {
	m := &BrokerMetrics{}
	for i, r := range rates {
		m.Usage = append(m.Usage, tenant.Usage{Type: tenant.ProducerByteRate, ClientID: fmt.Sprintf("c%d", i), Rate: r})
	}
	return m
}

func client(i int) Bucket {
	return Bucket{Type: tenant.ProducerByteRate, ClientID: fmt.Sprintf("c%d", i)}
}

func TestTheBusiestBucketsAreRemembered(t *testing.T) {
	tr := NewTrends()
	at := trendStart
	add := func(rates []float64) {
		tr.Add(polled(at, using(rates...)))
		at = at.Add(5 * time.Second)
	}
	rates := make([]float64, 4*maxBuckets)
	for i := range rates {
		rates[i] = float64(i)
	}
	add(rates)
	if len(tr.Bucket(client(0))) > 0 || len(tr.Bucket(client(len(rates)-1))) != 1 {
		t.Error("of too many the busiest are not the ones that are kept")
	}
	rates[0] = 1e6
	add(rates)
	if got := values(tr.Bucket(client(0))); got != " 1e+06" {
		t.Errorf("one that becomes the busiest is remembered as %q", got)
	}
	if len(tr.Bucket(client(len(rates)-1))) != 2 {
		t.Error("it displaced the second busiest, not the least busy of the kept")
	}
	rates[0] = 0
	add(rates)
	if got := values(tr.Bucket(client(0))); got != " 1e+06 0" {
		t.Errorf("one that was the busiest a moment ago is remembered as %q", got)
	}
}

func TestABucketThatIsSeenNoMoreMakesRoom(t *testing.T) {
	tr := NewTrends()
	full := make([]float64, maxBuckets)
	for i := range full {
		full[i] = 1e6
	}
	tr.Add(polled(trendStart, using(full...)))
	small := polled(trendStart.Add(5*time.Second), &BrokerMetrics{Usage: []tenant.Usage{{Type: tenant.ProducerByteRate, ClientID: "small", Rate: 1}}})
	tr.Add(small)
	if len(tr.Bucket(Bucket{Type: tenant.ProducerByteRate, ClientID: "small"})) > 0 {
		t.Error("a gap of one poll costs a busy bucket its place")
	}
	if got := values(tr.Bucket(client(3))); got != " 1e+06 -" {
		t.Errorf("one that is not seen has %q", got)
	}
	later := polled(trendStart.Add(makesRoom+10*time.Second), &BrokerMetrics{Usage: small.Metrics[1].Value.Usage})
	tr.Add(later)
	if len(tr.Bucket(Bucket{Type: tenant.ProducerByteRate, ClientID: "small"})) != 1 {
		t.Error("one that was not seen for minutes makes no room")
	}
	tr.Add(polled(trendStart.Add(forgotten+time.Minute), &BrokerMetrics{}))
	if n := len(tr.buckets); n > 1 {
		t.Errorf("%d buckets are still remembered after half an hour without a sample", n)
	}
}

func TestABrokerThatLeftIsForgotten(t *testing.T) {
	tr := NewTrends()
	tr.Add(polled(trendStart, &BrokerMetrics{}, &BrokerMetrics{}))
	tr.Add(polled(trendStart.Add(forgotten/2), &BrokerMetrics{}))
	if len(tr.Broker(2, UnderReplicated)) != 1 {
		t.Error("forgotten at once")
	}
	tr.Add(polled(trendStart.Add(forgotten+time.Second), &BrokerMetrics{}))
	if len(tr.brokers) != 2 {
		t.Errorf("%d are remembered: broker 1 and the cluster were expected", len(tr.brokers))
	}
}

func TestTrendsAreBoundedWhateverComes(t *testing.T) {
	types := []tenant.Type{tenant.ProducerByteRate, tenant.RequestPercentage}
	rapid.Check(t, func(t *rapid.T) {
		tr := NewTrends()
		at := trendStart
		polls := rapid.IntRange(1, 12).Draw(t, "polls")
		var last *State
		for range polls {
			brokers := make([]*BrokerMetrics, rapid.IntRange(1, 3).Draw(t, "brokers"))
			for i := range brokers {
				if rapid.IntRange(0, 4).Draw(t, "unknown") == 0 {
					continue
				}
				brokers[i] = &BrokerMetrics{}
				first, n := rapid.IntRange(0, 400).Draw(t, "first"), rapid.IntRange(0, 400).Draw(t, "clients")
				for c := range n {
					brokers[i].Usage = append(brokers[i].Usage, tenant.Usage{
						Type: types[c%2], ClientID: fmt.Sprintf("c%d", first+c), Rate: float64((first + c) * 7919 % 1009)})
				}
			}
			last = polled(at, brokers...)
			tr.Add(last)
			at = at.Add(time.Duration(rapid.IntRange(1, 600).Draw(t, "seconds")) * time.Second)
		}
		count := map[tenant.Type]int{}
		for b, r := range tr.buckets {
			count[b.Type]++
			if len(r.items) > maxSamples {
				t.Fatalf("%d samples", len(r.items))
			}
		}
		for of, n := range count {
			if n > maxBuckets {
				t.Fatalf("%d buckets of %s", n, of)
			}
		}
		// Whatever is busier now than all that is kept has lately been has a place.
		for b, use := range tr.sums {
			if _, kept := tr.buckets[b]; kept {
				continue
			}
			if count[b.Type] < maxBuckets {
				t.Fatalf("%v has no place, and there is room", b)
			}
			for k := range tr.buckets {
				if k.Type == b.Type && tr.standing(k, last.Now) < use {
					t.Fatalf("%v uses %g and has no place, which %v has with %g", b, use, k, tr.standing(k, last.Now))
				}
			}
		}
	})
}

func TestTrendsForgetTheOldestSamples(t *testing.T) {
	tr := NewTrends()
	for i := range maxSamples + 10 {
		tr.Add(polled(trendStart.Add(time.Duration(i)*5*time.Second), &BrokerMetrics{BytesIn: measured(float64(i))}))
	}
	got := tr.Broker(1, BytesIn)
	if len(got) != maxSamples || got[0].Value != 10 || got[maxSamples-1].Value != maxSamples+9 {
		t.Errorf("%d samples from %g to %g", len(got), got[0].Value, got[len(got)-1].Value)
	}
	if !slices.IsSortedFunc(got, func(a, b Sample) int { return a.At.Compare(b.At) }) {
		t.Error("not the oldest first")
	}
}

func BenchmarkTrendsAddTenThousandBuckets(b *testing.B) {
	rates := make([]float64, 10_000)
	for i := range rates {
		rates[i] = float64(i * 7919 % 10_007)
	}
	tr := NewTrends()
	at := trendStart
	var states []*State
	for range 2 {
		states = append(states, polled(at, using(rates...), using(rates...), using(rates...)))
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		s := states[i%2]
		at = at.Add(5 * time.Second)
		s.Now = at
		for id, r := range s.Metrics {
			r.At, r.Value.At = at, at
			s.Metrics[id] = r
		}
		tr.Add(s)
	}
}
