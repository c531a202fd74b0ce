// Package ui is kdeck's console: the frame, the focus, the keys, the palette, and the loop that turns States and
// keys into screens. What is shown in the middle is package pane's; where it lies is layout's; what a cell is, cell's.
//
// It never asks a cluster anything and never changes one: States come from a States, commands go to a Commands, both
// supplied by the command line. Update does no I/O, View changes nothing, and nothing reads a clock: now is the time
// of the State and the ticks that have come since.
//
// Start reading at Run, then app.
package ui
