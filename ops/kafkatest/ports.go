package kafkatest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
)

// Ports are taken from below the ephemeral range (32768 on Linux, 49152
// elsewhere): from within it, any outgoing connection of the machine may take
// the port of a broker that is down for a moment.
const (
	firstPort = 15000
	lastPort  = 31999
	blockSize = 20
)

// claimPorts returns n free ports of loopback. They come in blocks, each locked
// until release, so that clusters of test binaries that run side by side never
// take a port of each other, not even while its broker is down. A process that
// knows nothing of the locks still may: then Kafka fails to bind, and the start
// is tried again on other ports.
func claimPorts(n int) (ports []int, release func(), err error) {
	root, err := cacheDir()
	if err != nil {
		return nil, nil, err
	}
	dir := filepath.Join(root, "ports")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, nil, err
	}
	var locks []*os.File
	release = func() {
		for _, lock := range locks {
			lock.Close()
		}
	}
	for _, block := range rand.Perm((lastPort - firstPort + 1) / blockSize) {
		first := firstPort + block*blockSize
		lock, err := tryLock(filepath.Join(dir, strconv.Itoa(first)))
		if err != nil {
			release()
			return nil, nil, err
		}
		if lock == nil {
			continue
		}
		locks = append(locks, lock)
		for port := first; port < first+blockSize; port++ {
			if !bindable(port) {
				continue
			}
			if ports = append(ports, port); len(ports) == n {
				return ports, release, nil
			}
		}
	}
	release()
	return nil, nil, fmt.Errorf("only %d of %d ports are free between %d and %d", len(ports), n, firstPort, lastPort)
}

func bindable(port int) bool {
	l, err := net.Listen("tcp", loopback(port))
	if err != nil {
		return false
	}
	return l.Close() == nil
}

func loopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// errPortTaken is why a node ended when its port was in use.
var errPortTaken = errors.New("a port is in use")
