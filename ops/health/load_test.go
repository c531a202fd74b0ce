package health

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"kdeck/ops/state"
	"kdeck/ops/tenant"
)

var polledAt = time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)

func idleOf(v float64) state.Reading[float64] { return state.Read(v, polledAt, "b:9404") }

// metered is a state of brokers whose metrics are those, the same in so many polls; nil where they give none.
func metered(polls int, brokers ...*state.BrokerMetrics) (*state.State, Samples) {
	b := state.NewBuilder("c", polledAt, 0, 0)
	s := &state.State{Now: polledAt.Add(time.Second), MetricsConfigured: true, Metrics: map[int32]state.Reading[*state.BrokerMetrics]{}}
	samples := Samples{}
	for i, m := range brokers {
		id := int32(i + 1)
		b.Broker(state.Broker{ID: id, Host: "b", Port: 9092, Alive: true})
		if m == nil {
			s.Metrics[id] = state.Missing[*state.BrokerMetrics]("answers 503", s.Now, "")
			continue
		}
		m.ID, m.From = id, fmt.Sprintf("b%d:9404", id)
		for p := range polls {
			then := *m
			then.At = polledAt.Add(time.Duration(p+1-polls) * 5 * time.Second)
			samples[id] = append(samples[id], &then)
		}
		newest := samples[id][polls-1]
		s.Metrics[id] = state.Read(newest, newest.At, newest.From)
	}
	s.Snapshot = b.Done()
	return s, samples
}

// load judges the metrics alone.
func load(s *state.State, samples Samples) (state.Verdict, []state.Finding) {
	j := &judge{Input: Input{State: s, Samples: samples}, s: s.Snapshot, now: s.Now, calm: s.Calm.OrDefaults()}
	j.scan = newScan(j.s)
	j.scan.run()
	j.load()
	slices.SortStableFunc(j.findings, compare)
	if len(j.findings) == 0 {
		return "", nil
	}
	return VerdictOf(j.findings), j.findings
}

// allRead makes a snapshot one of which nothing is unknown.
func allRead(s *state.Snapshot) {
	s.Controller, s.Moves = state.Read[int32](3001, s.Taken, ""), state.Read(0, s.Taken, "")
	for i := range s.Brokers {
		b := &s.Brokers[i]
		b.Answered, b.MetadataOffset = state.Read(time.Millisecond, s.Taken, ""), state.Read[int64](900, s.Taken, "")
		b.LogDirs = state.Read([]state.LogDir{}, s.Taken, "")
	}
}

func network(mean float64, threads ...float64) *state.BrokerMetrics {
	m := &state.BrokerMetrics{NetworkIdle: idleOf(mean), HandlerIdle: idleOf(0.9)}
	for i, v := range threads {
		m.Processors = append(m.Processors, state.Processor{Listener: "SASL_SSL", Number: fmt.Sprint(i), Idle: idleOf(v)})
	}
	return m
}

func handlers(v float64) *state.BrokerMetrics {
	return &state.BrokerMetrics{NetworkIdle: idleOf(0.9), HandlerIdle: idleOf(v), RequestQueue: idleOf(121)}
}

