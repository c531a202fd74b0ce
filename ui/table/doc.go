// Package table is the console's table. It works on an index of ints over rows that it never copies: filtering and
// sorting make a new index, and the cursor, the top of the window and the marks follow the identity of their rows
// through every refresh and sort. Column widths only ever grow until the window changes, so that numbers that change
// in width don't move the screen.
//
// Set, the movements and Arrange decide what is shown; Draw changes nothing. The package reads no clock and does no I/O. Work
// that takes long is returned as a function, to be run elsewhere.
//
// Start reading at Table, then Order.
package table
