// Package files opens the files that kdeck reads and those that it keeps. What is read has a bound, and can't make kdeck wait; what is
// kept is the user's own, so that nobody else on the machine can choose what kdeck reads from it or writes to.
package files
