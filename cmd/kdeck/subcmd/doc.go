// Package subcmd is the command line of kdeck, one file a command: flags fill an options struct, a run function asks ops, and
// a renderer writes the answer to Out as a table, JSON or YAML. Words about the answer go to Err. A command that changes a
// cluster gives the change as an action, so that the console's palette can carry it out too.
//
// It must not know Kafka: it asks ops for facts and plans, and prints them. Start reading at Execute, then status.go, then
// action.go.
package subcmd
