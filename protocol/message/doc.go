// Package message knows Kafka's messages as Kafka defines them: every request and response of every API, with the
// names, types, version ranges, nullability and defaults of Kafka's own definitions. It decodes and encodes them,
// and writes and reads them as the JSON that a broker's request log holds.
//
// It is independent of the client library's encoder, so that the two check each other. It opens no connection, asks
// no clock, decides nothing about safety, and never panics or allocates beyond a small multiple of its input on what
// a node or a person gives it.
//
// Start reading at [Field] and [Message]; table.go is generated.
package message

// The table comes from the definitions inside Kafka's client jars (Apache License 2.0): facts about fields, none of
// the texts.
//go:generate go run ./generate
