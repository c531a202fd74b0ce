package health

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"kdeck/ops/format"
	"kdeck/ops/state"
	"kdeck/ops/tenant"
)

// look judges one look.
func look(s, before *state.Snapshot, now time.Time) (state.Verdict, []state.Finding) {
	return Judge(Input{State: &state.State{Snapshot: s, Now: now}, Before: before})
}

func TestWhatIsFound(t *testing.T) {
	lost4 := partition{leader: 1, replicas: []int32{4, 1, 2}, isr: []int32{1, 2}, offline: []int32{4}}
	for _, c := range []struct {
		name     string
		cluster  []partition
		change   func(*state.Snapshot)
		verdict  state.Verdict
		code     string
		severity state.Severity
		sentence string
		filter   string
		next     string
	}{
		{"nothing is wrong", []partition{well, well}, nil, state.VerdictHealthy,
			Well, state.SeverityOK, "5 brokers, 1 topic, 2 partitions: all alive, led and in sync", "", ""},
		{"the quorum has no leader", []partition{well}, func(s *state.Snapshot) { s.Controller.Value = -1 }, state.VerdictCritical,
			NoController, state.SeverityCritical, "There is no controller: no leader can be elected and nothing can be changed", "", "kdeck quorum"},
		{"the controller answers no broker", []partition{well}, func(s *state.Snapshot) {
			s.Controller = state.Missing[int32]("no answer in time", noon, "")
			s.Unknown = []state.Unknown{{Node: -1, What: state.WhatActive, Why: "DescribeQuorum: no answer in time"}}
		}, state.VerdictCritical,
			NoController, state.SeverityCritical, "No controller answers the brokers: no leader can be elected, nothing can be changed", "", "kdeck quorum"},
		{"a partition has no leader", []partition{well, {leader: -1, replicas: []int32{4}, isr: []int32{4}, offline: []int32{4}}}, nil, state.VerdictCritical,
			Leaderless, state.SeverityCritical, "1 partition has no leader: it can be neither written nor read", "is:leaderless", "kdeck partitions --leaderless"},
		{"a partition has no leader, and who had its last replica in sync is down", []partition{well, {leader: -1, replicas: []int32{4, 5}, isr: []int32{5}}}, func(s *state.Snapshot) { kill(s, 4); kill(s, 5) }, state.VerdictCritical,
			Leaderless, state.SeverityCritical, "1 partition has no leader: it can be neither written nor read", "is:leaderless", "start broker 5 again, which has the last replicas in sync; kdeck partitions --leaderless shows of which partitions"},
		{"a leader is dead by its own metadata", []partition{{leader: 4, replicas: []int32{4, 1, 2}, isr: []int32{4, 1, 2}}}, func(s *state.Snapshot) { kill(s, 4) }, state.VerdictCritical,
			Leaderless, state.SeverityCritical, "1 partition is led by a broker that isn't alive (such as 4)", "leader:4", "kdeck brokers"},
		{"a partition is under min ISR", []partition{{leader: 1, replicas: []int32{1, 2, 3}, isr: []int32{1}}}, nil, state.VerdictCritical,
			UnderMinISR, state.SeverityCritical, "1 partition is under min ISR: writes with acks=all are refused", "is:under-min-isr", "kdeck partitions --under-min-isr"},
		{"of those under min ISR one has no leader", []partition{{leader: 1, replicas: []int32{1, 2, 3}, isr: []int32{1}}, {leader: -1, replicas: []int32{3}}}, nil, state.VerdictCritical,
			UnderMinISR, state.SeverityCritical, "2 partitions are under min ISR, 1 of them leaderless: writes with acks=all are refused", "is:under-min-isr", "kdeck partitions --under-min-isr"},
		{"a single replica is all that min ISR can ask for", []partition{{leader: 1, replicas: []int32{1}, isr: []int32{1}}}, nil, state.VerdictHealthy,
			Well, state.SeverityOK, "5 brokers, 1 topic, 1 partition: all alive, led and in sync", "", ""},
		{"min ISR is above the replication factor", []partition{{leader: 1, replicas: []int32{1, 2}, isr: []int32{1, 2}, minISR: 3}}, nil, state.VerdictDegraded,
			MinISRAboveRF, state.SeverityWarning, "min.insync.replicas=3 of topic t can't be met by its 2 replicas: Kafka takes 2, and refuses writes with acks=all as soon as any one is not in sync",
			"topic:t", "kdeck configs topic t set min.insync.replicas=1"},
		{"min ISR is above the replication factor, and a replica is lost", []partition{{leader: 1, replicas: []int32{1, 2}, isr: []int32{1}, minISR: 3}}, nil, state.VerdictCritical,
			UnderMinISR, state.SeverityCritical, "1 partition is under min ISR: writes with acks=all are refused", "is:under-min-isr", "kdeck partitions --under-min-isr"},
		{"all under-replicated partitions miss one broker", []partition{lost4, lost4, well}, func(s *state.Snapshot) { kill(s, 4) }, state.VerdictDegraded,
			UnderReplicated, state.SeverityWarning, "2 partitions are under-replicated, all miss broker 4", "is:urp missing:4", "kdeck partitions --under-replicated --broker 4"},
		{"under-replicated partitions miss several brokers", []partition{lost4, lost4, {leader: 1, replicas: []int32{1, 2, 5}, isr: []int32{1, 2}}}, nil, state.VerdictDegraded,
			UnderReplicated, state.SeverityWarning, "3 partitions are under-replicated, they miss brokers 4 and 5", "is:urp", "kdeck partitions --under-replicated"},
		{"a broker is dead and was fenced", []partition{lost4, well}, func(s *state.Snapshot) { kill(s, 4) }, state.VerdictDegraded,
			BrokerDown, state.SeverityWarning, "Broker 4 is down (fenced), silent for 2m13s; holds 1 replica, preferred leader of 1", "broker:4", "start broker 4 again; if it can't be started: kdeck drain 4"},
		{"a broker has been dead for an hour", []partition{lost4, well}, func(s *state.Snapshot) { kill(s, 4).SilentSince.Value = noon.Add(-time.Hour) }, state.VerdictDegraded,
			BrokerDown, state.SeverityWarning, "Broker 4 is down (fenced), silent for 1h00m; holds 1 replica, preferred leader of 1", "broker:4", "kdeck drain 4"},
		{"a broker is dead and no other can take its replicas", []partition{{leader: 1, replicas: []int32{1, 2, 3, 4}, isr: []int32{1, 2, 3}}}, func(s *state.Snapshot) {
			kill(s, 4)
			s.Broker(5).Cordoned = state.Read(true, noon, "b5:9092")
		}, state.VerdictDegraded,
			BrokerDown, state.SeverityWarning, "Broker 4 is down (fenced), silent for 2m13s; holds 1 replica", "broker:4",
			"start broker 4 again, or add a broker: no other can take a replica of it; kdeck drain 4 says what else can be done"},
		{"a broker is dead and nothing more is known", []partition{well}, func(s *state.Snapshot) {
			b := kill(s, 4)
			b.Fenced, b.SilentSince = state.Missing[bool]("", noon, ""), state.Missing[time.Time]("", noon, "")
		}, state.VerdictDegraded,
			BrokerDown, state.SeverityWarning, "Broker 4 is down; it holds no replica", "", "start broker 4 again; if it can't be started: kdeck drain 4 --unregister"},
		{"a broker is alive and does not answer", []partition{well}, func(s *state.Snapshot) {
			s.Broker(4).Answered = state.Missing[time.Duration]("no answer in time", noon, "b4:9092")
		}, state.VerdictUnknown,
			BrokerNotAnswering, state.SeverityWarning, "Broker 4 is alive but does not answer kdeck: no answer in time", "id:4", "kdeck brokers"},
		{"several brokers do not answer for one reason", []partition{well}, func(s *state.Snapshot) {
			for _, id := range []int32{2, 4} {
				s.Broker(id).Answered = state.Missing[time.Duration]("no answer in time", noon, "")
			}
		}, state.VerdictUnknown,
			BrokerNotAnswering, state.SeverityWarning, "Brokers 2 and 4 are alive but do not answer kdeck: no answer in time", "id:/^(2|4)$/", "kdeck brokers"},
		{"a log dir failed", []partition{{leader: 1, replicas: []int32{1, 2, 3}, isr: []int32{1, 2}, offline: []int32{3}}}, func(s *state.Snapshot) {
			s.Broker(3).LogDirs.Value[0].Error = "KAFKA_STORAGE_ERROR"
		}, state.VerdictDegraded,
			LogDirOffline, state.SeverityWarning, "Log dir /data/a of broker 3 is offline; 1 replica of the broker is too", "is:offline-replicas broker:3", "kdeck partitions --offline-replicas --broker 3"},
		{"replicas are offline and no log dir says why", []partition{{leader: 1, replicas: []int32{1, 2, 3}, isr: []int32{1, 2}, offline: []int32{3}}}, nil, state.VerdictDegraded,
			OfflineReplicas, state.SeverityWarning, "1 replica of broker 3 is offline though it is alive: one of its log dirs may have failed", "is:offline-replicas broker:3", "kdeck partitions --offline-replicas --broker 3"},
		{"a move is under way", []partition{{leader: 1, replicas: []int32{4, 1, 2, 3}, isr: []int32{1, 2, 3}, adding: []int32{4}, removing: []int32{1}}}, nil, state.VerdictHealthy,
			Moving, state.SeverityInfo, "1 partition is being reassigned", "is:moving", "kdeck moves"},
		{"a move waits for a dead broker", []partition{{leader: 1, replicas: []int32{4, 1, 2}, isr: []int32{1, 2}, adding: []int32{4}}}, func(s *state.Snapshot) { kill(s, 4) }, state.VerdictDegraded,
			StuckMove, state.SeverityWarning, "1 move can't finish: broker 4 can't take replicas", "is:moving", "start broker 4 again; if it can't be started: kdeck moves cancel t/0"},
		{"a move waits for a cordoned broker", []partition{{leader: 1, replicas: []int32{4, 1, 2}, isr: []int32{1, 2}, adding: []int32{4}}}, func(s *state.Snapshot) {
			s.Broker(4).Cordoned = state.Read(true, noon, "b4:9092")
		}, state.VerdictDegraded,
			StuckMove, state.SeverityWarning, "1 move can't finish: broker 4 can't take replicas", "is:moving", "kdeck moves cancel t/0"},
		{"one of two moves waits for a dead broker", []partition{{leader: 1, replicas: []int32{4, 1, 2}, isr: []int32{1, 2}, adding: []int32{4}}, {leader: 1, replicas: []int32{3, 1, 2}, isr: []int32{1, 2}, adding: []int32{3}}}, func(s *state.Snapshot) { kill(s, 4) }, state.VerdictDegraded,
			StuckMove, state.SeverityWarning, "1 move can't finish: broker 4 can't take replicas", "is:moving", "start broker 4 again; if it can't be started: kdeck moves cancel t/0"},
		{"a move has nothing to copy from", []partition{{leader: -1, replicas: []int32{5, 4}, isr: []int32{4}, adding: []int32{5}, removing: []int32{4}}}, func(s *state.Snapshot) { kill(s, 4) }, state.VerdictCritical,
			StuckMove, state.SeverityWarning, "1 move can't finish: 1 of them has no leader to copy from", "is:moving", "kdeck moves"},
		{"one more replica lost would stop writes", []partition{lost4, {leader: 1, replicas: []int32{1, 2}, isr: []int32{1, 2}}}, func(s *state.Snapshot) { kill(s, 4) }, state.VerdictDegraded,
			AtMinISR, state.SeverityInfo, "2 partitions are at min ISR: if one more replica is lost, writes with acks=all are refused", "is:at-min-isr", "kdeck partitions --at-min-isr"},
		{"the quorum's leader misses a live broker's fetches", []partition{well}, func(s *state.Snapshot) {
			s.Broker(2).SilentSince = state.Read(noon.Add(-40*time.Second), noon, "controller 3001")
		}, state.VerdictDegraded,
			StaleBroker, state.SeverityWarning, "Broker 2 is alive but has fetched no metadata for 40s: it may give clients outdated leaders", "id:2", "kdeck compare"},
		{"a broker's metadata is far behind in one look", []partition{well}, func(s *state.Snapshot) { s.Broker(2).MetadataOffset.Value = 780 }, state.VerdictUnknown,
			MaybeStale, state.SeverityWarning, "Broker 2 was 120 metadata records behind the others in this one look: look again", "id:2", "kdeck status"},
		{"a controller has stopped fetching", []partition{well}, func(s *state.Snapshot) { s.Voters[2].LastFetch = noon.Add(-25 * time.Second) }, state.VerdictDegraded,
			VoterSilent, state.SeverityWarning, "Controller 3003 has been silent for 25s; 2 of 3 voters keep up, none can be spared", "", "kdeck quorum"},
		{"a controller has not been heard of since the last election", []partition{well}, func(s *state.Snapshot) { s.Voters[1] = state.Voter{ID: 3002, LogEndOffset: -1} }, state.VerdictDegraded,
			VoterSilent, state.SeverityWarning, "Controller 3002 has not fetched since 3001 became the leader; 2 of 3 voters keep up, none can be spared", "", "kdeck quorum"},
		{"the controller was not read", []partition{well}, func(s *state.Snapshot) {
			s.Controller = state.Missing[int32]("CLUSTER_AUTHORIZATION_FAILED", noon, "b1:9092")
		}, state.VerdictUnknown,
			NotRead, state.SeverityWarning, "Controller not read: CLUSTER_AUTHORIZATION_FAILED", "", "kdeck brokers"},
		{"the controller is one of an earlier look", []partition{well}, func(s *state.Snapshot) {
			s.Controller.At = noon.Add(-5 * time.Second)
			s.Unknown = []state.Unknown{{Node: -1, What: state.WhatController, Why: "no answer in time"}}
		}, state.VerdictUnknown,
			NotRead, state.SeverityWarning, "Controller not read: no answer in time", "", "kdeck brokers"},
		{"reassignments were not read", []partition{well}, func(s *state.Snapshot) { s.Moves = state.Missing[int]("no answer in time", noon, "") }, state.VerdictUnknown,
			NotRead, state.SeverityWarning, "Reassignments not read: no answer in time", "", "kdeck brokers"},
		{"log dirs of live brokers were not read", []partition{well}, func(s *state.Snapshot) {
			for _, id := range []int32{1, 5} {
				s.Broker(id).LogDirs = state.Missing[[]state.LogDir]("no answer in time", noon, "")
			}
		}, state.VerdictUnknown,
			NotRead, state.SeverityWarning, "Log dirs of brokers 1 and 5 not read: no answer in time", "id:/^(1|5)$/", "kdeck brokers"},
		{"a metadata offset was not read", []partition{well}, func(s *state.Snapshot) {
			s.Broker(1).MetadataOffset = state.Missing[int64]("the broker doesn't tell it", noon, "")
		}, state.VerdictUnknown,
			NotRead, state.SeverityWarning, "Metadata offset of broker 1 not read: the broker doesn't tell it", "id:1", "kdeck brokers"},
		{"parts of the metadata made no sense", []partition{well}, func(s *state.Snapshot) {
			s.Unknown = []state.Unknown{{Node: -1, What: state.WhatMetadata, Why: "1 × topic listed twice"}}
		}, state.VerdictUnknown,
			NotRead, state.SeverityWarning, "Metadata not read: 1 × topic listed twice", "", "kdeck brokers"},
		{"eligible leaders were not read", []partition{well}, func(s *state.Snapshot) {
			s.Unknown = []state.Unknown{{Node: -1, What: state.WhatELR, Why: "no answer in time"}}
		}, state.VerdictHealthy,
			NotRead, state.SeverityInfo, "Eligible leader replicas not read: no answer in time", "", "kdeck brokers"},
		{"brokers hold topics that are not listed", []partition{well}, func(s *state.Snapshot) {
			s.Unknown = []state.Unknown{{Node: -1, What: state.WhatUnlisted, Why: "2 topics"}}
		}, state.VerdictHealthy,
			Unlisted, state.SeverityInfo, "Brokers hold replicas of topics that kdeck is not shown", "", "kdeck brokers"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := cluster(t, c.cluster...)
			if c.change != nil {
				c.change(s)
			}
			verdict, findings := look(s, nil, noon)
			if verdict != c.verdict {
				t.Errorf("verdict %s, want %s", verdict, c.verdict)
			}
			f := found(findings, c.code)
			if f == nil {
				t.Fatalf("no %s among %s", c.code, sentences(findings))
			}
			if f.Severity != c.severity || f.Sentence != c.sentence || f.Filter != c.filter || f.Next != c.next {
				t.Errorf("got  %s %q %q %q\nwant %s %q %q %q", f.Severity, f.Sentence, f.Filter, f.Next, c.severity, c.sentence, c.filter, c.next)
			}
		})
	}
}

