// Package host looks at a broker from its own machine: what the threads of its JVM wait for, read from /proc and from the JVM's own counters.
//
// It reads, and changes nothing. The only thing that it does to a broker is to ask the JVM for the names of its threads, by the protocol that jcmd
// speaks (attach.go), and that can be forbidden. It names no process that isn't a broker, and sends nothing to another machine.
//
// Everything is read through a [System], so that a recorded tree of /proc, of another architecture or of a container seen from outside, can stand for
// the machine. What can't be read is told with the user who could, and the rest goes on.
//
// Start reading at [Look], then sampler.go (where a thread's time goes) and wait.go (what a call waits for). What a look means stands in ops/health.
package host
