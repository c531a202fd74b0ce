// Package reassign carries out plans: it submits reassignments a few at a time, watches them arrive, keeps replication
// throttled meanwhile and puts back what it found, elects the preferred leaders, and proves that a drained broker is empty.
// It is made to be interrupted at any moment, by its user, by an error or by kill -9, and to be run again afterwards.
//
// It must never lift a throttle while a move that it submitted is in flight, touch a reassignment or a throttle of others,
// submit a partition that isn't as the plan found it, or wait for a broker that is dead.
//
// What makes that so: a ledger on disk (ledger.go) says what was set on top of what, and is written before each thing that
// it tells of; the controller's own list of reassignments, never a broker's metadata, says what is in flight.
//
// Start reading at [Executor.Run].
package reassign
