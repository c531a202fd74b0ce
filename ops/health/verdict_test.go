package health

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kdeck/ops/state"
)

func TestTheVerdictFollowsFromTheFindingsByOneRule(t *testing.T) {
	codes := make([]string, 0, len(order))
	for c := range order {
		codes = append(codes, c)
	}
	slices.Sort(codes)
	severities := []state.Severity{state.SeverityCritical, state.SeverityWarning, state.SeverityInfo}
	rapid.Check(t, func(t *rapid.T) {
		var findings []state.Finding
		for range rapid.IntRange(0, 6).Draw(t, "findings") {
			findings = append(findings, state.Finding{Code: rapid.SampledFrom(codes).Draw(t, "code"), Severity: rapid.SampledFrom(severities).Draw(t, "severity")})
		}
		has := func(is func(f state.Finding) bool) bool { return slices.ContainsFunc(findings, is) }
		want := state.VerdictHealthy
		switch {
		case len(findings) == 0, has(func(f state.Finding) bool { return f.Code == Unreachable }):
			want = state.VerdictUnknown
		case has(func(f state.Finding) bool { return f.Severity == state.SeverityCritical }):
			want = state.VerdictCritical
		case has(func(f state.Finding) bool {
			return f.Severity == state.SeverityWarning && !slices.Contains(unseen, f.Code)
		}):
			want = state.VerdictDegraded
		case has(func(f state.Finding) bool { return f.Severity == state.SeverityWarning }):
			want = state.VerdictUnknown
		}
		if got := VerdictOf(findings); got != want {
			t.Fatalf("%s, want %s", got, want)
		}
		shuffled := slices.Clone(findings)
		rand.Shuffle(len(shuffled), func(i, k int) { shuffled[i], shuffled[k] = shuffled[k], shuffled[i] })
		if got := VerdictOf(shuffled); got != want {
			t.Fatalf("in another order %s, want %s", got, want)
		}
	})
}

// Whatever a cluster is like, no verdict is healthier than what stands beside it.
func TestNoVerdictContradictsItsFindings(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := anyState(t)
		verdict, findings := Judge(Input{State: s})
		if len(findings) == 0 {
			t.Fatal("nothing is said")
		}
		for _, f := range findings {
			if verdict == state.VerdictHealthy && (f.Severity == state.SeverityWarning || f.Severity == state.SeverityCritical) {
				t.Fatalf("healthy beside %s: %s", f.Severity, f.Sentence)
			}
			if f.Code == Well && len(findings) > 1 {
				t.Fatalf("all is well, beside %+v", findings)
			}
		}
		if worst := findings[0].Severity; worst == state.SeverityCritical && verdict != state.VerdictCritical && s.Failed == "" {
			t.Fatalf("%s, and the worst is %s", verdict, findings[0].Sentence)
		}
		s.Verdict, s.Findings = verdict, findings
		if len(s.Metrics) == 0 && verdict == state.VerdictHealthy && !slices.Contains(NotLookedAt(s), Unlooked{What: "threads", Why: noMetrics}) {
			t.Fatal("healthy without metrics, and not a word of it")
		}
	})
}

