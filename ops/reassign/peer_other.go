//go:build !linux

package reassign

import "net"

// checkPeer leaves it to the mode of the socket and of its directory, which only their owner can open.
func checkPeer(*net.UnixConn) error { return nil }
