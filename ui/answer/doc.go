// Package answer writes what nodes answered as text for people: messages field by field, the fields in which two of them
// differ, the bytes beside the fields that they belong to, and where the time went. The command line and the console use
// it, so that both say the same. It shows no secret, and what a node sent can harm no terminal: every text passes
// [cell.Safe].
//
// Start reading at Printer.
package answer