// anyState is a state of five brokers of which anything may be wrong or unknown.
func anyState(t *rapid.T) *state.State {
	often := func(what string) bool { return rapid.IntRange(0, 3).Draw(t, what) == 0 }
	ids := func(what string) []int32 {
		return rapid.SliceOfNDistinct(rapid.Int32Range(1, 6), 1, 4, rapid.ID).Draw(t, what)
	}
	b := state.NewBuilder("c", noon, 0, 0)
	for id := range int32(5) {
		br := liveBroker(id + 1)
		br.Alive = !often("dead")
		if often("silent") {
			br.Answered = state.Missing[time.Duration]("no answer in time", noon, "")
		}
		if often("unread") {
			br.LogDirs = state.Missing[[]state.LogDir]("no answer in time", noon, "")
		}
		b.Broker(br)
	}
	if err := b.Topic("t", [16]byte{}, false); err != nil {
		t.Fatal(err)
	}
	b.Config("t", rapid.IntRange(0, 3).Draw(t, "min ISR"), nil)
	for id := range int32(rapid.IntRange(0, 4).Draw(t, "partitions")) {
		replicas := ids("replicas")
		isr := replicas
		if often("out of sync") {
			isr = replicas[:len(replicas)-1]
		}
		leader := replicas[0]
		if often("leaderless") {
			leader = -1
		}
		if err := b.Partition(id, leader, 0, replicas, isr, nil); err != nil {
			t.Fatal(err)
		}
		if often("moving") {
			b.Moving("t", id, replicas[:1], nil)
		}
	}
	snap := b.Snapshot()
	snap.Controller, snap.Moves = state.Read[int32](3001, noon, ""), state.Read(0, noon, "")
	if often("no controller") {
		snap.Controller = state.Missing[int32]("no answer in time", noon, "")
	}
	s := &state.State{Now: noon, Snapshot: b.Done(), MetricsConfigured: often("configured")}
	if !often("no metrics") {
		s.Metrics = map[int32]state.Reading[*state.BrokerMetrics]{}
		for id := range int32(5) {
			m := handlers(rapid.Float64Range(0, 1).Draw(t, "idle"))
			m.ID, m.At = id+1, noon
			s.Metrics[id+1] = state.Read(m, noon, "")
			if often("exporter fails") {
				s.Metrics[id+1] = state.Missing[*state.BrokerMetrics]("answers 503", noon, "")
			}
		}
	}
	if often("groups") {
		g := &state.Group{ID: "g", Members: state.Read([]state.Member{{ID: "a"}}, noon, "")}
		g.Status = rapid.SampledFrom([]state.GroupStatus{state.GroupOK, state.GroupWarn, state.GroupStalled, state.GroupStopped}).Draw(t, "status")
		g.Lag = state.Read[int64](9, noon, "")
		g.Partitions = state.Read([]state.GroupPartition{{Topic: "t", Lag: 9, Status: g.Status}}, noon, "")
		s.Groups = &state.Groups{Groups: []*state.Group{g}, At: noon}
	}
	return s
}

func TestWhatWasNotLookedAtIsSaidWithAHealthyVerdict(t *testing.T) {
	measured := func(change func(id int32, m *state.BrokerMetrics)) map[int32]state.Reading[*state.BrokerMetrics] {
		all := map[int32]state.Reading[*state.BrokerMetrics]{}
		for id := range int32(5) {
			m := handlers(0.9)
			m.ID, m.At = id+1, noon
			m.Usage = nil
			m.Listeners = []state.Listener{{Name: "CLIENT", Opened: idleOf(1), FailedLogins: idleOf(0)}}
			if change != nil {
				change(id+1, m)
			}
			all[id+1] = state.Read(m, noon, "")
		}
		return all
	}
	groups := &state.Groups{At: noon}
	for _, c := range []struct {
		name   string
		change func(*state.State)
		says   string
		short  string
	}{
		{"all was", func(s *state.State) { s.Metrics, s.Groups = measured(nil), groups }, "", ""},
		{"no metrics", func(s *state.State) { s.Groups = groups }, " as far as the protocol tells; threads, quotas and connections not looked at: no metrics", ", no metrics"},
		{"no metrics of two", func(s *state.State) {
			s.Metrics, s.Groups = measured(nil), groups
			delete(s.Metrics, 2)
			delete(s.Metrics, 5)
		}, "; threads, quotas and connections of brokers 2 and 5 not looked at: no metrics", ", not all seen"},
		{"those of a dead broker are not missed", func(s *state.State) {
			s.Metrics, s.Groups = measured(nil), groups
			delete(s.Metrics, 2)
			s.Snapshot.Broker(2).Alive = false
		}, "", ""},
		{"the exporter shows no idle shares", func(s *state.State) {
			s.Metrics, s.Groups = measured(func(_ int32, m *state.BrokerMetrics) {
				m.HandlerIdle, m.NetworkIdle = state.Reading[float64]{}, state.Reading[float64]{}
			}), groups
		}, "; threads not looked at: the exporter doesn't show them", ", not all seen"},
		{"one exporter shows no clients", func(s *state.State) {
			s.Metrics, s.Groups = measured(func(id int32, m *state.BrokerMetrics) {
				if id == 3 {
					m.Coverage.Pillars = []state.Pillar{{Name: state.TenantsPillar, Have: state.NotExported}}
				}
			}), groups
		}, "; quotas of broker 3 not looked at: the exporter doesn't show them", ", not all seen"},
		{"one exporter shows no listeners, and one more of nothing", func(s *state.State) {
			s.Metrics, s.Groups = measured(func(id int32, m *state.BrokerMetrics) {
				if id == 3 {
					m.Listeners[0].FailedLogins = state.Reading[float64]{}
				}
			}), groups
			delete(s.Metrics, 2)
		}, "; threads, quotas and connections of broker 2 not looked at: no metrics; connections of broker 3 not looked at: the exporter doesn't show them", ", not all seen"},
		{"the metrics are old", func(s *state.State) {
			s.Metrics, s.Groups = measured(func(_ int32, m *state.BrokerMetrics) { m.At = noon.Add(-time.Hour) }), groups
		}, "; threads, quotas and connections not looked at: their metrics are old", ", not all seen"},
		{"groups were not read yet", func(s *state.State) { s.Metrics = measured(nil) }, "; groups not looked at: not read yet", ", not all seen"},
		{"a group was not read", func(s *state.State) {
			s.Metrics, s.Groups = measured(nil), &state.Groups{At: noon, Unknown: []state.Unknown{{Node: 2, What: state.WhatGroups, Why: "no answer in time"}}}
			s.Findings = []state.Finding{{Code: NotRead, Severity: state.SeverityInfo, Pane: "groups"}}
		}, ", groups not all read", ", not all seen"},
		{"there are topics that kdeck is not shown", func(s *state.State) {
			s.Metrics, s.Groups = measured(nil), groups
			s.Snapshot.Unknown = []state.Unknown{{Node: -1, What: state.WhatUnlisted, Why: "2 topics"}}
		}, "; unlisted topics not looked at: not shown to kdeck", ", not all seen"},
		{"a saved cluster has neither", func(s *state.State) { s.NoGroups = "the saved cluster has none" },
			" as far as the protocol tells; threads, quotas and connections not looked at: no metrics; groups not looked at: the saved cluster has none", ", no metrics"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &state.State{Now: noon, Snapshot: cluster(t, well), Verdict: state.VerdictHealthy}
			c.change(s)
			if got := Headline(s); got != c.says {
				t.Errorf("%q, want %q", got, c.says)
			}
			if got := ShortHeadlines(s); got[len(got)-1] != c.short {
				t.Errorf("in short %q, want %q", got, c.short)
			}
		})
	}
}

