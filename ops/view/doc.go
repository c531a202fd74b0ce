// Package view defines how a state is shown: the columns of each kind of row, the text of a cell, the order of rows, the words that
// filter them, and their names in JSON and CSV. Panes, tables and files all use it, so that the same thing has the same name
// everywhere.
//
// It is pure: it draws nothing, opens nothing and never reads the clock. Names come out as the broker sent them;
// whoever writes them to a terminal makes them safe first.
//
// Start reading at Column, then Brokers and Partitions.
package view
