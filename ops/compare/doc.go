// Package compare asks every broker for its own view of the same thing, each on a connection of its own, and says where the views
// differ and don't come to agree.
//
// A change of a cluster reaches its brokers at different times, so that two views may differ without anything being wrong. Brokers are
// therefore asked in several looks, one after the other, and what they say is put in the order of the changes:
//
//   - A leader epoch only grows (KIP-101). A broker that in the last look still has a lower one than another had in the first is behind.
//   - What has no epoch (an ISR, replicas, a topic that is there or not) counts only where two brokers differed in the same way in all of
//     [Looks] looks. To look so by chance it would have to change to and fro within seconds, and a replica that has come into an ISR stays
//     there for replica.lag.time.max.ms at least.
//   - The id of the controller in Metadata is never compared: in KRaft it is that of a random broker (KIP-590).
//
// Deciding is pure: views.go holds what brokers say, [Differences] finds where that differs, [Strays] what is on disks and belongs to
// nobody, and [Judge] what the replicas of one partition say. Asking is [Cluster] and [Partition], which only read.
//
// Start reading at [Differences], then at [Cluster].
package compare
