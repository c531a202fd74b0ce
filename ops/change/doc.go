// Package change is the one door through which kdeck changes a cluster. Every change passes the same checks in the same
// order: the typed phrase, the cap on the class, the cluster's id on the very connection that the change goes over, the
// journal on disk; then it is sent, and what came back is written to the journal too.
//
// It must never send anything that isn't in the journal, send to a cluster other than the one that was meant, write a
// secret down, wait for a broker that is dead, or repeat a change whose first try took effect.
//
// Start reading at [Open], then [Door.AlterPartitionReassignments].
package change
