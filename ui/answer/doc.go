// Package answer writes what nodes answered as text for people: messages field by field, what two of them have
// otherwise, the bytes beside the fields that they are, and where the time went. The command line and the console show
// answers by it, so that both say the same. It shows no secret, and what a node sent can harm no terminal: every text
// passes [cell.Safe].
//
// Start reading at Printer.
package answer
