// Package transactions reads who writes to a cluster: the producers that the leaders of partitions know, the transactions that
// coordinators know, and what open ones hold up (KIP-664). Leaders and coordinators are asked by as few requests as hold all of
// it, each broker at its own pace.
//
// It must never take a transaction that it couldn't look up for one that is lost, or change anything.
//
// Start reading at [Read].
package transactions
