package health

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"kdeck/ops/state"
)

const ms = time.Millisecond

// answering is a look at brokers 1, 2 and so on that took so long to answer; 0: it didn't.
func answering(t testing.TB, times ...time.Duration) *state.Snapshot {
	s := cluster(t, well)
	s.Brokers = s.Brokers[:0]
	for i, took := range times {
		b := liveBroker(int32(i + 1))
		if took > 0 {
			b.AnswerTime = state.Read(took, noon, "")
		}
		s.Brokers = append(s.Brokers, b)
	}
	return s
}

// slowIn judges the last of some looks.
func slowIn(t testing.TB, looks ...*state.Snapshot) (state.Verdict, []state.Finding) {
	var answers *AnswerTimes
	for _, s := range looks {
		answers = answers.Look(s)
	}
	return Judge(Input{State: &state.State{Snapshot: looks[len(looks)-1], Now: noon}, Answers: answers})
}

func connecting(s *state.Snapshot, took time.Duration, ids ...int32) *state.Snapshot {
	for _, id := range ids {
		s.Broker(id).ConnectTime = state.Read(took, noon, "")
	}
	return s
}

func TestABrokerThatAnswersFarMoreSlowlyThanTheOthersIsNamed(t *testing.T) {
	for _, c := range []struct {
		name     string
		times    []time.Duration
		change   func(*state.Snapshot)
		verdict  state.Verdict
		sentence string // "": nothing is said of it
		fault    string
		evidence string
	}{
		{"all are alike", []time.Duration{3 * ms, 4 * ms, 3 * ms, 5 * ms}, nil, state.VerdictHealthy, "", "", ""},
		{"one is slow, and connecting is fast", []time.Duration{4 * ms, 4 * ms, 800 * ms, 5 * ms}, func(s *state.Snapshot) { connecting(s, ms/2, 3) }, state.VerdictDegraded,
			"Broker 3 takes 800ms to answer what the others answer in 4ms", "kafka", "connecting to it takes 0.5ms: the time goes in the broker, or in a proxy before it"},
		{"one is slow, and so is connecting", []time.Duration{4 * ms, 4 * ms, 204 * ms, 5 * ms}, func(s *state.Snapshot) { connecting(s, 200*ms, 3) }, state.VerdictDegraded,
			"The path from here to broker 3 is slow: an answer takes 204ms, of the others 4ms", "network", "others may have another path"},
		{"one is slow, and connecting was not tried", []time.Duration{4 * ms, 4 * ms, 800 * ms, 5 * ms}, nil, state.VerdictDegraded,
			"Broker 3 takes 800ms to answer what the others answer in 4ms", "", "whether the path to it is slow isn't known"},
		{"two of three are", []time.Duration{2 * ms, 300 * ms, 900 * ms}, func(s *state.Snapshot) { connecting(s, ms, 2, 3) }, state.VerdictDegraded,
			"Brokers 2 and 3 take up to 900ms to answer what the others answer in 2ms", "kafka", "broker 2 took 300ms"},
		{"one of two is", []time.Duration{2 * ms, 300 * ms}, func(s *state.Snapshot) { connecting(s, ms, 2) }, state.VerdictDegraded,
			"Broker 2 takes 300ms to answer what the others answer in 2ms", "kafka", ""},
		{"a difference of milliseconds, many times over", []time.Duration{ms / 2, ms / 2, 60 * ms}, nil, state.VerdictHealthy, "", "", ""},
		{"a difference that is no multiple, as on a machine that is busy", []time.Duration{90 * ms, 80 * ms, 300 * ms}, nil, state.VerdictHealthy, "", "", ""},
		{"the only broker", []time.Duration{300 * ms}, nil, state.VerdictHealthy, "", "", ""},
		{"a broker that doesn't answer is no slow one", []time.Duration{2 * ms, 2 * ms, 0}, func(s *state.Snapshot) {
			s.Broker(3).Answered = state.Missing[time.Duration]("no answer in time", noon, "")
		}, state.VerdictUnknown, "", "", ""},
		{"a dead broker", []time.Duration{2 * ms, 2 * ms, 900 * ms}, func(s *state.Snapshot) { s.Broker(3).Alive = false }, state.VerdictCritical, "", "", ""},
		{"all are", []time.Duration{1500 * ms, 1400 * ms, 1600 * ms}, nil, state.VerdictUnknown,
			"All brokers take long to answer kdeck, 1500ms in the middle", "", "it can't be told from here"},
		{"a whole rack that is far away", []time.Duration{2 * ms, 2 * ms, 2 * ms, 151 * ms, 150 * ms}, func(s *state.Snapshot) {
			connecting(s, 149*ms, 4, 5)
			s.Broker(4).Rack, s.Broker(5).Rack = "far", "far"
		}, state.VerdictHealthy, "The path from here to brokers 4 and 5 is slow: an answer takes 151ms, of the others 2ms", "", "every broker of rack far"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := answering(t, c.times...)
			if c.change != nil {
				c.change(s)
			}
			verdict, findings := slowIn(t, s, s)
			i := slices.IndexFunc(findings, func(f state.Finding) bool {
				return slices.Contains([]string{SlowBroker, SlowPath, AllSlowToAnswer}, f.Code)
			})
			if verdict != c.verdict && c.name != "a dead broker" {
				t.Errorf("%s, want %s: %+v", verdict, c.verdict, findings)
			}
			switch {
			case i < 0 && c.sentence != "":
				t.Fatalf("nothing is said: %+v", findings)
			case i >= 0 && (findings[i].Sentence != c.sentence || findings[i].Fault != c.fault || !strings.Contains(strings.Join(findings[i].Evidence, "\n"), c.evidence)):
				t.Errorf("%+v", findings[i])
			}
		})
	}
}

