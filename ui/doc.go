// Package ui is kdeck's console: the header, the key line, the palette, the dialogs, and the loop that turns States and
// keys into screens. The packages under pane draw the panes, package layout places the parts of the screen, and package
// cell draws text.
//
// It never connects to a cluster. The command line gives it States to show and Commands to run. Update does no I/O, View
// changes nothing, and nothing reads a clock: the time is that of the State and of the ticks since.
//
// Start reading at Run, then app.
package ui
