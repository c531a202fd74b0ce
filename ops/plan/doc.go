// Package plan stands between what an operator asks for, the planner and the file that a plan is kept in: the words of a
// stage, the snapshot as the planner's input, the planner's answer as a plan, plan files that Kafka's own tool reads and
// writes too, and what a plan costs in bytes and time.
//
// It must never send anything, read the clock, or give a replica to a broker that may not receive one.
//
// Start reading at [Parse] (words to stages), [Make] (stages to a plan) and [Read] (a file to a plan).
package plan
