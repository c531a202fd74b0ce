package health

import (
	"cmp"
	"fmt"
	"slices"

	"kdeck/ops/format"
	"kdeck/ops/state"
)

// waitingProduces is a broker whose Produce requests with acks=all wait long for followers.
type waitingProduces struct {
	id      int32
	waiting float64 // the least of the samples, as PurgatorySize counts: a request once for each of its partitions
	ms      float64 // the least of the samples, how long a request waits on average
	from    *state.BrokerMetrics
}

// producesWait names brokers whose purgatory is full of Produce requests: acks=all waits for all in-sync replicas, so that their followers are slow to copy. It
// needs the purgatory and the remote time of Produce; where either isn't exported nothing is said. A full purgatory of Fetch is how idle consumers wait.
func (j *judge) producesWait(samples Samples) {
	var slow []waitingProduces
	for _, b := range j.s.Brokers {
		of := samples[b.ID]
		waiting, known := smallest(of, produces)
		ms, timed := smallest(of, producesRemote)
		if known && timed && waiting >= ProducesWaiting && ms >= ProducesWaitMS {
			slow = append(slow, waitingProduces{b.ID, waiting, ms, of[len(of)-1]})
		}
	}
	if len(slow) == 0 {
		return
	}
	slices.SortStableFunc(slow, func(a, b waitingProduces) int { return cmp.Compare(b.ms, a.ms) })
	ids := make([]int32, len(slow))
	for i, w := range slow {
		ids[i] = w.id
	}
	first := slow[0]
	slices.Sort(ids)
	f := state.Finding{
		Code: ProducesWait, Severity: state.SeverityWarning, Scope: brokers(ids), Fault: "kafka",
		Sentence: fmt.Sprintf("Produce requests wait %s on average for followers of broker %d", format.WholeMillis(first.ms), first.id),
		Next:     "kdeck brokers", Pane: "brokers", Filter: brokerFilter(ids),
	}
	if len(slow) > 1 {
		f.Sentence = fmt.Sprintf("Produce requests wait long for followers of %s, most on broker %d, %s on average", brokers(ids), first.id, format.WholeMillis(first.ms))
	}
	for _, w := range slow[:min(examples, len(slow))] {
		f.Evidence = append(f.Evidence, fmt.Sprintf("broker %d: %s wait in its purgatory, each for %s, as %s shows it", w.id, format.Count(int(min(w.waiting, 1e9)), "Produce request"), format.WholeMillis(w.ms), line(w.from.From)))
	}
	if id, alone := j.followsThem(ids); alone {
		f.Evidence = append(f.Evidence, fmt.Sprintf("broker %d follows most of what they lead, and its own requests don't wait: it is likely to be the slow one; look at its disk, its pauses and its threads", id))
		f.Filter = brokerFilter([]int32{id})
	}
	f.Evidence = append(f.Evidence, "with acks=all a request waits until every replica in sync has copied it")
	j.find(f)
}

// produces is how many Produce requests wait in the purgatory.
func produces(m *state.BrokerMetrics) state.Reading[float64] {
	for _, p := range m.Purgatories {
		if p.Operation == "Produce" {
			return p.Size
		}
	}
	return state.Reading[float64]{}
}

// producesRemote is how many ms Produce requests wait on average for other brokers.
func producesRemote(m *state.BrokerMetrics) state.Reading[float64] {
	if k := m.Kind("Produce"); k != nil {
		for _, p := range k.Phases {
			if p.Name == "remote" {
				return p.Mean
			}
		}
	}
	return state.Reading[float64]{}
}

// followsThem is the one other broker that is in sync in most partitions led by those; false where there is none or more than one, or a single leader, which
// may be slow itself.
func (j *judge) followsThem(leaders []int32) (follower int32, alone bool) {
	if len(leaders) < 2 {
		return 0, false
	}
	led, n := 0, map[int32]int{}
	for i := range j.s.NumPartitions() {
		p := j.s.Partition(i)
		if !slices.Contains(leaders, p.Leader()) {
			continue
		}
		led++
		for _, id := range p.AppendISR(nil) {
			if !slices.Contains(leaders, id) {
				n[id]++
			}
		}
	}
	for id, in := range n {
		if float64(in) >= MostOfThem*float64(led) {
			if alone {
				return 0, false
			}
			follower, alone = id, true
		}
	}
	return follower, alone
}