func TestThreadsThatAreShortOfTime(t *testing.T) {
	for _, c := range []struct {
		name    string
		metrics *state.BrokerMetrics
		code    string // "" none
		verdict state.Verdict
		says    string
	}{
		{"all have time", network(0.8, 0.8, 0.8), "", "", ""},
		{"network threads are getting short", network(0.2, 0.3, 0.1), NetworkThreadsBusy, state.VerdictHealthy, "20% idle; the busiest, 1 of SASL_SSL, 10%"},
		{"network threads are short", network(0.05, 0.05, 0.05), NetworkThreadsBusy, state.VerdictDegraded, "5% idle"},
		{"one hot thread among eight that the mean hides", network(0.88, 1, 1, 1, 1, 0.04, 1, 1, 1), HotNetworkThread, state.VerdictDegraded,
			"Network thread 4 of SASL_SSL of broker 1 is only 4% idle, though the average is 88%"},
		{"two hot threads", network(0.6, 0.02, 0.04, 0.9, 0.9), HotNetworkThread, state.VerdictDegraded, "2 of 4 network threads of broker 1 are hot; the hottest, 0 of SASL_SSL, is only 2%"},
		{"one warmer than the others", network(0.7, 0.2, 0.8, 0.8), HotNetworkThread, state.VerdictHealthy, "20% idle"},
		{"threads that differ as they do", network(0.4, 0.28, 0.5, 0.45), "", "", ""},
		{"handlers are getting short", handlers(0.25), RequestHandlersBusy, state.VerdictHealthy, "25% idle"},
		{"handlers are short", handlers(0.02), RequestHandlersBusy, state.VerdictDegraded, "2% idle"},
		{"nothing is exported", &state.BrokerMetrics{}, "", "", ""},
		{"an idle share at the threshold", handlers(0.3), "", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, samples := metered(state.BusyPolls, c.metrics)
			verdict, findings := load(s, samples)
			if c.code == "" {
				if verdict != "" || len(findings) > 0 {
					t.Fatalf("%s %v", verdict, findings)
				}
				return
			}
			if len(findings) != 1 || verdict != c.verdict {
				t.Fatalf("%s %+v, want %s", verdict, findings, c.verdict)
			}
			f := findings[0]
			if f.Code != c.code || verdictOf(&f) != c.verdict || !strings.Contains(f.Sentence, c.says) {
				t.Errorf("%s: %q, want %q", f.Code, f.Sentence, c.says)
			}
			if f.Pane != "brokers" || f.Filter != "id:1" || f.Next == "" || !strings.Contains(f.Evidence[0], "b1:9404") || !strings.Contains(f.Evidence[0], "3 polls over 10s") {
				t.Errorf("%+v", f)
			}
			if _, few := load(s, Samples{1: samples[1][1:]}); len(few) > 0 {
				t.Errorf("found after two polls: %v", few)
			}
			once, _ := metered(1, c.metrics)
			if _, found := load(once, nil); len(found) != 1 || !strings.Contains(found[0].Evidence[0], "about a minute") {
				t.Errorf("in a single look: %+v", found)
			}
		})
	}
}

func TestThreadsWithoutAnyIdleTimeAreCriticalInTheFindingAndBesideTheirPeers(t *testing.T) {
	m := network(0, 0, 0)
	m.HandlerIdle = idleOf(0)
	s, samples := metered(state.BusyPolls, m)
	if _, findings := load(s, samples); len(findings) != 2 {
		t.Errorf("findings: %+v", findings)
	}
	if got := PeersOf(s).Idle(1, "handler_idle", m.HandlerIdle); got != state.SeverityCritical {
		t.Errorf("beside its peers: %q", got)
	}
}

func TestBrokersThatAreShortOfTheSameAreOneFinding(t *testing.T) {
	var all []*state.BrokerMetrics
	for range 9 {
		all = append(all, handlers(0.2))
	}
	all[4] = handlers(0.15)
	all[6] = handlers(0.05)
	s, samples := metered(state.BusyPolls, all...)
	verdict, findings := load(s, samples)
	if verdict != state.VerdictDegraded || len(findings) != 2 {
		t.Fatalf("%s %+v", verdict, findings)
	}
	f := findings[1]
	if f.Scope != "8 brokers" || !strings.Contains(f.Sentence, "brokers 1, 2, 3 and 5 others") || !strings.Contains(f.Sentence, "broker 5 is worst, 15% idle") ||
		f.Filter != "id:/^(5|1|2|3|4|6|8|9)$/" || len(f.Evidence) != 9 || f.Next != "kdeck tenants --broker 5" {
		t.Errorf("%+v", f)
	}
}

func TestAThreadThatWasIdleInOneOfThePollsIsNoFinding(t *testing.T) {
	s, samples := metered(state.BusyPolls, network(0.05, 0.05), handlers(0.05))
	for _, of := range samples {
		of[1].NetworkIdle, of[1].HandlerIdle = idleOf(0.6), idleOf(0.6)
		of[1].Processors = []state.Processor{{Listener: "SASL_SSL", Number: "0", Idle: idleOf(0.6)}}
	}
	if _, findings := load(s, samples); len(findings) > 0 {
		t.Errorf("%+v", findings)
	}
}

