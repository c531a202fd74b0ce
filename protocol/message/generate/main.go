// Command generate writes protocol/message/table.go: Kafka's message definitions, out of the client jars of two
// releases, with the names that the client library gives the same fields as aliases.
//
// Start reading at main; the order of the work is the order of the calls there.
package main

import (
	"log"
	"os"
)

// releases are the Kafka releases whose definitions are laid over each other: the newest one leads, the other has the
// versions and messages that were removed since.
var releases = struct{ newest, before string }{"4.4.0", "3.9.2"}

func main() {
	log.SetFlags(0)
	newest, err := definitions(releases.newest)
	if err != nil {
		log.Fatal(err)
	}
	before, err := definitions(releases.before)
	if err != nil {
		log.Fatal(err)
	}
	apis, err := overlay(newest, before)
	if err != nil {
		log.Fatal(err)
	}
	for i := range apis {
		alias(&apis[i])
	}
	source, err := render(apis)
	if err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile("table.go", source, 0o644); err != nil {
		log.Fatal(err)
	}
}
