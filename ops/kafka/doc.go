// Package kafka holds sessions: connections to one cluster's nodes, over which the cluster is read and never changed.
//
// A session sends a request to the node that the caller names and returns that node's answer. It never goes on to another node
// because of an answer. Requests that are not read-only are refused before anything is sent. Requests to each node are counted
// and kept within a budget, because the observer is part of the load.
//
// Start reading at [Open] and [Session.Ask].
package kafka