func found(findings []state.Finding, code string) *state.Finding {
	i := slices.IndexFunc(findings, func(f state.Finding) bool { return f.Code == code })
	if i < 0 {
		return nil
	}
	return &findings[i]
}

func sentences(findings []state.Finding) string {
	var b strings.Builder
	for _, f := range findings {
		fmt.Fprintf(&b, "\n  %s %s: %s %v", f.Severity, f.Code, f.Sentence, f.Evidence)
	}
	return b.String()
}

func TestMinISRUnknownHidesPartitionsUnderIt(t *testing.T) {
	b := state.NewBuilder("", noon, 0, 0)
	if err := b.Topic("t", [16]byte{}, false); err != nil {
		t.Fatal(err)
	}
	if err := b.Partition(0, 1, 0, []int32{1}, []int32{1}, nil); err != nil {
		t.Fatal(err)
	}
	s := b.Snapshot()
	s.Controller, s.Moves = state.Read[int32](3001, noon, ""), state.Read(0, noon, "")
	s.Unknown = []state.Unknown{{Node: -1, What: state.WhatTopicConfigs, Why: "TOPIC_AUTHORIZATION_FAILED"}}
	b.Broker(liveBroker(1))
	verdict, findings := look(b.Done(), nil, noon)
	if f := found(findings, NotRead); verdict != state.VerdictUnknown || f == nil || f.Sentence != "min.insync.replicas of 1 topic not read: TOPIC_AUTHORIZATION_FAILED" {
		t.Errorf("verdict %s, %s", verdict, sentences(findings))
	}
}

