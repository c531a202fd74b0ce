package reassign

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"kdeck/ops/config"
	"kdeck/ops/format"
	"kdeck/ops/state"
	"kdeck/ops/view"
	"kdeck/protocol/printable"
)

const (
	maxRequestLine = 4 << 10
	maxClients     = 64
	maxBehind      = 1024             // lines that a client may be behind
	clientTimeout  = 10 * time.Second // for a client to read what it gets
	lastTimeout    = 2 * time.Second  // for all that is left when the run has ended
	idleTimeout    = time.Minute      // for a client to ask for something
	statusInterval = time.Second      // between two lines of status for those who follow
	maxName        = 100              // bytes of a name that a client gives
)

// Request is what a client asks of a run, one line of JSON.
type Request struct {
	Do       string `json:"do"`                 // status, follow, pause, continue, throttle, limit, stop or abandon
	Run      string `json:"run,omitempty"`      // the id of the run that is meant; "": whichever is on
	By       string `json:"by,omitempty"`       // who asks
	Throttle *int64 `json:"throttle,omitempty"` // bytes a second for each broker, in and out; 0: none
	Pilot    *Pilot `json:"pilot,omitempty"`    // in place of Throttle: the run chooses it within these bounds
	AtOnce   int    `json:"at_once,omitempty"`  // most partitions in flight
}

// Answer is the line that follows a request.
type Answer struct {
	OK    bool          `json:"ok"`
	Run   *view.RunJSON `json:"run,omitempty"`
	Error string        `json:"error,omitempty"`
}

// statusLine is what those who follow get each second, beside events.
type statusLine struct {
	Event string        `json:"event"` // "status"
	Time  time.Time     `json:"time"`
	Run   *view.RunJSON `json:"run"`
}

// Steerable is a run that is seen and steered from outside: an [Executor].
type Steerable interface {
	Status() state.Run
	Pause(by string)
	Continue(by string)
	SetRate(rate int64, by string) error
	SetPilot(bounds Pilot, by string) error
	SetMoves(n int, by string) error
	StopBy(by string)
	AbandonBy(by string)
}

// Server lets other processes of the user see and steer a run. It never keeps the run waiting: a client that doesn't read is dropped.
type Server struct {
	run    Steerable
	mask   *config.Mask // of what nodes say; nil: nothing is hidden
	l      *net.UnixListener
	remove func()
	over   chan struct{}
	wg     sync.WaitGroup

	mu      sync.Mutex
	clients map[*client]bool
	closed  bool
}

// client is one connection.
type client struct {
	conn    *net.UnixConn
	lines   chan []byte // to be written
	follows bool        // guarded by the server's mu
}

// Serve serves a run on its cluster's socket until Close. The caller holds the cluster's lock.
func Serve(stateDir, clusterID string, run Steerable, mask *config.Mask) (*Server, error) {
	l, remove, err := listen(stateDir, clusterID)
	if err != nil {
		return nil, err
	}
	s := &Server{run: run, mask: mask, l: l, remove: remove, over: make(chan struct{}), clients: map[*client]bool{}}
	s.wg.Go(s.accept)
	s.wg.Go(s.tick)
	return s, nil
}

// Close ends it, once. Clients still get what was told before.
func (s *Server) Close() {
	if s == nil {
		return
	}
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return
	}
	s.closed = true
	close(s.over)
	s.remove()
	for c := range s.clients {
		close(c.lines) // its writer writes what is left, and ends it
		delete(s.clients, c)
		late := time.AfterFunc(lastTimeout, func() { c.conn.Close() })
		defer late.Stop()
	}
	s.mu.Unlock()
	s.wg.Wait()
}

func (s *Server) accept() {
	for {
		conn, err := s.l.AcceptUnix()
		select {
		case <-s.over:
			if err == nil {
				conn.Close()
			}
			return
		default:
		}
		if err != nil { // too many open files: try again
			time.Sleep(statusInterval)
			continue
		}
		s.admit(conn)
	}
}

func (s *Server) admit(conn *net.UnixConn) {
	err := checkPeer(conn)
	c := &client{conn: conn, lines: make(chan []byte, maxBehind)}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil && len(s.clients) >= maxClients {
		err = fmt.Errorf("%s follow this run already", format.Count(maxClients, "client"))
	}
	if err != nil || s.closed {
		if err != nil {
			_ = conn.SetWriteDeadline(time.Now().Add(time.Second))
			_, _ = conn.Write(encodeLine(Answer{Error: err.Error()}))
		}
		conn.Close()
		return
	}
	s.clients[c] = true
	s.wg.Go(func() { s.write(c) })
	s.wg.Go(func() { s.read(c) })
}

