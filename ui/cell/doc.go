// Package cell holds what the screen is made of: a grid of cells, each a rune and a style, areas of it that clip
// what is written into them, and themes that turn styles into escape sequences.
//
// Every string that enters a grid passes Area.Text, which makes it safe: what could move the cursor, change a
// colour, join its neighbour or have a width that terminals disagree about is written out as an escape (\x1b,
// \u0301). So nothing that a broker sends can leave its column. The command line's tables use the same by Safe.
//
// A style says what a cell means, never how it looks: severity is told by glyph and word first, by colour second.
//
// Start reading at Grid and Area, then Style and Theme.
package cell
