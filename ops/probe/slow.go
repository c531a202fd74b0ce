package probe

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"kdeck/ops/format"
)

// When a stage is slow. What a stage takes at a broker is compared with the median of what it takes at the others, as in the rules of
// ops/health, which need no history.
const (
	slowFactor    = 4                      // times what the others take
	slowExcess    = 20 * time.Millisecond  // and so much longer
	enoughSamples = 5                      // of fewer nothing is said: the first of a run are slow for many reasons
	slowForAll    = 500 * time.Millisecond // slow where all brokers take so long
)

// SlowStage is a stage that takes longer at a broker than at its peers.
type SlowStage struct {
	Broker int32 // -1: all brokers
	Stage  Stage
	Took   time.Duration // the median
	Peers  time.Duration // the median of the others' medians
	Own    time.Duration // how much longer the stage itself takes, without what a slower path or an earlier stage explains
	path   bool          // the path to the broker explains it
}

// slowStages finds the stages that are slow, the slowest first: one for each broker at the most, that which explains the most. medians are those of each
// broker by stage. The stages are told apart by what they have in common: a request that takes long because every answer of that broker does isn't
// named, the answer is.
func slowStages(medians map[int32]map[Stage]times) []SlowStage {
	var found []SlowStage
	for _, broker := range slices.Sorted(maps.Keys(medians)) {
		own := medians[broker]
		var worst *SlowStage
		excess := func(s Stage) time.Duration {
			peers, ok := peersOf(medians, broker, s)
			if !ok || own[s].n == 0 {
				return 0
			}
			return own[s].p50 - peers
		}
		over := func(s Stage) time.Duration { return max(0, excess(s)) }
		for _, stage := range Stages() {
			peers, ok := peersOf(medians, broker, stage)
			if !ok || own[stage].n < enoughSamples {
				continue
			}
			s := SlowStage{Broker: broker, Stage: stage, Took: own[stage].p50, Peers: peers, Own: excess(stage) - explained(stage, over)}
			if s.Own < slowExcess || s.Own < (slowFactor-1)*peers || own[stage].p25 < highAmong(medians, broker, stage) {
				continue
			}
			s.path = stage == TCP && over(Answer)+over(Metadata) >= s.Own/2
			if worst == nil || s.Own > worst.Own+worst.Own/4 { // about the same: the earlier stage
				worst = &s
			}
		}
		if worst != nil {
			found = append(found, *worst)
		}
	}
	slices.SortStableFunc(found, func(a, b SlowStage) int { return cmp.Compare(b.Own, a.Own) })
	return append(found, slowEverywhere(medians)...)
}

// explained is how much of a stage's excess other stages explain. A stage of several round trips feels a slower path several times.
func explained(stage Stage, over func(Stage) time.Duration) time.Duration {
	answer := max(over(Answer), over(TCP))
	switch stage {
	case TLS:
		return max(2*over(TCP), over(Answer)) // the same network threads
	case SASL:
		return 4 * answer
	case FirstAnswer, Metadata, ListOffsets:
		return answer
	case Answer:
		return over(TCP)
	case Produce, Fetch:
		return answer
	case ProduceAll:
		return max(answer, over(Produce))
	case EndToEnd:
		return over(Produce) + max(over(Fetch), over(ProduceAll)-over(Produce), answer)
	}
	return 0
}

// peersOf is the median of what a stage takes at the other brokers.
func peersOf(medians map[int32]map[Stage]times, broker int32, stage Stage) (time.Duration, bool) {
	return middleAmong(medians, broker, stage, func(t times) time.Duration { return t.p50 })
}

// highAmong is what three quarters of the samples of a stage stay below at the other brokers. Where three quarters of the samples of one
// broker aren't above that, the two can't be told apart: the stage varies, as on a machine that is busy.
func highAmong(medians map[int32]map[Stage]times, broker int32, stage Stage) time.Duration {
	high, _ := middleAmong(medians, broker, stage, func(t times) time.Duration { return t.p75 })
	return high
}