func TestLeftoverThrottles(t *testing.T) {
	throttle := map[string]string{"leader.replication.throttled.replicas": "0:1"}
	for _, c := range []struct {
		name      string
		partition partition
		severity  state.Severity // "" for no finding
	}{
		{"nothing of the topic moves", well, state.SeverityInfo},
		{"a partition of the topic is under-replicated", partition{leader: 1, replicas: []int32{1, 2, 3}, isr: []int32{1, 2}}, state.SeverityWarning},
		{"a partition of the topic moves", partition{leader: 1, replicas: []int32{4, 1, 2, 3}, isr: []int32{1, 2, 3}, adding: []int32{4}}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := state.NewBuilder("", noon, 0, 0)
			if err := b.Topic("a.b\x1b[2J", [16]byte{}, false); err != nil {
				t.Fatal(err)
			}
			b.Config("a.b\x1b[2J", 2, throttle)
			p := c.partition
			if err := b.Partition(0, p.leader, 0, p.replicas, p.isr, nil); err != nil {
				t.Fatal(err)
			}
			b.Moving("a.b\x1b[2J", 0, p.adding, nil)
			b.Snapshot().Moves = state.Read(len(p.adding), noon, "")
			_, findings := look(b.Done(), nil, noon)
			f := found(findings, LeftoverThrottle)
			if f == nil {
				if c.severity != "" {
					t.Error("not found")
				}
				return
			}
			if f.Severity != c.severity || !strings.Contains(f.Sentence, `(such as "a.b\x1b[2J")`) {
				t.Errorf("%s: %q", f.Severity, f.Sentence)
			}
		})
	}
}

