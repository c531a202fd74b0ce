package health

import (
	"fmt"
	"slices"

	"kdeck/ops/format"
	"kdeck/ops/state"
)

// logCleaner names brokers on which compacted partitions are not compacted any more: a thread of the log cleaner is dead, or it skips partitions after an error
// (KIP-346). Both last until the broker is restarted. Such partitions grow without bound, __consumer_offsets among them, and are slow to load.
func (j *judge) logCleaner(samples Samples) {
	var dead, skip []int32
	threads, partitions := 0.0, 0.0
	var shown []*state.BrokerMetrics
	for _, b := range j.s.Brokers {
		of := samples[b.ID]
		if n, known := smallest(of, func(m *state.BrokerMetrics) state.Reading[float64] { return m.DeadCleaners }); known && n >= 1 {
			dead, threads, shown = append(dead, b.ID), threads+n, of
		}
		if n, known := smallest(of, func(m *state.BrokerMetrics) state.Reading[float64] { return m.Uncleanable }); known && n >= 1 {
			skip, partitions, shown = append(skip, b.ID), partitions+n, of
		}
	}
	f := state.Finding{Code: CleanerStopped, Fault: "kafka", Pane: "brokers"}
	switch {
	case len(dead) > 0:
		slices.Sort(dead)
		f.Severity, f.Scope, f.Filter, f.Next = state.SeverityWarning, brokers(dead), brokerFilter(dead), fmt.Sprintf("kdeck safe-to-stop %d", dead[0])
		f.Sentence = fmt.Sprintf("%s of the log cleaner %s dead on %s: compacted partitions grow until it is restarted", format.Count(int(threads), "thread"), verb(int(threads), "is", "are"), brokers(dead))
	case len(skip) > 0:
		slices.Sort(skip)
		f.Severity, f.Scope, f.Filter, f.Next = state.SeverityInfo, brokers(skip), brokerFilter(skip), fmt.Sprintf("kdeck safe-to-stop %d", skip[0])
		f.Sentence = fmt.Sprintf("The log cleaner of %s skips %s after an error: they grow until it is restarted", brokers(skip), format.Count(int(partitions), "partition"))
	default:
		return
	}
	evidence := sourceOf(shown)
	if len(dead) > 0 && len(skip) > 0 {
		evidence = append(evidence, fmt.Sprintf("it skips %s on %s after an error", format.Count(int(partitions), "partition"), brokers(skip)))
	}
	f.Evidence = append(evidence, "why stands in the broker's log-cleaner.log; what an error in a partition's files made it do, it does again after a restart")
	j.find(f)
}
