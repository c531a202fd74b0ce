package health

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"kdeck/ops/format"
	"kdeck/ops/state"
)

// SilentAfter is how long a node may go without fetching the metadata log before it counts as silent. A healthy one
// fetches at least every 0.5 s (controller.quorum.fetch.timeout.ms is 2 s, a broker's session ends after 9 s).
const SilentAfter = 10 * time.Second

// Judge says what is wrong with the cluster, worst first, and sums it up. prev is the snapshot of the look before,
// nil if there was none: what shows only in how things go on is judged with care then. Ages are counted from now.
func Judge(s, prev *state.Snapshot, now time.Time) (state.Verdict, []state.Finding) {
	if s == nil {
		return state.VerdictUnknown, nil
	}
	j := &judge{s: s, prev: prev, now: now, scan: newScan(s)}
	j.scan.run()
	j.controller()
	j.partitions()
	j.downBrokers()
	j.logDirs()
	j.stale()
	j.moves()
	j.notAnswering()
	j.notRead()
	if verdicts[j.verdict] <= verdicts[state.VerdictHealthy] {
		j.well()
	}
	slices.SortStableFunc(j.findings, compare)
	return j.verdict, j.findings
}

// Unanswered judges where no broker answered the last poll. Whatever the last snapshot was like (nil: there is none),
// how the cluster is now is not known.
func Unanswered(last *state.Snapshot, why string, now time.Time) (state.Verdict, []state.Finding) {
	_, findings := Judge(last, nil, now)
	findings = slices.DeleteFunc(findings, func(f state.Finding) bool { return f.Code == Well })
	f := state.Finding{
		Code: Unreachable, Severity: state.SeverityCritical, Scope: "cluster",
		Sentence: "No broker answers kdeck", Evidence: []string{line(why)}, Next: "kdeck status",
	}
	if last != nil {
		f.Sentence += fmt.Sprintf("; what is shown is %s old", age(now.Sub(last.Taken)))
		f.Since = state.Read(last.Taken, now, "kdeck")
	}
	return state.VerdictUnknown, append([]state.Finding{f}, findings...)
}

// compare puts the worst first, and equal ones in the order of codes.go.
func compare(a, b state.Finding) int {
	return cmp.Or(
		cmp.Compare(a.Severity.Rank(), b.Severity.Rank()),
		cmp.Compare(order[a.Code], order[b.Code]),
	)
}

// judge is one judgement in the making.
type judge struct {
	s, prev  *state.Snapshot
	now      time.Time
	scan     *scan
	findings []state.Finding
	verdict  state.Verdict
}

// verdicts ranks them, the worst highest: what is known to be wrong outweighs what is not known.
var verdicts = map[state.Verdict]int{
	state.VerdictHealthy: 1, state.VerdictUnknown: 2, state.VerdictDegraded: 3, state.VerdictCritical: 4,
}

// find adds a finding, and makes the verdict at least as bad as v.
func (j *judge) find(v state.Verdict, f state.Finding) {
	j.findings = append(j.findings, f)
	if verdicts[v] > verdicts[j.verdict] {
		j.verdict = v
	}
}

// read tells whether a reading was had in the look that made the snapshot, rather than kept from an earlier one.
func read[T any](s *state.Snapshot, r state.Reading[T]) bool {
	return r.Known && !r.At.Before(s.Taken)
}

// age writes a span of time; clocks that differ make none of less than 0.
func age(d time.Duration) string { return format.Duration(max(0, d)) }

// well says what was looked at.
func (j *judge) well() {
	j.find(state.VerdictHealthy, state.Finding{
		Code: Well, Severity: state.SeverityOK, Scope: "cluster",
		Sentence: fmt.Sprintf("%s, %s, %s: all alive, led and in sync",
			format.Count(len(j.s.Brokers), "broker"), format.Count(j.s.NumTopics(), "topic"), format.Count(j.s.NumPartitions(), "partition")),
	})
}
