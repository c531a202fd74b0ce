package health

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"kdeck/ops/format"
	"kdeck/ops/state"
)

// Input is what Judge goes by.
type Input struct {
	// State is what is known now. Its own Verdict and Findings are not looked at.
	State *state.State
	// Before is the snapshot of the look before the State's, nil if there was none: what only two looks
	// can show is then said with care.
	Before *state.Snapshot
	// Samples are the latest metrics of each broker; nil where there was a single look.
	Samples Samples
	// Overdue are temporary changes that are still in force after their time.
	Overdue []Overdue
	// Last is the State before, nil if there was none: what was found then is known to have begun earlier.
	Last *state.State
}

// Samples are the latest metrics of each broker that came without a gap, the newest last; the newest are the State's. A
// finding takes [Sustained] of them.
type Samples map[int32][]*state.BrokerMetrics

// Judge says what is wrong with the cluster, worst first, and sums it up. Ages are counted from the State's Now. Where the
// State says that its last poll failed, how the cluster is now is not known, whatever the snapshot was like.
func Judge(in Input) (state.Verdict, []state.Finding) {
	j := &judge{Input: in, s: in.State.Snapshot, now: in.State.Now}
	failed := in.State.Failed != ""
	if failed {
		j.unreachable()
		j.Before = nil
	}
	if j.s != nil {
		j.look()
		j.load()
		j.coordinators()
		j.groups()
		j.coldReaders()
		j.transactions()
		j.clientsNotRead()
	}
	j.overdue()
	switch {
	case failed || j.s == nil:
		j.verdict = state.VerdictUnknown
	case j.verdict == "" || j.verdict == state.VerdictHealthy:
		j.well()
	}
	slices.SortStableFunc(j.findings, compare)
	j.noteSince()
	return j.verdict, j.findings
}

// look judges the snapshot.
func (j *judge) look() {
	j.scan = newScan(j.s)
	j.scan.run()
	j.controller()
	j.partitions()
	j.downBrokers()
	j.logDirs()
	j.stale()
	j.moves()
	j.notAnswering()
	j.notRead()
}

// unreachable says that no broker answered the last poll.
func (j *judge) unreachable() {
	f := state.Finding{
		Code: Unreachable, Severity: state.SeverityCritical, Scope: "cluster",
		Sentence: "No broker answers kdeck", Evidence: []string{line(j.State.Failed)}, Next: "kdeck status",
	}
	if j.s != nil {
		f.Sentence += fmt.Sprintf("; what is shown is %s old", age(j.now.Sub(j.s.Taken)))
		f.Since = state.Read(j.s.Taken, j.now, "kdeck")
	}
	if j.State.Failed != "" {
		f.Sentence += ": " + line(j.State.Failed)
	}
	j.find(state.VerdictUnknown, f)
}

// noteSince sets since when a finding is there, where the finding doesn't know it by itself: since the first State that had
// it. What the very first look finds may be older, so its time stays unknown.
func (j *judge) noteSince() {
	if j.Last == nil || j.Last.Snapshot == nil {
		return
	}
	last := make(map[state.FindingID]*state.Finding, len(j.Last.Findings))
	for i := range j.Last.Findings {
		f := &j.Last.Findings[i]
		last[f.ID()] = f
	}
	for i := range j.findings {
		f := &j.findings[i]
		if f.Since.Known || f.Severity == state.SeverityOK {
			continue
		}
		if old := last[f.ID()]; old != nil {
			f.Since = old.Since
		} else {
			f.Since = state.Read(j.now, j.now, "kdeck")
		}
	}
}

// compare puts the worst first, and equal ones in the order of codes.go.
func compare(a, b state.Finding) int {
	return cmp.Or(
		cmp.Compare(a.Severity.Rank(), b.Severity.Rank()),
		cmp.Compare(order[a.Code], order[b.Code]),
	)
}

// judge is one judgement in progress.
type judge struct {
	Input
	s        *state.Snapshot // the State's, nil before the first look
	now      time.Time
	scan     *scan
	busy     []busy // brokers some of whose threads have little time left
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
	j.atLeast(v)
}

func (j *judge) atLeast(v state.Verdict) {
	if verdicts[v] > verdicts[j.verdict] {
		j.verdict = v
	}
}

func ofBroker(id int32) state.Subject { return state.Subject{Kind: state.OfBroker, ID: id} }

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
