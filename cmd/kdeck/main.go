// Command kdeck is the deck from which an on-call SRE runs Apache Kafka.
package main

var version = "dev"

func main() {}