// tick tells those who follow how the run is.
func (s *Server) tick() {
	t := time.NewTicker(statusInterval)
	defer t.Stop()
	for {
		select {
		case <-s.over:
			return
		case <-t.C:
			if s.followed() {
				run := s.run.Status()
				s.tell(encode(statusLine{"status", time.Now().UTC(), view.RunAnswer(&run)}))
			}
		}
	}
}

func (s *Server) followed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.clients {
		if c.follows {
			return true
		}
	}
	return false
}

// tell sends a line, without its end, to all who follow.
func (s *Server) tell(line []byte) {
	if s == nil {
		return
	}
	line = append([]byte(s.mask.Text(string(line))), '\n')
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.clients {
		if c.follows {
			s.send(c, line)
		}
	}
}

// send queues a line for a client; one that is too far behind is dropped. s.mu is held.
func (s *Server) send(c *client, line []byte) {
	select {
	case c.lines <- line:
	default:
		s.drop(c)
	}
}

// drop ends a client. s.mu is held.
func (s *Server) drop(c *client) {
	if s.clients[c] {
		delete(s.clients, c)
		close(c.lines)
		c.conn.Close()
	}
}

func (s *Server) write(c *client) {
	defer c.conn.Close()
	for line := range c.lines {
		_ = c.conn.SetWriteDeadline(time.Now().Add(clientTimeout))
		if _, err := c.conn.Write(line); err != nil {
			break
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drop(c)
}

func (s *Server) read(c *client) {
	r := bufio.NewReaderSize(c.conn, maxRequestLine)
	for {
		_ = c.conn.SetReadDeadline(time.Now().Add(idleTimeout))
		line, err := r.ReadSlice('\n')
		if err != nil {
			s.unread(c, err)
			return
		}
		var req Request
		a := Answer{}
		if err := json.Unmarshal(line, &req); err != nil {
			a.Error = "that is no request: a line of JSON was expected, such as {\"do\":\"status\"}"
		} else {
			a = s.answer(req)
		}
		s.mu.Lock()
		if s.clients[c] {
			s.send(c, []byte(s.mask.Text(string(encodeLine(a)))))
			c.follows = c.follows || a.OK && req.Do == "follow"
		}
		s.mu.Unlock()
		if a.OK && req.Do == "abandon" { // after the answer: the run ends at once, and its clients with it
			s.run.AbandonBy(nameOf(req.By))
		}
	}
}

// unread ends what a client sends. One that follows needn't ask for anything any more, but for the end of the connection.
func (s *Server) unread(c *client, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		if s.clients[c] {
			s.send(c, encodeLine(Answer{Error: fmt.Sprintf("a request has no more than %d bytes", maxRequestLine)}))
			delete(s.clients, c)
			close(c.lines)
		}
	case c.follows && isTimeout(err):
		s.wg.Go(func() { s.read(c) })
	default:
		s.drop(c)
	}
}

func isTimeout(err error) bool {
	var t net.Error
	return errors.As(err, &t) && t.Timeout()
}

// answer does what is asked.
func (s *Server) answer(req Request) Answer {
	run := s.run.Status()
	by := nameOf(req.By)
	if req.Run != "" && req.Run != run.ID {
		return Answer{Error: fmt.Sprintf("the run %s is on, not %s: nothing is changed", run.ID, nameOf(req.Run))}
	}
	var err error
	switch req.Do {
	case "status", "follow", "abandon":
	case "pause":
		s.run.Pause(by)
	case "continue":
		s.run.Continue(by)
	case "throttle":
		if req.Pilot != nil {
			err = s.run.SetPilot(*req.Pilot, by)
			break
		}
		if req.Throttle == nil {
			return Answer{Error: "a throttle in bytes a second was expected, 0 for none"}
		}
		err = s.run.SetRate(*req.Throttle, by)
	case "limit":
		err = s.run.SetMoves(req.AtOnce, by)
	case "stop":
		s.run.StopBy(by)
	default:
		return Answer{Error: fmt.Sprintf("%q can't be asked of a run: status, follow, pause, continue, throttle, limit, stop or abandon can", nameOf(req.Do))}
	}
	if err != nil {
		return Answer{Error: err.Error()}
	}
	run = s.run.Status()
	return Answer{OK: true, Run: view.RunAnswer(&run)}
}

// nameOf is a text of a client that can be shown.
func nameOf(s string) string {
	if len(s) > maxName || !printable.Text(s) {
		return "somebody"
	}
	return s
}

func encode(v any) []byte {
	line, err := printable.Marshal(v)
	if err != nil { // a figure that is no number
		line, _ = printable.Marshal(Answer{Error: err.Error()})
	}
	return line
}

func encodeLine(v any) []byte { return append(encode(v), '\n') }
