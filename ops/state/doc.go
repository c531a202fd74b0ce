// Package state holds what is known of a cluster: readings with their source and age, the columnar
// Snapshot, findings, and State, the immutable value that every screen and every answer is made from.
//
// It is pure: it opens nothing, asks nobody, and never reads the clock; time comes in with the data.
// Values are built once and never changed afterwards, so that they may be shared between goroutines.
//
// Start reading at Reading (what "unknown" means here), then Snapshot, then State.
package state