func TestAStaleBrokerIsConfirmedByASecondLook(t *testing.T) {
	at := func(taken time.Time, offsets ...int64) *state.Snapshot {
		s := cluster(t, well)
		s.Taken = taken
		s.Controller.At, s.Moves.At = taken, taken
		for i, o := range offsets {
			b := s.Broker(int32(i + 1))
			b.MetadataOffset = state.Read(o, taken, "")
			b.Answered.At, b.LogDirs.At = taken, taken
		}
		return s
	}
	later := noon.Add(5 * time.Second)
	for _, c := range []struct {
		name    string
		prev    []int64
		now     []int64
		code    string
		verdict state.Verdict
	}{
		{"it has not reached what the others had before", []int64{900, 880, 900, 900, 900}, []int64{910, 880, 910, 910, 910}, StaleBroker, state.VerdictDegraded},
		{"it is behind and moving on", []int64{900, 700, 900, 900, 900}, []int64{1900, 905, 1900, 1900, 1900}, "", state.VerdictHealthy},
		{"it caught up", []int64{900, 100, 900, 900, 900}, []int64{910, 910, 910, 910, 910}, "", state.VerdictHealthy},
		{"one that runs ahead makes no other stale", []int64{900, 900, 1 << 60, 900, 900}, []int64{910, 910, 1 << 61, 910, 910}, "", state.VerdictHealthy},
		{"two looks at one moment are one look", nil, []int64{910, 700, 910, 910, 910}, MaybeStale, state.VerdictUnknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			var prev *state.Snapshot
			if c.prev != nil {
				prev = at(noon, c.prev...)
			} else {
				prev = at(later, c.now...)
			}
			verdict, findings := look(at(later, c.now...), prev, later)
			if verdict != c.verdict {
				t.Errorf("verdict %s, want %s", verdict, c.verdict)
			}
			for _, code := range []string{StaleBroker, MaybeStale} {
				if got := found(findings, code) != nil; got != (code == c.code) {
					t.Errorf("%s found: %v%s", code, got, sentences(findings))
				}
			}
		})
	}
}

