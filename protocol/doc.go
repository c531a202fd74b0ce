// Package protocol speaks Kafka's protocol to one node: it dials, encrypts, authenticates, writes one request
// and reads one answer, and says what went wrong when there is none. It knows every request there is: what it is
// for, who answers it, how far it reaches, and what it would do as it is filled in.
//
// It is not a client. It never follows an answer to another node, never renegotiates the version that a request
// carries, never retries and never hides what came back: what one node says of itself is taken from that node
// alone. It decides nothing about safety either, but it knows what a request would do: see [Classify] and [EffectOf].
//
// It must never panic, hang or exhaust memory on what a node sends: every length is checked against the bytes
// that are there before anything is allocated for it, and every wait ends with its context. It must never show a
// secret: what a message holds is shown through package message, which hides them.
//
// Start reading at [Dial] and [Conn.Exchange] for the transport, at [APIs] for the catalog, and in package message
// for the messages themselves.
package protocol
