// Package kafka holds sessions: the connections to one cluster's nodes, over which it is read and never changed.
//
// A session asks the node that it is told to ask, on that node's own connection, and returns what that node
// said; it follows no answer to another node. It refuses every request that isn't read-only before anything is
// sent. Requests to each node are counted and kept within a budget: the observer is part of the load.
//
// Start reading at [Open] and [Session.Ask].
package kafka
