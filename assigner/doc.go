// Package assigner plans where the replicas of a Kafka cluster go: it is given the cluster as it is and what is demanded,
// and returns the partitions that change, moving no more data than the demands need, and proof of that.
//
// It is pure: it opens nothing, asks nobody, knows no clock and no chance; the same input gives the same plan to the byte,
// and planning again on a plan that was carried out moves nothing. It never returns half a plan: what can't be met is an
// error that says why.
//
// Start reading at Solve. Each demand has a file of its own (drain.go, …); all of them become bounds and prices of one
// problem, which package flow solves exactly.
package assigner
