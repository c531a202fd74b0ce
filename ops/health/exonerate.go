package health

import (
	"fmt"
	"iter"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"kdeck/ops/format"
	"kdeck/ops/state"
)

// An Exoneration says whether Kafka is at fault for some topics, and what that rests on.
type Exoneration struct {
	Topics    []string // that it is about
	Cleared   bool
	Sentence  string
	Against   []state.Finding // that touch the topics, and don't clear Kafka
	Others    []state.Finding // that touch the topics, and are the fault of clients
	Elsewhere []state.Finding // that are about other parts of the cluster
	Facts     []string        // what is well, and what it was judged by
	NotLooked []Unlooked
}

// Exonerate judges whether what a State shows clears Kafka for those topics, of which there is one at least. scope stands for them in sentences.
func Exonerate(st *state.State, topics []string, scope string) *Exoneration {
	x := &Exoneration{Topics: topics, NotLooked: NotLookedAt(st)}
	hosts := x.lookAt(st)
	for i := range st.Findings {
		f := st.Findings[i]
		switch {
		case f.Severity.Rank() > state.SeverityWarning.Rank() && f.Subject.Kind != state.OfGroup:
		case !x.touches(st, &f, hosts):
			x.Elsewhere = append(x.Elsewhere, f)
		case f.Fault == "client" || f.Severity == state.SeverityInfo:
			x.Others = append(x.Others, f)
		default:
			x.Against = append(x.Against, f)
		}
	}
	switch {
	case len(x.Against) > 0:
		x.Sentence = "Kafka can't be cleared for " + scope + ": " + x.Against[0].Sentence
	case st.Verdict == state.VerdictUnknown:
		x.Sentence = "Kafka can't be cleared for " + scope + ": not enough of the cluster could be seen"
	case slices.Contains(x.NotLooked, Unlooked{What: "threads", Why: noMetrics}):
		x.Cleared = true
		x.Sentence = "As far as the protocol tells, Kafka is not at fault for " + scope
	default:
		x.Cleared = true
		x.Sentence = "Kafka is not at fault for " + scope + ", as far as can be seen"
	}
	return x
}

// lookAt gathers the facts of the topics' partitions, and the brokers that have replicas of them.
func (x *Exoneration) lookAt(st *state.State) (hosts map[int32]bool) {
	hosts = map[int32]bool{}
	var led, synced, under int
	leaders := map[int32]bool{}
	all := 0
	for p := range x.partitions(st.Snapshot) {
		all++
		for r := range p.Replicas() {
			hosts[r.Broker] = true
		}
		if !p.Leaderless() {
			led++
			leaders[p.Leader()] = true
		}
		if !p.UnderReplicated() {
			synced++
		}
		if short, _ := p.UnderMinISR(); short {
			under++
		}
	}
	x.fact("%s of %s have a leader, %s all their replicas in sync, %s too few of them for acks=all", format.Thousands(led), format.Count(all, "partition"), format.Thousands(synced), format.Thousands(under))
	ids := slices.Sorted(maps.Keys(leaders))
	x.fact("led by %s", brokers(ids))
	x.answers(st, ids)
	x.threads(st, ids)
	x.readers(st)
	return hosts
}

// partitions goes through those of the topics.
func (x *Exoneration) partitions(s *state.Snapshot) iter.Seq[state.Partition] {
	return func(yield func(state.Partition) bool) {
		for _, name := range x.Topics {
			t, ok := s.FindTopic(name)
			if !ok {
				continue
			}
			first, n := t.Range()
			for i := first; i < first+n; i++ {
				if !yield(s.Partition(i)) {
					return
				}
			}
		}
	}
}

func (x *Exoneration) fact(format string, args ...any) {
	x.Facts = append(x.Facts, fmt.Sprintf(format, args...))
}

// answers says how fast these brokers answer kdeck.
func (x *Exoneration) answers(st *state.State, ids []int32) {
	slowest, of, silent := time.Duration(-1), int32(0), []int32{}
	for _, id := range ids {
		switch b := st.Snapshot.Broker(id); {
		case b == nil || !b.Answered.Known:
			silent = append(silent, id)
		case b.Answered.Value > slowest:
			slowest, of = b.Answered.Value, id
		}
	}
	if slowest >= 0 {
		x.fact("they answer kdeck; the slowest, broker %d, in %s ms", of, format.Millis(float64(slowest)/float64(time.Millisecond)))
	}
	if len(silent) > 0 {
		x.fact("%s did not answer kdeck", brokers(silent))
	}
}

// threads says how idle the threads of these brokers are, where that is known.
func (x *Exoneration) threads(st *state.State, ids []int32) {
	network, handlers, measured := math.Inf(1), math.Inf(1), 0
	for _, id := range ids {
		m, fresh := Fresh(st, id)
		if !fresh || m == nil {
			continue
		}
		measured++
		if m.NetworkIdle.Known {
			network = min(network, m.NetworkIdle.Value)
		}
		if m.HandlerIdle.Known {
			handlers = min(handlers, m.HandlerIdle.Value)
		}
	}
	if !math.IsInf(network, 1) {
		x.fact("the network threads of the busiest of them are idle for %s", format.Percent(100*network))
	}
	if !math.IsInf(handlers, 1) {
		x.fact("the request handlers of the busiest of them are idle for %s", format.Percent(100*handlers))
	}
	if measured > 0 && measured < len(ids) {
		x.fact("metrics are known of %d of these %d brokers", measured, len(ids))
	}
}

// readers says which groups read the topics, and how they get on.
func (x *Exoneration) readers(st *state.State) {
	if st.Groups == nil {
		return
	}
	n := map[state.GroupStatus]int{}
	all := 0
	for _, g := range st.Groups.Groups {
		if x.readBy(g) {
			n[g.Status]++
			all++
		}
	}
	var words []string
	for s := state.GroupOK; s <= state.GroupRewound; s++ {
		if n[s] > 0 {
			words = append(words, fmt.Sprintf("%s %s", format.Thousands(n[s]), s))
		}
	}
	if n[state.GroupUnknown] > 0 {
		words = append(words, fmt.Sprintf("%s not known", format.Thousands(n[state.GroupUnknown])))
	}
	if all == 0 {
		x.fact("no group has committed offsets there")
		return
	}
	x.fact("%s read there: %s", format.Count(all, "group"), strings.Join(words, ", "))
}

// readBy tells whether a group reads any of the topics.
func (x *Exoneration) readBy(g *state.Group) bool {
	return slices.ContainsFunc(g.Topics(), func(name string) bool { return slices.Contains(x.Topics, name) })
}

// touches tells whether a finding may be felt by who uses the topics. What can't be told does.
func (x *Exoneration) touches(st *state.State, f *state.Finding, hosts map[int32]bool) bool {
	of := func(is func(state.Partition) bool) bool {
		for p := range x.partitions(st.Snapshot) {
			if is(p) {
				return true
			}
		}
		return false
	}
	switch f.Code {
	case Leaderless:
		return of(func(p state.Partition) bool {
			b := st.Snapshot.Broker(p.Leader())
			return p.Leaderless() || b == nil || !b.Alive
		})
	case UnderMinISR:
		return of(func(p state.Partition) bool { under, _ := p.UnderMinISR(); return under })
	case UnderReplicated:
		return of(state.Partition.UnderReplicated)
	}
	switch f.Subject.Kind {
	case state.OfBroker:
		return hosts[f.Subject.ID]
	case state.OfGroup:
		g := st.Groups.Find(f.Subject.Name)
		return g == nil || x.readBy(g)
	}
	return true
}
