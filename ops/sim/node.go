package sim

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
)

// nodeMode says how a node treats the clients that connect to it.
type nodeMode int

const (
	answering nodeMode = iota
	refusing           // nothing listens: a connection is refused
	silent             // connections are accepted, requests are never answered
	garbling           // answers are garbage
)

// node is one listener, a broker's or a controller's, and its connections. It outlives the stops of its process.
type node struct {
	id         int32
	controller bool
	address    string
	network    network
	serve      func(net.Conn) // gets every connection and returns when it is done with it
	exporter   *node          // of the broker's metrics, nil without

	mu          sync.Mutex
	listener    net.Listener // nil while it refuses
	conns       map[net.Conn]struct{}
	mode        nodeMode
	resumed     chan struct{} // closed when the node is no longer silent
	delay       time.Duration
	garbageSent int // garbage answers so far
	closed      bool
	running     sync.WaitGroup // the accept loop and the connections
}

// network is the loopback's sockets or kfake's in-memory one.
type network interface {
	Listen(network, address string) (net.Listener, error)
	DialContext(ctx context.Context, network, address string) (net.Conn, error)
}

type socketNetwork struct{ net.Dialer }

func (*socketNetwork) Listen(network, address string) (net.Listener, error) {
	return net.Listen(network, address)
}

func newNetwork(virtual bool) network {
	if virtual {
		return new(kfake.VirtualNetwork)
	}
	return new(socketNetwork)
}

// open starts to listen.
func (n *node) open() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed || n.listener != nil {
		return nil
	}
	ln, err := n.network.Listen("tcp", n.address)
	if err != nil {
		return fmt.Errorf("listening on %s for node %d: %w", n.address, n.id, err)
	}
	if _, real := n.network.(*socketNetwork); real {
		n.address = ln.Addr().String()
	}
	n.listener = ln
	n.running.Add(1)
	go n.accept(ln)
	return nil
}

func (n *node) accept(ln net.Listener) {
	defer n.running.Done()
	for {
		conn, err := ln.Accept()
		if err != nil {
			return
		}
		n.mu.Lock()
		if n.listener != ln {
			n.mu.Unlock()
			conn.Close()
			return
		}
		n.conns[conn] = struct{}{}
		n.running.Add(1)
		n.mu.Unlock()
		go func() {
			defer n.running.Done()
			defer n.forget(conn)
			n.serve(conn)
		}()
	}
}

func (n *node) forget(conn net.Conn) {
	conn.Close()
	n.mu.Lock()
	delete(n.conns, conn)
	n.mu.Unlock()
}

// setMode changes how the node treats its clients. A node that refuses connections closes those that are open. The exporter
// runs in the same process and changes with it.
func (n *node) setMode(c nodeMode) error {
	if n.exporter != nil {
		same := c
		if c == garbling { // Kafka's protocol alone
			same = answering
		}
		if err := n.exporter.setMode(same); err != nil {
			return err
		}
	}
	n.mu.Lock()
	if n.mode == silent && c != silent {
		close(n.resumed)
	}
	if c == silent && n.mode != silent {
		n.resumed = make(chan struct{})
	}
	n.mode = c
	n.mu.Unlock()
	if c == refusing {
		n.hangUp()
		return nil
	}
	return n.open()
}

// hangUp stops listening and closes every connection.
func (n *node) hangUp() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.listener != nil {
		n.listener.Close()
		n.listener = nil
	}
	for conn := range n.conns {
		conn.Close()
	}
}

func (n *node) close() {
	if n.exporter != nil {
		n.exporter.close()
	}
	n.mu.Lock()
	if n.mode == silent {
		close(n.resumed)
		n.mode = refusing
	}
	n.closed = true
	n.mu.Unlock()
	n.hangUp()
	n.running.Wait()
}

var errHungUp = errors.New("connection closed")

// awaitResume blocks while the node is silent.
func (n *node) awaitResume(gone <-chan struct{}) error {
	n.mu.Lock()
	resumed, hush := n.resumed, n.mode == silent
	n.mu.Unlock()
	if hush {
		select {
		case <-resumed:
		case <-gone:
			return errHungUp
		}
	}
	return nil
}

// slow delays the node's answers from now on.
func (n *node) slow(d time.Duration) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.delay = d
}

// awaitDelay blocks for as long as the node's answers are delayed.
func (n *node) awaitDelay(gone <-chan struct{}) error {
	n.mu.Lock()
	delay := n.delay
	n.mu.Unlock()
	if delay > 0 {
		t := time.NewTimer(delay)
		defer t.Stop()
		select {
		case <-t.C:
		case <-gone:
			return errHungUp
		}
	}
	return nil
}

// nextGarbage reports whether the node answers garbage, and how many such answers it has given before.
func (n *node) nextGarbage() (int, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.mode != garbling {
		return 0, false
	}
	n.garbageSent++
	return n.garbageSent - 1, true
}
