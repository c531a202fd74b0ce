// Package records reads a partition's log as a broker has it: record batches by Fetch, and what is in them. It takes part in
// no group, commits nothing and takes no fetch session. Everything in an answer may be wrong: lengths, counts, checksums and
// what a batch decompresses to are checked and bounded, and what is wrong with a batch is said beside it.
//
// It must never hold contents that weren't asked for, or show them.
//
// Start reading at [Parse], then [Log.Read].
package records
