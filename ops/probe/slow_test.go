package probe

import (
	"strings"
	"testing"
	"time"
)

// usual is what the stages take where nothing is wrong.
func usual() map[Stage]time.Duration {
	ms := time.Millisecond
	return map[Stage]time.Duration{DNS: ms / 2, TCP: ms / 2, TLS: 3 * ms, SASL: 3 * ms, FirstAnswer: ms, Answer: ms, Produce: 2 * ms, ProduceAll: 5 * ms, Fetch: 2 * ms, EndToEnd: 8 * ms}
}

func timesOf(samples int64, brokers ...map[Stage]time.Duration) map[int32]map[Stage]times {
	medians := map[int32]map[Stage]times{}
	for i, stages := range brokers {
		m := map[Stage]times{}
		for s, d := range stages {
			m[s] = times{n: samples, p25: d, p50: d, p75: d, p99: d, max: d}
		}
		medians[int32(i+1)] = m
	}
	return medians
}

// with is usual with so much more at some stages, and what follows from it at the others.
func with(more time.Duration, stages ...Stage) map[Stage]time.Duration {
	m := usual()
	for _, s := range stages {
		m[s] += more
	}
	return m
}

func TestTheStageThatIsSlowIsNamed(t *testing.T) {
	const d = 200 * time.Millisecond
	path := with(d, TCP, FirstAnswer, Answer, Produce, ProduceAll, Fetch)
	path[TLS], path[SASL], path[EndToEnd] = path[TLS]+2*d, path[SASL]+4*d, path[EndToEnd]+2*d
	threads := with(d, TLS, FirstAnswer, Answer, Produce, ProduceAll, Fetch)
	threads[SASL], threads[EndToEnd] = threads[SASL]+3*d, threads[EndToEnd]+2*d
	for _, tt := range []struct {
		name   string
		broker map[Stage]time.Duration // broker 2 of 4
		stage  Stage
		says   string // "": nothing is slow
	}{
		{"nothing", usual(), 0, ""},
		{"the name service", with(d, DNS), DNS, "name service"},
		{"new connections alone", with(d, TCP), TCP, "only new connections"},
		{"the path", path, TCP, "the path to that machine"},
		{"the handshake", with(d, TLS), TLS, "certificate"},
		{"the authentication", with(d, SASL), SASL, "checks who connects"},
		{"the first answer", with(d, FirstAnswer), FirstAnswer, "acceptor"},
		{"all answers", threads, Answer, "network threads or request handlers"},
		{"the log", with(d, Produce, ProduceAll, EndToEnd), Produce, "log dir"},
		{"the replication", with(d, ProduceAll, EndToEnd), ProduceAll, "followers 3, 4"},
		{"reading", with(d, Fetch, EndToEnd), Fetch, "page cache"},
		{"too little to be said", with(10*time.Millisecond, Produce, ProduceAll, EndToEnd), 0, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			found := slowStages(timesOf(20, usual(), tt.broker, usual(), usual()))
			if tt.says == "" {
				if len(found) > 0 {
					t.Errorf("%+v", found)
				}
				return
			}
			if len(found) != 1 || found[0].Broker != 2 || found[0].Stage != tt.stage {
				t.Fatalf("%+v", found)
			}
			if s := found[0].Sentence([]int32{3, 4}); !strings.Contains(s, tt.says) || !strings.Contains(s, "broker 2") {
				t.Errorf("%s", s)
			}
		})
	}
}

func TestSlownessOfAllIsNotOneBrokers(t *testing.T) {
	all := with(900*time.Millisecond, TCP, Answer, Produce, ProduceAll, Fetch)
	found := slowStages(timesOf(20, all, all, all))
	if len(found) != 1 || found[0].Broker != -1 || found[0].Stage != TCP || !strings.Contains(found[0].Sentence(nil), "the path from this machine") {
		t.Errorf("%+v", found)
	}
	if found := slowStages(timesOf(20, with(time.Second, Produce))); len(found) > 0 {
		t.Errorf("one broker has no peers: %+v", found)
	}
}

// The first of a run is slow for many reasons: a JVM that is cold, caches, a path that is looked up.
func TestNothingIsSaidOfAFewSamples(t *testing.T) {
	slow := with(500*time.Millisecond, Produce, ProduceAll, EndToEnd)
	if found := slowStages(timesOf(enoughSamples-1, usual(), slow, usual())); len(found) > 0 {
		t.Errorf("%+v", found)
	}
	if found := slowStages(timesOf(enoughSamples, usual(), slow, usual())); len(found) != 1 {
		t.Errorf("%+v", found)
	}
}

// What a busy machine does to a stage is not what a slow broker does: some samples are slow and others are not.
func TestWhatVariesIsNotSlow(t *testing.T) {
	busy := timesOf(6, usual(), with(60*time.Millisecond, TLS), usual())
	varies := busy[2][TLS]
	varies.p25 = usual()[TLS]
	busy[2][TLS] = varies
	for id := range busy {
		m := busy[id][TLS]
		m.p75 = 70 * time.Millisecond
		busy[id][TLS] = m
	}
	if found := slowStages(busy); len(found) > 0 {
		t.Errorf("%+v", found)
	}
}

func TestTheBudgetIsCounted(t *testing.T) {
	for _, tt := range []struct {
		attempts, good int64
		says           string
	}{
		{0, 0, "Nothing was measured"},
		{180, 180, "180 of 180 attempts were acknowledged and read within the deadline (100%); nothing is spent of what 99.9% allows"},
		{180, 179, "179 of 180 attempts were acknowledged and read within the deadline (99.4%); no good: 1, where 99.9% allows 0.18 (5.6 times as many)"},
		{100000, 99999, "99,999 of 100,000 attempts were acknowledged and read within the deadline (99.999%); no good: 1, where 99.9% allows 100 (0.01 times as many)"},
	} {
		r := &Result{Attempts: tt.attempts, Good: tt.good, Budget: budgetOf(99.9, tt.attempts, tt.good)}
		if got := r.Sentence(); got != tt.says {
			t.Errorf("%s", got)
		}
	}
}
