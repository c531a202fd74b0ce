// Package table is the console's table. It works on an index of ints over rows that it never copies: filtering and
// sorting make a new index, and the cursor, the top of the window and the marks follow the identity of their rows
// through every refresh and sort. Column widths only ever grow until the window changes, so that numbers that change
// in width don't move the screen.
//
// Everything that decides what is shown happens in Set, Apply, the movements and Arrange; Draw changes nothing.
// It reads no clock and does no I/O; what takes long comes back as a function to be run elsewhere.
//
// Start reading at Table, then Order.
package table
