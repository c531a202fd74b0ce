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
	// Unsynced has seen the State's snapshot; nil where there is a single look, all of which counts.
	Unsynced *Unsynced
	// Answers have seen the State's snapshot; nil where there was a single look, which is too little to say who is slow.
	Answers *AnswerTimes
	// Disks have seen the State's snapshot; nil where there was a single look, which shows how full disks are and not how fast they fill up.
	Disks *DiskUse
	// Overdue are temporary changes that are still in force after their time.
	Overdue []Overdue
	// Last is the State before, nil if there was none: what was found then is known to have begun earlier.
	Last *state.State
	// Earlier are what was seen before Last; nil: nothing is known of it.
	Earlier *Sightings
}

// Samples are the latest metrics of each broker that came without a gap, the newest last; the newest are the State's. A
// finding takes [state.Calm.Busy] of them.
type Samples map[int32][]*state.BrokerMetrics

// Judge says what is wrong with the cluster, worst first, and sums it up. Ages are counted from the State's Now. Where the
// State says that its last poll failed, how the cluster is now is not known, whatever the snapshot was like.
func Judge(in Input) (state.Verdict, []state.Finding) {
	j := &judge{Input: in, s: in.State.Snapshot, now: in.State.Now, calm: in.State.Calm.OrDefaults()}
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
	if j.s == nil {
		slices.SortStableFunc(j.findings, compare)
		return state.VerdictUnknown, j.findings
	}
	if !failed {
		j.lingering()
	}
	if len(j.findings) == 0 {
		j.well()
	}
	slices.SortStableFunc(j.findings, compare)
	j.explain()
	j.noteSince()
	return VerdictOf(j.findings), j.findings
}

// look judges the snapshot.
func (j *judge) look() {
	j.scan = newScan(j.s)
	j.scan.run()
	j.controller()
	j.partitions()
	j.downBrokers()
	j.logDirs()
	j.disks()
	j.stale()
	j.moves()
	j.certificates()
	j.notAnswering()
	j.slowAnswers()
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
	j.find(f)
}

// noteSince sets since when a finding is there, where the finding doesn't know it by itself: since the first look that had
// it. What the very first look finds may be older, so its time stays unknown, unless earlier looks tell it.
func (j *judge) noteSince() {
	watched := j.Last != nil && j.Last.Snapshot != nil
	last := map[state.FindingID]*state.Finding{}
	if watched {
		for i := range j.Last.Findings {
			f := &j.Last.Findings[i]
			last[f.ID()] = f
		}
	}
	for i := range j.findings {
		f := &j.findings[i]
		if f.Since.Known || f.Severity == state.SeverityOK {
			continue
		}
		if old := last[f.ID()]; old != nil {
			f.Since = old.Since
		} else if watched {
			f.Since = state.Read(j.now, j.now, "kdeck")
		} else if since := j.Earlier.since(f.ID(), j.now); since.Known || f.Since.Why == "" {
			f.Since = since
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
	calm     state.Calm
	scan     *scan
	busy     []busy // brokers some of whose threads have little time left
	findings []state.Finding
}

// find adds a finding.
func (j *judge) find(f state.Finding) { j.findings = append(j.findings, f) }

func ofBroker(id int32) state.Subject { return state.Subject{Kind: state.OfBroker, ID: id} }

// read tells whether a reading was had in the look that made the snapshot, rather than kept from an earlier one.
func read[T any](s *state.Snapshot, r state.Reading[T]) bool {
	return r.Known && !r.At.Before(s.Taken)
}

// age writes a span of time; clocks that differ make none of less than 0.
func age(d time.Duration) string { return format.Duration(max(0, d)) }

// well says what was looked at. Nothing stands beside it.
func (j *judge) well() {
	j.find(state.Finding{
		Code: Well, Severity: state.SeverityOK, Scope: "cluster",
		Sentence: fmt.Sprintf("%s, %s, %s: all alive, led and in sync",
			format.Count(len(j.s.Brokers), "broker"), format.Count(j.s.NumTopics(), "topic"), format.Count(j.s.NumPartitions(), "partition")),
	})
}
