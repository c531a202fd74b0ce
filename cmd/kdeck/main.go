// Command kdeck is the deck from which an on-call SRE runs Apache Kafka.
package main

import (
	"context"
	"os"

	"kdeck/cmd/kdeck/subcmd"
)

var version = "dev" // stamped by the linker

func main() {
	limitMemory()
	os.Exit(subcmd.Execute(context.Background(), subcmd.Process(version), os.Args[1:]))
}
