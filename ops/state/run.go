package state

import "time"

// RunState is what a run does.
type RunState string

// The states of a run.
const (
	RunRunning  RunState = "running"
	RunPaused   RunState = "paused"   // nothing more is submitted for now; Why says who or what paused it
	RunStopping RunState = "stopping" // what is in flight finishes, and nothing more is submitted
	RunOrphaned RunState = "orphaned" // its process is gone, and what it left in flight goes on without it
)

// Run is a plan that is being carried out from this machine: as its process tells or, where that is gone, as it told last.
type Run struct {
	ID        string
	ClusterID string
	Stages    []string // of the plan; none of a plan that another tool made
	StartedAt time.Time
	By        string // the user who started it
	PID       int    // of its process

	State  RunState
	Why    string // of a run that is paused, or whose moves don't get on
	ToldAt time.Time

	// Partitions. Those that are neither done, in flight nor skipped wait.
	Moves, Done, InFlight, Skipped int

	BytesDone, Bytes *int64   // copied, and to be copied in all; nil: unknown
	Rate             *float64 // bytes a second over the last minute; nil: unknown
	Left             *TimeLeft

	Throttle *int64 // bytes a second into and out of each broker; nil: none
	Auto     bool   // the run chooses Throttle itself
	AtOnce   int    // most partitions in flight; 0: as many as the brokers bear

	Flying []RunMove // those in flight, the one with the most bytes left first
	Queue  []RunMove // the first of those that wait, in the order in which they are submitted
}

// Waiting is how many partitions wait to be submitted.
func (r *Run) Waiting() int { return max(0, r.Moves-r.Done-r.InFlight-r.Skipped) }

// TimeLeft is a guess of the time that a run still takes, in seconds.
type TimeLeft struct {
	Low, High float64
}

// RunMove is a partition of a run that is in flight or waits.
type RunMove struct {
	Topic     string
	Partition int32
	From, To  []int32
	BytesDone *int64   // nil: unknown
	Bytes     *int64   // nil: unknown
	Rate      *float64 // bytes a second; nil: unknown
	Why       string   // why it makes no progress, or waits; "": it makes progress, as far as is known, or waits with the whole run
}