func TestWhenNobodyAnswersNothingIsKnown(t *testing.T) {
	failed := func(s *state.Snapshot) (state.Verdict, []state.Finding) {
		return Judge(Input{State: &state.State{Snapshot: s, Now: noon.Add(35 * time.Second), Failed: "b1:9092: connect: connection refused"}})
	}
	verdict, findings := failed(cluster(t, well))
	if verdict != state.VerdictUnknown || len(findings) != 1 || findings[0].Sentence != "No broker answers kdeck; what is shown is 35s old: b1:9092: connect: connection refused" {
		t.Errorf("verdict %s%s", verdict, sentences(findings))
	}
	if verdict, findings = failed(nil); verdict != state.VerdictUnknown || len(findings) != 1 {
		t.Errorf("before the first look: verdict %s%s", verdict, sentences(findings))
	}
	if verdict, findings = look(nil, nil, noon); verdict != state.VerdictUnknown || len(findings) > 0 {
		t.Errorf("of nothing: verdict %s%s", verdict, sentences(findings))
	}
}

func TestAFindingIsTheSameWhileItsNumbersChange(t *testing.T) {
	lost4 := partition{leader: 1, replicas: []int32{4, 1, 2}, isr: []int32{1, 2}, offline: []int32{4}}
	moving := partition{leader: 1, replicas: []int32{5, 1, 2, 3}, isr: []int32{1, 2, 3}, adding: []int32{5}}
	few := []partition{{leader: -1, replicas: []int32{4}, isr: []int32{4}, offline: []int32{4}}, {leader: 1, replicas: []int32{1, 2, 4}, isr: []int32{1}}, lost4, moving}
	many := append(slices.Repeat(few, 40), lost4)
	judged := func(parts []partition, idle float64, brokers int) map[state.FindingID]string {
		s := &state.State{Now: noon, Snapshot: cluster(t, parts...), MetricsConfigured: true, Metrics: map[int32]state.Reading[*state.BrokerMetrics]{}}
		kill(s.Snapshot, 4)
		for id := range int32(brokers) {
			m := handlers(idle)
			m.At = noon
			for i := range brokers {
				m.Usage = append(m.Usage, tenant.Usage{Type: tenant.ProducerByteRate, User: fmt.Sprint(i), ThrottleMS: 9})
			}
			s.Metrics[id+1] = state.Read(m, noon, "b")
		}
		s.Metrics[5] = state.Missing[*state.BrokerMetrics]("answers 503", noon, "")
		s.Snapshot.Controller = state.Missing[int32]("no answer in time", noon, "")
		s.Snapshot.Unknown = []state.Unknown{{Node: -1, What: state.WhatELR, Why: "one reason"}, {Node: -1, What: state.WhatELR, Why: "another"}}
		_, findings := Judge(Input{State: s})
		ids := map[state.FindingID]string{}
		for _, f := range findings {
			if was, twice := ids[f.ID()]; twice {
				t.Errorf("%q and %q have one identity", was, f.Sentence)
			}
			ids[f.ID()] = f.Sentence
		}
		return ids
	}
	before, after := judged(few, 0.2, 2), judged(many, 0.15, 3)
	if !maps.EqualFunc(before, after, func(string, string) bool { return true }) {
		t.Errorf("it was\n%v\nand is\n%v", before, after)
	}
	if maps.Equal(before, after) {
		t.Error("no number changed")
	}
}

