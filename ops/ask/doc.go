// Package ask sends one request of the protocol to chosen nodes, each on a connection of its own, and keeps what each
// of them answered. It knows which node a word means, which version all of them serve, and which request must not go to
// which node. A node that is gone, slow or lying costs its own reply and nothing else. All answers together are bounded in
// memory; the node whose answer doesn't fit any more has an error that says so.
//
// It must never send anything that was refused here, never follow an answer to another node, and never change a
// cluster: what changes something is sent by package change alone.
//
// Start reading at [ParseTargets] for the words, and at [Open] for the asking.
package ask
