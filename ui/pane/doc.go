// Package pane holds the console's panes, one a file. A pane is given what is known (See), the size that it has
// (Arrange) and the keys that are meant for it (through its Bindings); it keeps ints, identities and texts of its
// own, and draws into an area. It is no tea.Model: it does no I/O, reads no clock, and Draw changes nothing. What
// it wants done it hands back as Effects, which the console carries out.
//
// Start reading at Pane and Effect, then Partitions.
package pane
