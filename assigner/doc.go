// Package assigner plans where the replicas of a Kafka cluster go: it is given the cluster as it is and what is demanded,
// and returns the partitions that change, moving no more data than the demands need, and proof of that.
//
// It is pure: it opens nothing, asks nobody, knows no clock and no chance; the same input gives the same plan to the byte,
// and planning again on a plan that was carried out moves nothing. It never returns half a plan: what can't be met is an
// error that says why.
//
// Start reading at Solve. Each demand has a file of its own (drain.go, …). All of them become one problem (problem.go): the
// partitions to be placed, what each is free to do, and what goes before what (aims.go). Package flow solves it exactly, and
// its prices are the proof (proof.go), by which Check judges any change of replica lists, whoever made it; leaders it judges by
// what brokers could hand each other (check_leaders.go), without a proof. What is no flow
// comes after and keeps what was reached: level bytes (bytes.go), and the order within the lists (arrange.go, leaders.go).
package assigner
