// Package history remembers what changed in a cluster from one State to the next, and how its figures went: so that a
// screen can say "broker 7 left the ISR of 41 partitions" and draw the last half hour of a client's bytes.
//
// A [Recorder] takes every State in, in the goroutine that makes them, and hands out a [History] for each. A History never
// changes, so it is read without a lock while the next one is made. The memory of both is bounded.
//
// It is pure: it asks nobody and never reads the clock. It judges nothing: whether a figure is bad is for health to say.
//
// Start reading at [Recorder.Add]; change.go is what changed, trend.go how figures went, bucket.go which clients' figures
// are kept where there are too many.
package history
