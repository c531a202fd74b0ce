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

// conduct is how a node treats those who connect to it.
type conduct int

const (
	answers conduct = iota
	refuses         // nothing listens: a connection is refused
	silent          // connections are accepted, requests are never answered
	babbles         // answers are nonsense
)

// node is one listener, a broker's or a controller's, and its connections. It outlives the stops of its process.
type node struct {
	id         int32
	controller bool
	address    string
	network    network
	serve      func(net.Conn) // gets every connection and returns when it is done with it
	exporter   *node          // of the broker's metrics, nil without

	mu       sync.Mutex
	listener net.Listener // nil while it refuses
	conns    map[net.Conn]struct{}
	conduct  conduct
	resumed  chan struct{} // closed when the node is no longer silent
	delay    time.Duration
	nonsense int // answers of it so far
	closed   bool
	running  sync.WaitGroup // the accept loop and the connections
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

// setConduct changes how the node treats its clients. One that refuses drops the connections it has. The exporter is of the
// same process.
func (n *node) setConduct(c conduct) error {
	if n.exporter != nil {
		same := c
		if c == babbles { // Kafka's protocol alone
			same = answers
		}
		if err := n.exporter.setConduct(same); err != nil {
			return err
		}
	}
	n.mu.Lock()
	if n.conduct == silent && c != silent {
		close(n.resumed)
	}
	if c == silent && n.conduct != silent {
		n.resumed = make(chan struct{})
	}
	n.conduct = c
	n.mu.Unlock()
	if c == refuses {
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
	if n.conduct == silent {
		close(n.resumed)
		n.conduct = refuses
	}
	n.closed = true
	n.mu.Unlock()
	n.hangUp()
	n.running.Wait()
}

var errHungUp = errors.New("connection closed")

// awaitVoice blocks while the node is silent.
func (n *node) awaitVoice(gone <-chan struct{}) error {
	n.mu.Lock()
	resumed, hush := n.resumed, n.conduct == silent
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

// awaitTurn blocks for as long as the node's answers are delayed.
func (n *node) awaitTurn(gone <-chan struct{}) error {
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

// babble returns how many nonsense answers came before this one, if the node babbles.
func (n *node) babble() (int, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.conduct != babbles {
		return 0, false
	}
	n.nonsense++
	return n.nonsense - 1, true
}
