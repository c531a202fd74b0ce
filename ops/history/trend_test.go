package history

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kdeck/ops/state"
	"kdeck/ops/tenant"
)

// recorded is a history that is added to.
type recorded struct {
	Recorder
	*History
}

func (r *recorded) Add(s *state.State) { r.History = r.Recorder.Add(s) }

var trendStart = time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)

// polled is a state.State of so many brokers at a moment, whose metrics say what a test wants; nil metrics are unknown.
func polled(at time.Time, brokers ...*state.BrokerMetrics) *state.State {
	b := state.NewBuilder("c", at, 0, 0)
	s := &state.State{Now: at, Metrics: map[int32]state.Reading[*state.BrokerMetrics]{}}
	for i, m := range brokers {
		id := int32(i + 1)
		b.Broker(state.Broker{ID: id, Alive: true})
		if m == nil {
			s.Metrics[id] = state.Missing[*state.BrokerMetrics]("answers 503", at, "")
			continue
		}
		m.ID, m.At = id, at
		s.Metrics[id] = state.Read(m, at, "")
	}
	s.Snapshot = b.Done()
	return s
}

func measured(v float64) state.Reading[float64] { return state.Reading[float64]{Value: v, Known: true} }

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
	m := func(idle, in float64) *state.BrokerMetrics {
		produce := state.RequestKind{Name: "Produce"}
		produce.Total.P99 = measured(2 * in)
		return &state.BrokerMetrics{NetworkIdle: measured(idle), BytesIn: measured(in), Requests: []state.RequestKind{produce}}
	}
	tr := &recorded{}
	at := trendStart
	for _, brokers := range [][]*state.BrokerMetrics{{m(0.9, 10), m(0.8, 20)}, {m(0.7, 11), nil}, {nil, nil}, {m(0.5, 12), m(0.2, 22)}} {
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
		{"the cluster's latency is the worst", Cluster, ProduceP99, " 40 22(1) - 44"},
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
	tr := &recorded{}
	use := []tenant.Usage{{Type: tenant.RequestPercentage, User: "alice", Rate: 3}}
	s := polled(trendStart, &state.BrokerMetrics{BytesIn: measured(1), Usage: use}, nil)
	tr.Add(s)
	again := *s
	again.Now = s.Now.Add(4 * time.Second) // a look in between, with the same metrics
	tr.Add(&again)
	part := polled(trendStart.Add(5*time.Second), &state.BrokerMetrics{BytesIn: measured(2), Usage: use}, nil)
	tr.Add(part)
	rest := *part // the broker that fails is polled apart, a moment later
	rest.Now = part.Now.Add(time.Second)
	rest.Metrics = map[int32]state.Reading[*state.BrokerMetrics]{1: part.Metrics[1],
		2: state.Read(&state.BrokerMetrics{ID: 2, At: rest.Now, BytesIn: measured(5), Usage: use}, rest.Now, "")}
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
func using(rates ...float64) *state.BrokerMetrics {
	m := &state.BrokerMetrics{}
	for i, r := range rates {
		m.Usage = append(m.Usage, tenant.Usage{Type: tenant.ProducerByteRate, ClientID: fmt.Sprintf("c%d", i), Rate: r})
	}
	return m
}

func client(i int) Bucket {
	return Bucket{Type: tenant.ProducerByteRate, ClientID: fmt.Sprintf("c%d", i)}
}

func TestTheBusiestBucketsAreRemembered(t *testing.T) {
	tr := &recorded{}
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
	tr := &recorded{}
	full := make([]float64, maxBuckets)
	for i := range full {
		full[i] = 1e6
	}
	tr.Add(polled(trendStart, using(full...)))
	small := polled(trendStart.Add(5*time.Second), &state.BrokerMetrics{Usage: []tenant.Usage{{Type: tenant.ProducerByteRate, ClientID: "small", Rate: 1}}})
	tr.Add(small)
	if len(tr.Bucket(Bucket{Type: tenant.ProducerByteRate, ClientID: "small"})) > 0 {
		t.Error("a gap of one poll costs a busy bucket its place")
	}
	if got := values(tr.Bucket(client(3))); got != " 1e+06 -" {
		t.Errorf("one that is not seen has %q", got)
	}
	later := polled(trendStart.Add(makesRoom+10*time.Second), &state.BrokerMetrics{Usage: small.Metrics[1].Value.Usage})
	tr.Add(later)
	if len(tr.Bucket(Bucket{Type: tenant.ProducerByteRate, ClientID: "small"})) != 1 {
		t.Error("one that was not seen for minutes makes no room")
	}
	tr.Add(polled(trendStart.Add(forgotten+time.Minute), &state.BrokerMetrics{}))
	if n := len(tr.buckets); n > 1 {
		t.Errorf("%d buckets are still remembered after half an hour without a sample", n)
	}
}

func TestABrokerThatLeftIsForgotten(t *testing.T) {
	tr := &recorded{}
	tr.Add(polled(trendStart, &state.BrokerMetrics{}, &state.BrokerMetrics{}))
	tr.Add(polled(trendStart.Add(forgotten/2), &state.BrokerMetrics{}))
	if len(tr.Broker(2, UnderReplicated)) != 1 {
		t.Error("forgotten at once")
	}
	tr.Add(polled(trendStart.Add(forgotten+time.Second), &state.BrokerMetrics{}))
	if len(tr.brokers) != 2 {
		t.Errorf("%d are remembered: broker 1 and the cluster were expected", len(tr.brokers))
	}
}

func TestTrendsAreBoundedWhateverComes(t *testing.T) {
	types := []tenant.Type{tenant.ProducerByteRate, tenant.RequestPercentage}
	rapid.Check(t, func(t *rapid.T) {
		tr := &recorded{}
		at := trendStart
		polls := rapid.IntRange(1, 12).Draw(t, "polls")
		var last *state.State
		for range polls {
			brokers := make([]*state.BrokerMetrics, rapid.IntRange(1, 3).Draw(t, "brokers"))
			for i := range brokers {
				if rapid.IntRange(0, 4).Draw(t, "unknown") == 0 {
					continue
				}
				brokers[i] = &state.BrokerMetrics{}
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
		for b := range tr.buckets {
			count[b.Type]++
			if n := len(tr.Bucket(b)); n > maxSamples {
				t.Fatalf("%d samples", n)
			}
		}
		for of, n := range count {
			if n > maxBuckets {
				t.Fatalf("%d buckets of %s", n, of)
			}
		}
		// Whatever is busier now than all that is kept has lately been has a place.
		for b, use := range tr.trends.sums {
			if _, kept := tr.buckets[b]; kept {
				continue
			}
			if count[b.Type] < maxBuckets {
				t.Fatalf("%v has no place, and there is room", b)
			}
			for k := range tr.buckets {
				if kept := tr.trends.buckets[k]; k.Type == b.Type && (kept.use < use || last.Now.Sub(kept.seen) > makesRoom) {
					t.Fatalf("%v uses %g and has no place, which %v has with %g, seen at %s", b, use, k, kept.use, kept.seen)
				}
			}
		}
	})
}

func TestAHistoryStaysAsItIsWhileMoreIsRecorded(t *testing.T) {
	poll := func(i int, after time.Duration) *state.State {
		at := trendStart.Add(time.Duration(i)*5*time.Second + after)
		s := polled(at, &state.BrokerMetrics{BytesIn: measured(float64(i)), Usage: using(float64(i)).Usage}, nil)
		s.Snapshot.Brokers[1].Answered = state.Read(time.Millisecond, at, "")
		s.Snapshot.Brokers[1].Alive = i%2 == 0
		return s
	}
	read := func(h *History) string {
		at, _ := h.LastAnswer(2)
		return fmt.Sprint(values(h.Broker(1, BytesIn)), values(h.Broker(Cluster, BytesIn)), values(h.Bucket(client(0))), at, h.Changes(time.Time{}))
	}
	var r Recorder
	var h *History
	for i := range maxSamples - 2 {
		h = r.Add(poll(i, 0))
	}
	before := read(h)
	var reading sync.WaitGroup
	reading.Go(func() { // what the race detector is to see
		for range 20 {
			if now := read(h); now != before {
				t.Errorf("it was\n%s\nand is\n%s", before, now)
				return
			}
		}
	})
	for i := range 2 * maxSamples {
		r.Add(poll(maxSamples+i, 0))
		r.Add(poll(maxSamples+i, time.Second)) // of the same poll: it takes the place of the latest
	}
	reading.Wait()
	if now := read(h); now != before {
		t.Errorf("it was\n%s\nand is\n%s", before, now)
	}
}

func TestTrendsForgetTheOldestSamples(t *testing.T) {
	tr := &recorded{}
	for i := range maxSamples + 10 {
		tr.Add(polled(trendStart.Add(time.Duration(i)*5*time.Second), &state.BrokerMetrics{BytesIn: measured(float64(i))}))
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
	tr := &recorded{}
	at := trendStart
	var states []*state.State
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
