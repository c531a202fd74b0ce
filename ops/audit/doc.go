// Package audit reads from the journals of this machine what kdeck did to clusters: which actions there were, by whom, what came of
// them, and what takes them back.
//
// It reads files and nothing else: it opens no connection, and it writes nothing.
//
// Start reading at [Reader.Read]; book.go puts the lines of a journal together to actions, words.go says in words what a request
// changes.
package audit