func TestNothingThatIsWrongIsLeftOutOfAHealthyHeadline(t *testing.T) {
	for code := range order {
		s := &state.State{Now: noon, Snapshot: cluster(t, well), Verdict: VerdictOf([]state.Finding{{Code: code, Severity: state.SeverityInfo}})}
		before := Headline(s)
		if s.Verdict != state.VerdictHealthy || slices.Contains(unsaid, code) {
			continue
		}
		s.Findings = []state.Finding{{Code: code, Severity: state.SeverityInfo}}
		silent := len(ShortHeadlines(s)) == 1 || Headline(s) == before
		if silent && !slices.Contains(neverInforms, code) {
			t.Errorf("a finding %s that only informs is not said with the verdict", code)
		}
	}
}

// neverInforms are codes whose findings are always more than an information.
var neverInforms = []string{RequestQueueLong, ProducesWait, MemoryPoolEmpty, NoController, Leaderless, UnderMinISR, BrokerDown, LogDirOffline, OfflineReplicas, CertificateExpired, MinISRAboveRF, StaleBroker, MaybeStale, SlowBroker,
	UnderReplicated, StuckMove, AllSlowToAnswer, VoterSilent, ChangeOverdue, MetricsNotRead}

func TestTheShortHeadlinesSayFirstWhatIsWrongThoughItOnlyInforms(t *testing.T) {
	const stopped, hangs, behind = GroupStuck, HangingTransaction, GroupBehind
	for _, c := range []struct {
		name    string
		verdict state.Verdict
		codes   []string
		want    []string
	}{
		{"nothing is wrong", state.VerdictHealthy, []string{Well}, []string{", no metrics"}},
		{"one thing is wrong", state.VerdictHealthy, []string{stopped}, []string{", one group stopped, no metrics", ", no metrics"}},
		{"one thing is wrong of three groups", state.VerdictHealthy, []string{stopped, stopped, stopped}, []string{", 3 groups stopped, no metrics", ", no metrics"}},
		{"three things are wrong", state.VerdictHealthy, []string{behind, stopped, hangs},
			[]string{", one transaction hangs, one group stopped, one group falls behind, no metrics", ", one transaction hangs and more, no metrics", ", one transaction hangs, no metrics", ", no metrics"}},
		{"another verdict says that something is wrong", state.VerdictDegraded, []string{stopped}, []string{""}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &state.State{Now: noon, Snapshot: cluster(t, well), Verdict: c.verdict}
			for _, code := range c.codes {
				s.Findings = append(s.Findings, state.Finding{Code: code, Severity: state.SeverityInfo})
			}
			if got := ShortHeadlines(s); !slices.Equal(got, c.want) {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}
