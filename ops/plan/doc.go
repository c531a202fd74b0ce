// Package plan stands between what an operator asks for, the planner and the file that a plan is kept in: the words of a
// stage, the snapshot as the planner's input, the planner's answer as a plan, plan files that Kafka's own tool reads and
// writes too, and what a plan costs in bytes and time.
//
// It must never send anything, read the clock, or give a replica to a broker that may not receive one.
//
// Start reading at [Parse] (words to stages, each of which has a file of its own), [Make] (stages to a plan), [Read] (a file
// to a plan), [Judge] (what is wrong with a plan, whoever made it) and [Traffic] (what it copies, and in which order).
package plan
