// Package ask sends one request of the protocol to chosen nodes, each on a connection of its own, and keeps what each
// of them answered: it knows which node a word means, which version all of them serve, and what must not be sent to
// whom. A node that is gone, slow or lying costs its own reply and nothing else.
//
// It must never send anything that was refused here, never follow an answer to another node, and never change a
// cluster: what changes something is sent by package change alone.
//
// Start reading at [ParseTargets] for the words, and at [Open] for the asking.
package ask
