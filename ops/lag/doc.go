// Package lag says how far consumer groups are behind and whether they get on: lag in records and in time, rates, a forecast, and the
// status by the rules of Burrow (LinkedIn's monitor of consumers), with the sentence that says why.
//
// Lag in time is the age of the oldest record that a group hasn't committed. Kafka tells no such thing, so [Ends] keeps what was seen of
// the ends of the logs, and interpolates. What is older than that can be asked for by [Bisection].
//
// What lag must never do: ask the clock, or send anything; give a lag below zero; or call a group stopped by a threshold.
//
// Start reading at ends.go, then status.go.
package lag
