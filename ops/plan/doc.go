// Package plan turns what an operator asks for into a plan. It reads the words of stages, makes the planner's input of a
// snapshot and a plan of the planner's answer, reads and writes plan files in the format of Kafka's own tool, and works out
// what a plan costs in bytes and time.
//
// It must never send anything, read the clock, or give a replica to a broker that may not receive one.
//
// Start reading at [Parse] (words to stages, each of which has a file of its own), [Make] (stages to a plan), [Read] (a file
// to a plan), [Judge] (what is wrong with a plan, whoever made it) and [Traffic] (what it copies, and in which order).
package plan
