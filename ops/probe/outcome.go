package probe

import "time"

// Outcome is what came of one attempt.
type Outcome int

// The outcomes. Only the first three are of the cluster: the share of good ones is made from them.
const (
	Good       Outcome = iota // acknowledged and read within the deadline
	Failed                    // an error, or no answer within the deadline
	Late                      // acknowledged, and not to be read within the deadline
	Throttled                 // a quota held the probe back; nothing is said of the broker
	Refused                   // an ACL is missing
	Gone                      // the topic isn't there any more
	NotLeading                // nothing is written through the broker, because it leads no partition of the topic
	numOutcomes
)

var outcomeNames = [numOutcomes]string{"good", "failed", "late", "throttled", "refused", "gone", "not-leading"}

// String is the outcome's name in documents and metrics.
func (o Outcome) String() string { return outcomeNames[o] }

// Sample is one attempt.
type Sample struct {
	At        time.Time
	Broker    int32 // that it belongs to: the leader when it was sent; the home of the partition where that has no leader
	Home      int32 // the broker whose partition was used
	Partition int32 // -1: none
	Outcome   Outcome
	Stage     Stage  // of what is no good: how far it came
	Err       string // of what is no good
	Retries   int    // tries after the first; they are part of the attempt, as a client makes it
	Ticks     int    // how many attempts it stands for: those that fell due while it waited have its outcome

	took [numStages]time.Duration // 0: not measured
}

// Took returns how long a stage took. measured is false where the attempt had no such stage.
func (s *Sample) Took(stage Stage) (d time.Duration, measured bool) {
	return s.took[stage], s.took[stage] > 0
}

// mark notes how long a stage took. No stage takes no time, however coarse the clock.
func (s *Sample) mark(stage Stage, d time.Duration) { s.took[stage] = max(d, 1) }

// NewSample is a sample as if it had been measured, for whoever shows samples.
func NewSample(broker int32, outcome Outcome, took map[Stage]time.Duration) Sample {
	s := Sample{Broker: broker, Home: broker, Outcome: outcome, Ticks: 1}
	for stage, d := range took {
		s.mark(stage, d)
	}
	return s
}
