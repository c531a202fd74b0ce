package state

import "cmp"

// Calm is how long something must last before it makes a verdict, and how long it must be gone before it no longer does. 0 stands for the default.
type Calm struct {
	// OutOfSync is at how many looks running single partitions miss a replica that is alive before they count: 4, or 15 s. Alerts in public use wait 10 s
	// (Strimzi), 1 minute (Confluent) or 5 minutes (Grafana) for under-replicated partitions; who waits less is called for a follower that was slow once.
	OutOfSync int
	// Well is for how many looks running a finding must be gone before it no longer counts: 2.
	Well int
	// Busy is at how many polls running threads must be short of time before they count: 3, or 10 s.
	Busy int
}

// Defaults of [Calm], and the most of each.
const (
	OutOfSyncLooks = 4
	WellLooks      = 2
	BusyPolls      = 3
	MostLooks      = 100
)

// OrDefaults fills in the defaults.
func (c Calm) OrDefaults() Calm {
	return Calm{cmp.Or(c.OutOfSync, OutOfSyncLooks), cmp.Or(c.Well, WellLooks), cmp.Or(c.Busy, BusyPolls)}
}