func TestSinceWhenAFindingIsThere(t *testing.T) {
	lost := partition{leader: 1, replicas: []int32{1, 2, 3}, isr: []int32{1, 2}}
	at := func(s int, last *state.State, parts ...partition) *state.State {
		st := &state.State{Now: noon.Add(time.Duration(s) * time.Second), Snapshot: cluster(t, parts...)}
		st.Verdict, st.Findings = Judge(Input{State: st, Last: last})
		return st
	}
	first := at(0, nil, lost)
	if f := found(first.Findings, UnderReplicated); f.Since.Known {
		t.Error("what the first look finds may have begun at any time before")
	}
	second := at(5, at(0, nil, well), lost)
	third := at(10, second, lost, lost)
	if f := found(third.Findings, UnderReplicated); !f.Since.Known || !f.Since.Value.Equal(noon.Add(5*time.Second)) {
		t.Errorf("since %+v", f.Since)
	}
}

func TestTheWorstComesFirst(t *testing.T) {
	s := cluster(t,
		partition{leader: -1, replicas: []int32{4}, isr: []int32{4}, offline: []int32{4}},
		partition{leader: 1, replicas: []int32{5, 1, 2}, isr: []int32{1, 2}, adding: []int32{5}},
		partition{leader: 1, replicas: []int32{1, 2, 4}, isr: []int32{1, 2}, offline: []int32{4}})
	kill(s, 4)
	_, findings := look(s, nil, noon)
	var codes []string
	for _, f := range findings {
		codes = append(codes, f.Code)
	}
	if want := []string{Leaderless, BrokerDown, UnderReplicated, AtMinISR, Moving}; !slices.Equal(codes, want) {
		t.Errorf("%v, want %v", codes, want)
	}
}

