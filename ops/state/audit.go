package state

import (
	"slices"
	"time"
)

// Audit is what kdeck did to a cluster from this machine, as its journal has it.
type Audit struct {
	Path    string   // of the journal
	Actions []Action // the latest first

	// Sent are the reassignments that may be in progress, the oldest of a partition first. Its entries never change.
	Sent map[PartitionName][]SentMove

	Damaged []string // lines that can't be read: where, and why; the first few
	Bad     int      // how many those are
	Skipped int64    // bytes of older entries that were not read
}

// PartitionName names a partition.
type PartitionName struct {
	Topic     string
	Partition int32
}

// A SentMove is a reassignment that was sent from this machine.
type SentMove struct {
	Replicas []int32 // that the partition shall have
	Run      string  // the id of the run that sent it; "": none, or the journal doesn't tell
}

// An Origin is who began a reassignment.
type Origin struct {
	Ours bool   // kdeck, from this machine
	Run  string // the id of its run; "": none, or it isn't known
}

// Began tells who began to reassign a partition to these replicas. That isn't known where what the journal tells may be too old to be read.
func (a *Audit) Began(topic string, partition int32, replicas []int32) (o Origin, known bool) {
	for _, s := range slices.Backward(a.Sent[PartitionName{topic, partition}]) {
		if slices.Equal(s.Replicas, replicas) {
			return Origin{true, s.Run}, true
		}
	}
	return Origin{}, a.Skipped == 0
}

// ActionResult is what came of an [Action] or of one of its steps.
type ActionResult string

// The results.
const (
	ActionDone    ActionResult = "done"
	ActionPartial ActionResult = "partial" // some of it was refused, or is left to be done
	ActionRefused ActionResult = "refused" // the cluster refused it
	ActionFailed  ActionResult = "failed"  // it was not taken, or an error ended it
	ActionUnknown ActionResult = "unknown" // it was sent, and no answer to it is written: it may have taken effect
	ActionOpen    ActionResult = "open"    // a run whose end isn't written: it goes on, or its process is gone
)

// Bad tells that something was not done, or that it isn't known.
func (r ActionResult) Bad() bool { return r != ActionDone && r != ActionOpen }

// An Action is what one typed phrase brought about: a change, or a run of many.
type Action struct {
	ID        string
	Run       string // id of the run; "" of what is none, and in a journal that doesn't have it
	Is        ActionKind
	Began     time.Time
	Ended     time.Time // of the latest that is written of it
	By        string    // user of this machine; "": not written
	ClusterID string
	Cluster   string // the name that stood for it: a context, or an address
	What      string // in words
	APIs      []string

	Result ActionResult
	Why    string // it wasn't done
	Undo   string // the command that takes it back, or "none: " and why there is none

	Steps   []ActionStep // the oldest first
	LeftOut int          // steps between the first and the others
}

// ActionKind tells a run from a change.
type ActionKind string

// The kinds.
const (
	ActionChange ActionKind = "change"
	ActionRun    ActionKind = "run" // of reassignments, or of cancelling them
)

// An ActionStep is a request of an [Action], or an event of its run.
type ActionStep struct {
	At     time.Time
	API    string // "" of an event
	To     string // the address that it was sent to
	Text   string
	Result ActionResult // "" of an event
	Why    string
	Undo   string
}
