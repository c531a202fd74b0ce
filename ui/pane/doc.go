// Package pane says what a pane of the console is (Pane, Scene, Effect), and holds the parts that panes are made of. Each pane
// is a package under this one. No pane imports another.
//
// A pane gets what is known (See), its size (Arrange) and its keys (Bindings), and draws into an area. It is no tea.Model: it
// does no I/O and reads no clock, and Draw changes nothing. It returns Effects, which the console carries out.
//
// Start reading at Pane, Effect and List, then package moves, which is no more than a List.
package pane
