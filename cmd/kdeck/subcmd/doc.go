// Package subcmd is the command line of kdeck: one file a verb, each of them flags into an options struct into a run
// function. What a verb answers goes to Out, as a table, JSON or YAML; words about it go to Err.
//
// It must not know Kafka: it asks ops for facts and plans, and prints them. Start reading at Execute, then status.go.
package subcmd