// The one pass over the partitions must count as the methods do that the filters of tables and panes go by, or a finding
// would lead to other rows than it counts.
func TestEveryCountIsWhatItsFilterShows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ids := rapid.SliceOfNDistinct(rapid.Int32Range(1, 7), 0, 5, rapid.ID)
		b := state.NewBuilder("", noon, 0, 0)
		for id := range int32(4) {
			br := liveBroker(id + 1)
			br.Alive = rapid.Bool().Draw(t, "alive")
			b.Broker(br)
		}
		for i := range rapid.IntRange(0, 3).Draw(t, "topics") {
			topic := fmt.Sprint("t", i)
			if err := b.Topic(topic, [16]byte{}, false); err != nil {
				t.Fatal(err)
			}
			b.Config(topic, rapid.IntRange(0, 3).Draw(t, "min ISR"), nil)
			for id := range int32(rapid.IntRange(0, 4).Draw(t, "partitions")) {
				if err := b.Partition(id, rapid.Int32Range(-1, 7).Draw(t, "leader"), 0, ids.Draw(t, "replicas"), ids.Draw(t, "isr"), ids.Draw(t, "offline")); err != nil {
					t.Fatal(err)
				}
				b.Moving(topic, id, ids.Draw(t, "adding"), ids.Draw(t, "removing"))
			}
		}
		s := b.Done()
		c := newScan(s)
		c.run()
		var leaderless, underMin, atMin, under, moving int
		missing := tally{}
		for i := range s.NumPartitions() {
			p := s.Partition(i)
			count := func(n *int, is bool) {
				if is {
					*n++
				}
			}
			count(&leaderless, p.Leaderless())
			um, _ := p.UnderMinISR()
			count(&underMin, um)
			am, _ := p.AtMinISR()
			count(&atMin, am)
			count(&under, p.UnderReplicated())
			count(&moving, p.Moving())
			if p.UnderReplicated() {
				for id := range p.Missing() {
					missing[id]++
				}
			}
		}
		got := []int{c.leaderless.n, c.underMin.n, c.atMin.n, c.under.n, c.moving.n}
		if want := []int{leaderless, underMin, atMin, under, moving}; !slices.Equal(got, want) {
			t.Errorf("counted %v, the methods say %v", got, want)
		}
		for i := range s.Brokers {
			if got, want := c.brokers[i].missing, missing[s.Brokers[i].ID]; got != want {
				t.Errorf("broker %d: counted %d missing, the methods say %d", s.Brokers[i].ID, got, want)
			}
		}
	})
}

func TestSentencesFitALineAndHoldNoControlCharacters(t *testing.T) {
	s := cluster(t, well, partition{topic: "x\x1b]0;owned\a", leader: -1, replicas: []int32{3}})
	s.Brokers[0].LogDirs.Value[0] = state.LogDir{Path: "/data/\x1b[31m" + strings.Repeat("a", 300), Error: "E\n\x00"}
	s.Brokers[1].Answered = state.Missing[time.Duration]("b2: \x1b[2Jno answer "+strings.Repeat("x", 200), noon, "")
	s.Brokers[2].LogDirs = state.Missing[[]state.LogDir]("\u202eno \xff", noon, "")
	s.Unknown = []state.Unknown{{Node: 1, What: "\x1b", Why: "\r\n"}}
	_, findings := look(s, nil, noon)
	if len(findings) < 4 {
		t.Fatal(sentences(findings))
	}
	for _, f := range findings {
		for _, text := range append([]string{f.Sentence, f.Scope, f.Next}, f.Evidence...) {
			if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f || r == 0x202e || r == utf8.RuneError }) {
				t.Errorf("%s: %q", f.Code, text)
			}
		}
		if n := utf8.RuneCountInString(f.Sentence); n > 130 {
			t.Errorf("%d characters: %s", n, f.Sentence)
		}
	}
}

func BenchmarkJudge100000Partitions(b *testing.B) {
	s := large(b)
	b.ReportAllocs()
	for b.Loop() {
		look(s, s, noon)
	}
}