func TestConfiguredMetricsThatAreNotReadMakeTheVerdictUnknown(t *testing.T) {
	fine := handlers(0.9)
	stale, _ := metered(1, handlers(0.9))
	stale.Now = polledAt.Add(10 * time.Minute)
	failing, _ := metered(1, fine, nil, nil)
	elsewhere, _ := metered(1, fine, nil)
	elsewhere.MetricsConfigured = false
	dead, _ := metered(1, fine, nil)
	dead.Snapshot.Brokers[1].Alive = false
	unread, _ := metered(1, fine)
	unread.Metrics = nil
	none, _ := metered(1, fine)
	none.Metrics, none.MetricsConfigured = nil, false
	for _, c := range []struct {
		name    string
		state   *state.State
		verdict state.Verdict
		says    string
	}{
		{"two brokers' exporters fail", failing, state.VerdictUnknown, "Metrics of brokers 2 and 3 not read: answers 503"},
		{"a Prometheus server's samples are old", stale, state.VerdictUnknown, "Metrics of broker 1 not read: the newest of b1:9404 are old"},
		{"a dead broker gives none", dead, state.VerdictDegraded, ""},
		{"nothing says where they are", elsewhere, state.VerdictHealthy, ""},
		{"there are none at all", none, state.VerdictHealthy, ""},
		{"they are being read", unread, state.VerdictUnknown, "Metrics not read: the first are being read"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, more := load(c.state, nil)
			allRead(c.state.Snapshot)
			verdict, findings := Judge(Input{State: c.state})
			if verdict != c.verdict {
				t.Errorf("verdict %s, want %s", verdict, c.verdict)
			}
			if kept := slices.ContainsFunc(findings, func(f state.Finding) bool { return f.Code == Well }); kept != (verdict == state.VerdictHealthy) {
				t.Errorf("that all is well is said: %v", kept)
			}
			if (c.says != "") != (len(more) == 1) || c.says != "" && more[0].Sentence != c.says {
				t.Errorf("%+v, want %q", more, c.says)
			}
		})
	}
}

func TestMetricsMakeAVerdictWorseAndNeverBetter(t *testing.T) {
	unread := func(s *state.State) { s.Snapshot.Moves = state.Missing[int]("no answer in time", noon, "") }
	for _, c := range []struct {
		name   string
		idle   float64 // of the request handlers
		parts  []partition
		change func(*state.State)
		want   state.Verdict
	}{
		{"nothing", 0.9, []partition{well}, nil, state.VerdictHealthy},
		{"a warning of what comes", 0.2, []partition{well}, nil, state.VerdictHealthy},
		{"degraded", 0.02, []partition{well}, nil, state.VerdictDegraded},
		{"what is known outweighs what is not", 0.02, []partition{well}, unread, state.VerdictDegraded},
		{"critical stays", 0.02, []partition{{leader: -1, replicas: []int32{1}, isr: []int32{1}}}, nil, state.VerdictCritical},
		{"where nobody answers it stays unknown", 0.02, []partition{well}, func(s *state.State) { s.Failed = "refused" }, state.VerdictUnknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := handlers(c.idle)
			m.At = noon
			s := &state.State{Now: noon, Snapshot: cluster(t, c.parts...), Metrics: map[int32]state.Reading[*state.BrokerMetrics]{1: state.Read(m, noon, "b1")}}
			if c.change != nil {
				c.change(s)
			}
			verdict, findings := Judge(Input{State: s})
			if busy := found(findings, RequestHandlersBusy) != nil; verdict != c.want || busy != (c.idle < IdleLow) {
				t.Errorf("%s, busy %v, want %s%s", verdict, busy, c.want, sentences(findings))
			}
			if said := found(findings, Well) != nil; said != (c.idle >= IdleLow && verdict == state.VerdictHealthy) {
				t.Errorf("that all is well is said: %v", said)
			}
		})
	}
}