func TestItTakesTwoLooksToCallABrokerSlow(t *testing.T) {
	fast, slow := answering(t, 2*ms, 2*ms, 2*ms), connecting(answering(t, 2*ms, 2*ms, 400*ms), ms, 3)
	half, silent := answering(t, 2*ms, 2*ms, 60*ms), answering(t, 2*ms, 2*ms, 0)
	for _, c := range []struct {
		name  string
		looks []*state.Snapshot
		named bool
	}{
		{"one look", []*state.Snapshot{slow}, false},
		{"two", []*state.Snapshot{slow, slow}, true},
		{"a fast one in between", []*state.Snapshot{slow, fast, slow}, false},
		{"no answer in between", []*state.Snapshot{slow, silent, slow}, true},
		{"still half as slow", []*state.Snapshot{slow, slow, half}, true},
		{"half as slow from the beginning", []*state.Snapshot{half, half, half}, false},
		{"fast again", []*state.Snapshot{slow, slow, fast}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, findings := slowIn(t, c.looks...)
			if named := slices.ContainsFunc(findings, func(f state.Finding) bool { return f.Code == SlowBroker }); named != c.named {
				t.Errorf("named: %t: %+v", named, findings)
			}
		})
	}
	var answers *AnswerTimes
	if answers = answers.Look(slow); !answers.Open() {
		t.Error("another look is to tell")
	}
	if answers = answers.Look(slow); answers.Open() {
		t.Error("two looks have told")
	}
}

func TestABrokersOwnPastIsTold(t *testing.T) {
	looks := make([]*state.Snapshot, 0, 200)
	for range 150 { // more than are remembered
		looks = append(looks, answering(t, 2*ms, 2*ms, 3*ms))
	}
	slow := connecting(answering(t, 2*ms, 2*ms, 400*ms), ms, 3)
	_, findings := slowIn(t, append(looks, slow, slow)...)
	if text := fmt.Sprint(findings); !strings.Contains(text, "; before, it took 3ms") {
		t.Error(text)
	}
	all := answering(t, 700*ms, 600*ms, 640*ms)
	verdict, findings := slowIn(t, append(looks, all, all)...)
	if verdict != state.VerdictUnknown || findings[0].Sentence != "All brokers take long to answer kdeck, 640ms in the middle; before, 2ms" {
		t.Errorf("%s %+v", verdict, findings)
	}
	if verdict, findings = slowIn(t, all, all); verdict != state.VerdictHealthy { // as far away as ever, for all that is known
		t.Errorf("%s %+v", verdict, findings)
	}
	var answers *AnswerTimes
	for _, s := range looks {
		answers = answers.Look(s)
	}
	if n := len(answers.brokers[3].usual); n != UsualLooks || len(answers.usual) != UsualLooks {
		t.Errorf("%d looks are remembered", n)
	}
}

func TestSlowAmongNamesTheSlowestFirst(t *testing.T) {
	for _, c := range []struct {
		times map[int32]time.Duration
		want  []int32
	}{
		{nil, nil},
		{map[int32]time.Duration{1: time.Second}, nil},
		{map[int32]time.Duration{1: 2 * ms, 2: time.Second}, []int32{2}},
		{map[int32]time.Duration{1: 2 * ms, 2: time.Second, 3: 2 * time.Second, 4: ms}, []int32{3, 2}},
		{map[int32]time.Duration{1: time.Second, 2: time.Second, 3: time.Second}, nil},
		{map[int32]time.Duration{1: 0, 2: 0, 3: 0}, nil},
	} {
		if got := SlowAmong(c.times); !slices.Equal(got, c.want) {
			t.Errorf("%v: %v, want %v", c.times, got, c.want)
		}
	}
}

// What brokers of a healthy cluster take differs from look to look: the pauses of garbage collection, a machine that is busy.
func TestAnswersThatVaryAreNoFault(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var answers *AnswerTimes
	for look := range 720 { // an hour
		times := make([]time.Duration, 30)
		busy := time.Duration(1)
		if look%50 < 5 {
			busy = 20 // this machine
		}
		for i := range times {
			times[i] = busy * (ms + time.Duration(rng.Int64N(int64(9*ms))))
			if rng.IntN(100) == 0 && look%7 == i%7 { // a pause that outlasts three answers
				times[i] += 300 * ms
			}
		}
		s := answering(t, times...)
		answers = answers.Look(s)
		if verdict, findings := Judge(Input{State: &state.State{Snapshot: s, Now: noon}, Answers: answers}); verdict != state.VerdictHealthy {
			t.Fatalf("look %d: %s %+v", look, verdict, findings)
		}
	}
}