// large is 100 brokers with 100,000 partitions, one broker dead.
func large(tb testing.TB) *state.Snapshot {
	const brokers, topics, partitions = 100, 1000, 100
	b := state.NewBuilder("", noon, topics*partitions, 3*topics*partitions)
	for id := range int32(brokers) {
		b.Broker(liveBroker(id))
	}
	rnd := rand.New(rand.NewPCG(1, 1))
	for t := range topics {
		topic := fmt.Sprintf("t%06d", t)
		if err := b.Topic(topic, [16]byte{}, false); err != nil {
			tb.Fatal(err)
		}
		b.Config(topic, 2, nil)
		for p := range int32(partitions) {
			first := rnd.Int32N(brokers)
			replicas := []int32{first, (first + 1) % brokers, (first + 2) % brokers}
			isr := slices.DeleteFunc(slices.Clone(replicas), func(id int32) bool { return id == 44 })
			if err := b.Partition(p, isr[0], 0, replicas, isr, nil); err != nil {
				tb.Fatal(err)
			}
		}
	}
	s := b.Snapshot()
	s.Controller, s.Moves = state.Read[int32](3001, noon, ""), state.Read(0, noon, "")
	b.Done()
	kill(s, 44)
	return s
}

func TestWhyAMoveIsStuck(t *testing.T) {
	for _, c := range []struct {
		name string
		part partition
		die  int32
		want string
	}{
		{"its target takes replicas", partition{leader: 1, replicas: []int32{4, 1, 2}, isr: []int32{1, 2}, adding: []int32{4}}, 0, ""},
		{"its target is dead", partition{leader: 1, replicas: []int32{4, 1, 2}, isr: []int32{1, 2}, adding: []int32{4}}, 4, "broker 4 is fenced"},
		{"its target is unknown", partition{leader: 1, replicas: []int32{9, 1, 2}, isr: []int32{1, 2}, adding: []int32{9}}, 0, "broker 9 is dead"},
		{"its target has all of it already", partition{leader: 1, replicas: []int32{4, 1, 2}, isr: []int32{4, 1, 2}, adding: []int32{4}}, 4, ""},
		{"there is no leader", partition{leader: -1, replicas: []int32{4, 1, 2}, adding: []int32{4}}, 0, "no leader"},
		{"its leader is dead", partition{leader: 1, replicas: []int32{4, 1, 2}, isr: []int32{1}, adding: []int32{4}}, 1, "its leader is dead"},
		{"it adds and removes a replica", partition{leader: 1, replicas: []int32{4, 1, 2}, isr: []int32{4, 1, 2}, adding: []int32{4}, removing: []int32{2, 4}}, 0,
			"broker 4 is to be added and removed at once, which never ends: cancel it"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := cluster(t, c.part)
			if c.die > 0 {
				kill(s, c.die)
			}
			s.Moves.Value = 1
			if got := Stuck(s.Partition(0)); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
			_, findings := look(s, nil, noon)
			if f := found(findings, StuckMove); (f != nil) != (c.want != "") {
				t.Errorf("found%s", sentences(findings))
			}
		})
	}
}

func TestACommandThatIsShownToBePastedNamesTheWholeOfALongName(t *testing.T) {
	long := strings.Repeat("a.client's-id-", 12)
	if got, want := flag("--client", long), " --client "+format.Shell(long); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	topic := strings.Repeat("orders.", 30)
	s := cluster(t, partition{topic: topic, leader: 1, replicas: []int32{1, 2, 3}, isr: []int32{1, 2, 3}})
	if got, want := (&judge{s: s}).kafkaConfigs("topics", topic, "--delete-config", "x"), " --entity-name "+format.Shell(topic)+" "; !strings.Contains(got, want) {
		t.Errorf("%s\nwant %s", got, want)
	}
}

func TestAFindingOnATopicLeadsToItWhateverItsName(t *testing.T) {
	for _, topic := range []string{strings.Repeat("orders.", 30), "a\xff |[\"b"} {
		s := cluster(t, partition{topic: topic, leader: 1, replicas: []int32{1, 2, 3}, isr: []int32{1, 2, 3}})
		s.Topic(0).Configs()["leader.replication.throttled.replicas"] = "0:1"
		_, findings := look(s, nil, noon)
		if f := found(findings, LeftoverThrottle); f == nil || f.Filter != "topic:"+format.Pattern(topic) {
			t.Errorf("found%s\nwant the filter %s", sentences(findings), format.Pattern(topic))
		}
	}
}