func TestThrottledClientsAreAFindingThatDoesNotBlameKafka(t *testing.T) {
	use := func(ms float64) *state.BrokerMetrics {
		return &state.BrokerMetrics{Usage: []tenant.Usage{
			{Type: tenant.ProducerByteRate, User: "alice", Rate: 1e6, ThrottleMS: ms},
			{Type: tenant.ProducerByteRate, User: "bob", Rate: 9e6},
			{Type: tenant.RequestPercentage, User: "carl", Rate: 9, ThrottleMS: math.NaN()},
		}}
	}
	quotas := tenant.New([]tenant.Quota{{Entity: tenant.Entity{User: tenant.Named("alice")}, Limits: map[tenant.Type]float64{tenant.ProducerByteRate: 1e6}}})
	s, _ := metered(1, use(0), use(40))
	for i := range s.Metrics[2].Value.Usage {
		s.Metrics[2].Value.Usage[i].Broker = 2
	}
	s.Quotas = state.Read(quotas, s.Now, "c")
	verdict, findings := load(s, nil)
	if verdict != state.VerdictHealthy || len(findings) != 1 {
		t.Fatalf("%s %+v", verdict, findings)
	}
	f := findings[0]
	want := "User alice is throttled by its quota, as intended: producer_byte_rate, by 1 broker, most on broker 2, at 100% of the limit of 1.00MB/s for users/alice"
	if f.Sentence != want || f.Code != ClientsThrottled || f.Severity != state.SeverityInfo || f.Fault == "kafka" ||
		f.Pane != "tenants" || f.Filter != "is:throttled" || f.Next != "kdeck quota explain --user alice" {
		t.Errorf("%+v\nwant %s", f, want)
	}
	s.Metrics[1].Value.Usage[1].ThrottleMS = 3
	if _, findings = load(s, nil); len(findings) != 1 || findings[0].Scope != "2 clients" || len(findings[0].Evidence) != 2 {
		t.Errorf("two: %+v", findings)
	}
	if lines := findings[0].Evidence; !strings.HasPrefix(lines[0], "user ") {
		t.Errorf("%v", lines)
	}
	for range 3000 {
		s.Metrics[1].Value.Usage = append(s.Metrics[1].Value.Usage, tenant.Usage{Type: tenant.ProducerByteRate,
			ClientID: fmt.Sprintf("c%d", len(s.Metrics[1].Value.Usage)), ThrottleMS: 1})
	}
	if _, findings = load(s, nil); len(findings) != 1 || len(findings[0].Evidence) > 8 {
		t.Errorf("thousands: %d findings", len(findings))
	}
}

func TestABrokerStandsOutAmongItsPeers(t *testing.T) {
	at := func(v float64) *state.BrokerMetrics { return handlers(v) }
	read := func(v float64) *state.BrokerMetrics { return &state.BrokerMetrics{DiskRead: idleOf(v)} }
	for _, c := range []struct {
		name    string
		brokers []*state.BrokerMetrics
		want    string
	}{
		{"one has far less idle handlers", []*state.BrokerMetrics{at(0.9), at(0.88), at(0.91), at(0.4), at(0.9)}, "4 handler_idle 0.40 (0.90)"},
		{"one has more, which is no harm", []*state.BrokerMetrics{at(0.3), at(0.31), at(0.29), at(0.95)}, ""},
		{"all are alike", []*state.BrokerMetrics{at(0.9), at(0.9), at(0.9), at(0.9)}, ""},
		{"a difference that is nothing, among ones that are alike to a hair", []*state.BrokerMetrics{at(0.9), at(0.9), at(0.9), at(0.8)}, ""},
		{"they are far apart anyway", []*state.BrokerMetrics{at(0.9), at(0.2), at(0.6), at(0.1), at(0.8)}, ""},
		{"three brokers are too few", []*state.BrokerMetrics{at(0.9), at(0.9), at(0.1)}, ""},
		{"two sick ones don't bend the median", []*state.BrokerMetrics{at(0.9), at(0.9), at(0.1), at(0.9), at(0.2), at(0.9), at(0.9)}, "3 handler_idle 0.10 (0.90); 5 handler_idle 0.20 (0.90)"},
		{"one reads from disk", []*state.BrokerMetrics{read(0), read(0), read(0), read(80e6)}, "4 disk_read 80000000.00 (0.00)"},
		{"what is unknown is left out", []*state.BrokerMetrics{at(0.9), nil, at(0.9), at(0.9), at(0.1), {}}, "5 handler_idle 0.10 (0.90)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, _ := metered(1, c.brokers...)
			var got []string
			for _, o := range PeersOf(s).Outliers {
				got = append(got, fmt.Sprintf("%d %s %.2f (%.2f)", o.Broker, o.Figure, o.Value, o.Median))
			}
			if g := strings.Join(got, "; "); g != c.want {
				t.Errorf("%q, want %q", g, c.want)
			}
			s.Now = s.Now.Add(2 * MetricsFresh)
			if len(PeersOf(s).Outliers) > 0 {
				t.Error("old metrics are judged")
			}
		})
	}
}