// middleAmong is the median of a figure of the other brokers.
func middleAmong(medians map[int32]map[Stage]times, broker int32, stage Stage, of func(times) time.Duration) (time.Duration, bool) {
	var others []time.Duration
	for id, m := range medians {
		if t, ok := m[stage]; ok && id != broker && t.n > 0 {
			others = append(others, of(t))
		}
	}
	if len(others) == 0 {
		return 0, false
	}
	slices.Sort(others)
	return others[(len(others)-1)/2], true
}

// slowEverywhere finds the first stage that is slow at all brokers: nothing tells them apart then.
func slowEverywhere(medians map[int32]map[Stage]times) []SlowStage {
	for _, stage := range []Stage{DNS, TCP, TLS, SASL, Answer, Metadata, Produce, ProduceAll, Fetch} {
		var all []time.Duration
		for _, m := range medians {
			if t, ok := m[stage]; ok && t.n >= enoughSamples {
				all = append(all, t.p50)
			}
		}
		if len(all) > 1 && slices.Min(all) >= slowForAll {
			slices.Sort(all)
			middle := all[(len(all)-1)/2]
			return []SlowStage{{Broker: -1, Stage: stage, Took: middle, Peers: middle, Own: middle}}
		}
	}
	return nil
}

// Sentence says what is slow and what that points to. followers are those of the broker's partition.
func (s SlowStage) Sentence(followers []int32) string {
	took, peers := words(s.Took), words(s.Peers)
	if s.Broker < 0 {
		return fmt.Sprintf("%s takes %s at every broker: look at what they share, first of all the path from this machine", stageWords[s.Stage], took)
	}
	what := fmt.Sprintf("%s takes %s at broker %d, and %s at its peers", stageWords[s.Stage], took, s.Broker, peers)
	because := map[Stage]string{
		DNS:         "the name service is slow for that name",
		TCP:         "only new connections are slow: its backlog of connections, or SYN cookies",
		TLS:         "its network threads are busy, or that listener's certificate or key is unlike the others'",
		SASL:        "it checks who connects more slowly than its peers: its network threads, or the service that it asks",
		FirstAnswer: "it takes up new connections late: its acceptor or its network threads",
		Answer:      "connecting isn't slow, so it isn't the path: its network threads or request handlers are busy",
		Produce:     "other answers of it are not as slow: its log dir, or its request handlers",
		ProduceAll:  "acks=1 isn't as slow: replicas in sync fetch slowly from it",
		Fetch:       "other answers of it are not as slow: its log dir or page cache, or its request handlers",
		EndToEnd:    "no single stage explains it: the record is late to be on all replicas in sync",
		Metadata:    "other answers of it are not as slow: its request handlers",
		ListOffsets: "other answers of it are not as slow: its log dir, or its request handlers",
	}[s.Stage]
	switch {
	case s.path:
		because = "connecting and every answer are slow alike: the path to that machine"
	case s.Stage == ProduceAll && len(followers) > 0:
		because = fmt.Sprintf("acks=1 isn't as slow: its followers %s fetch slowly from it", ids(followers))
	}
	return what + ": " + because
}

// stageWords begin a sentence.
var stageWords = [numStages]string{
	"Looking up the host", "Connecting (TCP)", "The TLS handshake", "Authenticating (SASL)", "The first answer on a new connection", "The simplest answer (ApiVersions)",
	"A write with acks=1", "A write with acks=all", "A fetch", "A record from its send to its read", "The list of brokers (Metadata)", "The end of a partition (ListOffsets)",
}

func words(d time.Duration) string {
	if d >= 10*time.Second {
		return format.Duration(d)
	}
	return format.Millis(float64(d)/float64(time.Millisecond)) + "ms"
}

func ids(list []int32) string {
	texts := make([]string, len(list))
	for i, id := range list {
		texts[i] = fmt.Sprint(id)
	}
	return strings.Join(texts, ", ")
}
