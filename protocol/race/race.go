// Package race tells tests whether the race detector is on, as internal/race of the standard library does. It makes Go code about
// eight times slower.
//
// A test whose name begins with TestGrid tries every combination of what it lists. Under the race detector it tries a part of them,
// in which each member of each list is still found. The target test of the Makefile runs it once more, whole, without the race
// detector.
package race

// Part tells whether to try the combination of member i of a list with member j of a list of n. Under the race detector that is
// one j for each i, and another one for the next i; else it is each j.
func Part(i, j, n int) bool { return !Enabled || (i+j)%n == 0 }
