// Package change is the only way by which kdeck changes a cluster. Every change passes the same checks in the same order: the
// typed phrase, the cap on the class, the cluster's id on the connection that the change is sent over, and the journal on
// disk. Then it is sent, and the answer is written to the journal too.
//
// It must never send anything that isn't in the journal, send to another cluster than the one that was meant, write down a
// secret, wait for a dead broker, repeat a change whose first try took effect, or hide with an error what did take effect.
//
// Start reading at [Open], then [Door.AlterPartitionReassignments].
package change
