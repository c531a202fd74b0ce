package sim

import (
	"errors"
	"net"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// waitingFrames is how many requests a connection takes in while an earlier one is being answered: what a socket's buffers
// would hold.
const waitingFrames = 64

// session is one client's connection to one node.
type session struct {
	c       *Cluster
	n       *node
	conn    net.Conn
	gone    <-chan struct{} // closed when the client can't be read any more
	backend *backendConn    // nil until a request needs it
	out     []byte
}

// errClose is what a handler returns to have the connection closed without an answer.
var errClose = errors.New("close the connection")

// serve answers the requests of a connection.
func (c *Cluster) serve(n *node, conn net.Conn) {
	s := &session{c: c, n: n, conn: conn}
	defer func() {
		if s.backend != nil {
			s.backend.close()
		}
	}()
	answerInOrder(conn, waitingFrames, func() ([]byte, error) { return readFrame(conn, leastRequest) }, func(gone <-chan struct{}, frame []byte) error {
		s.gone = gone
		return s.exchange(frame)
	})
}

// answerInOrder reads requests from a connection and answers one after the other, until either side closes the connection
// or an answer fails. It reads ahead while a request is being answered, up to the given number of requests. gone is closed
// when the client can't be read any more.
func answerInOrder[Request any](conn net.Conn, ahead int, read func() (Request, error), answer func(gone <-chan struct{}, r Request) error) {
	requests := make(chan Request, ahead)
	gone, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(gone)
		for {
			r, err := read()
			if err != nil {
				conn.Close()
				return
			}
			select {
			case requests <- r:
			case <-stopped:
				return
			}
		}
	}()
	defer func() {
		close(stopped)
		conn.Close()
		<-gone
	}()
	for {
		select {
		case r := <-requests:
			if answer(gone, r) != nil {
				return
			}
		case <-gone:
			return
		}
	}
}

// exchange answers one request.
func (s *session) exchange(frame []byte) error {
	if err := s.n.awaitResume(s.gone); err != nil {
		return err
	}
	req, err := parseRequest(frame, s.c.served(s.n))
	if errors.Is(err, errUnsupportedApiVersions) {
		s.c.count(s.n.id, req.key)
		return s.write(req.correlation, unsupportedApiVersions(s.c.served(s.n)))
	}
	if err != nil {
		return err
	}
	s.c.count(s.n.id, req.key)
	if turn, ok := s.n.nextGarbage(); ok {
		return s.writeGarbage(req, turn)
	}
	resp, err := s.c.handle(s, req)
	if err != nil {
		return err
	}
	if resp == nil { // acks=0: the producer expects no answer
		return nil
	}
	if err := s.n.awaitDelay(s.gone); err != nil {
		return err
	}
	if err := s.n.awaitResume(s.gone); err != nil { // it may have fallen silent over the answer
		return err
	}
	return s.write(req.correlation, resp)
}

func (s *session) write(correlation int32, resp kmsg.Response) error {
	s.out = appendFrame(s.out[:0], correlation, resp)
	_, err := s.conn.Write(s.out)
	if cap(s.out) > 1<<20 { // a whole cluster's metadata: not kept for every connection
		s.out = nil
	}
	return err
}

// writeGarbage answers as a broken node, or something that isn't Kafka, might. The way depends on turn.
func (s *session) writeGarbage(req request, turn int) error {
	var frame []byte
	switch turn % 4 {
	case 0: // the right header, then bytes that mean nothing
		frame = appendFrame(nil, req.correlation, kmsg.NewPtrHeartbeatResponse())
		frame = append(frame, 0xff, 0xff, 0xff, 0xff, 0x7f, 0xfe, 0xdc, 0xba)
		frame[3] = byte(len(frame) - 4)
	case 1: // the answer to another request
		frame = appendFrame(nil, req.correlation+1000, kmsg.NewPtrApiVersionsResponse())
	case 2: // a frame that claims two gigabytes
		frame = []byte{0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0}
	case 3:
		frame = []byte("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
	}
	if _, err := s.conn.Write(frame); err != nil {
		return err
	}
	if turn%4 > 1 {
		return errClose
	}
	return nil
}
