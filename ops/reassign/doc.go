// Package reassign carries out plans: it submits as many reassignments as the brokers bear, watches them arrive, leads them
// elsewhere when a target dies for good, keeps replication throttled and drained brokers cordoned meanwhile and puts back what it
// found, elects the preferred leaders, and proves that a drained broker is empty.
// It is made to be interrupted at any moment, by its user, by an error or by kill -9, and to be run again afterwards.
//
// It must never lift a throttle while a move that it submitted is in flight, touch a reassignment or a throttle of others,
// submit a partition that isn't as the plan found it, or wait for a broker that is dead.
//
// Two things make that so. A ledger on disk (ledger.go) lists what was changed and what was there before, and each entry is
// written before its request is sent. And what is in flight is read from the controller's own list of reassignments, never
// from a broker's metadata.
//
// Start reading at [Executor.Run]; the rules of a run have files of their own: slots.go, gate.go, disk.go, behind.go, replan.go,
// created.go, cordon.go.
package reassign
