// Package flow solves the one min-cost flow that planning needs: items (partitions) take bins (brokers) that stand in
// groups (racks), as the network
//
//	source →(need) item →(floor..cap) (item, group) →(0..1, cost) bin →(convex cost of its load) sink
//
// The answer is integral and exact. Nothing here knows about Kafka, brokers or time, and nothing is random: the same
// problem gives the same answer.
//
// The arcs between items and bins are never materialised. The residual network is condensed to its bins: an arc from
// bin a to bin b stands for all items that could give up a for b, of which only how many there are at each price is kept
// (see exchange). Shortest paths therefore cost O(bins²), whatever the number of items, and memory is linear in the
// number of places.
//
// Items may belong to families (topics) whose load in every bin has a price of its own: a node between the items of a family
// and each bin. Those nodes are searched as they are (see families), which takes time that grows with families times bins.
//
// Start reading at Problem, then Solve.
package flow
