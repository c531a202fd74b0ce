// Package pane holds what a pane of the console is (Pane, Scene, Effect), and the parts that panes are made of. Each pane is
// a package under this one; none of them imports another.
//
// A pane is given what is known (See), the size that it has (Arrange) and the keys that are meant for it (through its
// Bindings). It keeps ints, identities and texts of its own, and draws into an area. It is no tea.Model: it does no I/O,
// reads no clock, and Draw changes nothing. What it wants done it hands back as Effects, which the console carries out.
//
// Start reading at Pane and Effect, then package partitions.
package pane
