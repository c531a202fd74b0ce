// Package assigner plans where the replicas of a Kafka cluster go. Its input is the present cluster and a list of demands. Its
// output is the partitions that change, with no more data moved than the demands need, and a proof of that.
//
// It is pure: no files, no network, no clock and no randomness. The same input gives the same plan to the byte, and planning
// again after a plan was carried out moves nothing. It never returns half a plan: a demand that can't be met is an error that
// says why.
//
// Start reading at Solve. Each demand has a file of its own (drain.go, …). All demands become one problem (problem.go): the
// partitions to place, what each may do, and the order of the goals (priorities.go). Package flow solves it exactly. Its prices
// are the proof (proof.go), by which Check checks any change of replica lists, whichever planner made it. Leaders are checked
// without a proof, by the transfers that are possible between brokers (check_leaders.go). What is no flow problem comes
// afterwards and keeps what was reached: level bytes (balance_bytes.go), and the order of the lists (order.go, leaders.go).
package assigner
