package protocol

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	defs "kdeck/protocol/message"
)

// Conn is a connection to one node, ready for requests. One exchange at a time: a second one waits for the
// first. After a failure that leaves the stream in doubt every later exchange fails.
type Conn struct {
	addr    string
	options Options

	mu          sync.Mutex
	nc          net.Conn
	in          *bufio.Reader
	correlation int32
	broken      bool
	making      Timing // of the connection
	made        bool   // making was told with an exchange
	expires     time.Time
	versions    *kmsg.ApiVersionsResponse
	asked       Timing // of the exchange that versions came from; the stages of making the connection are zero
	traffic     Traffic
	certificate Certificate // zero without TLS
}

// Traffic is what went over a connection since it was dialed, TLS not counted.
type Traffic struct {
	Requests int64
	Sent     int64 // bytes
	Received int64 // bytes
}

// Request is what a node is sent: a request of the client library, or a [defs.Message], which goes out with the bytes
// that Kafka's definitions make of it.
type Request interface {
	Key() int16
	GetVersion() int16
	IsFlexible() bool
	AppendTo([]byte) []byte // the body
}

// Answer is what one node answered to one request.
type Answer struct {
	API           *API
	Version       int16 // of the request
	CorrelationID int32
	HeaderTags    []defs.Tag // tagged fields of the answer's header; none are defined today
	RequestBytes  []byte     // the frame that was sent, with its length; may hold credentials
	ResponseBytes []byte     // the frame that came back, without its length; nil for Produce with acks=0, which isn't answered
	ResponseSize  int        // the length of ResponseBytes, also where they were dropped
	Timing        Timing

	// Response is the answer to a request of the client library. That to a Message is had with Decode.
	Response kmsg.Response
}

// Addr returns the address that was dialed, as it was named.
func (c *Conn) Addr() string { return c.addr }

// Expires returns when the node ends the connection's SASL session unless it authenticates again
// (KIP-368), or the zero time where it set no end.
func (c *Conn) Expires() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.expires
}

// Traffic returns what went over the connection so far.
func (c *Conn) Traffic() Traffic {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.traffic
}

// Usable reports whether another exchange may succeed: nothing failed that leaves the stream in doubt.
func (c *Conn) Usable() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.broken
}

// Making returns where the time went while the connection was made; the stages of an exchange are zero.
func (c *Conn) Making() Timing {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.making
}

// VersionsTiming returns where the time of the latest exchange of ApiVersions went; the stages of making the connection are zero, and so is all of it
// where there was none.
func (c *Conn) VersionsTiming() Timing {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.asked
}

// Close ends the connection.
func (c *Conn) Close() error { return c.nc.Close() }

// Exchange sends a request in the version that is set in it, exactly, and returns the node's answer. An error
// code inside the answer is the answer: it is no error here. Errors are [*Error]; a context that ends while
// the exchange is under way makes the connection unusable. An answer that doesn't decode comes back too, with its
// bytes and without Response.
func (c *Conn) Exchange(ctx context.Context, req Request) (*Answer, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.exchange(ctx, req)
}

func (c *Conn) exchange(ctx context.Context, req Request) (*Answer, error) {
	tried := fmt.Sprintf("%s v%d", nameOf(req.Key()), req.GetVersion())
	if c.broken {
		return nil, &Error{Addr: c.addr, Tried: tried, Cause: ClosedWithoutAnswer, Detail: errBroken.Error(), Err: errBroken}
	}
	if err := ctx.Err(); err != nil {
		return nil, ioError(ctx, c.addr, tried, err)
	}
	c.broken = true // until the answer is whole
	// A deadline in the past wakes the read or write that is under way. It is set through the context and not
	// from a clock, so that virtual time works.
	stop := context.AfterFunc(ctx, func() { c.nc.SetDeadline(time.Unix(1, 0)) })
	answer, err := c.roundTrip(req)
	ended := !stop()
	if err != nil {
		c.nc.Close()
		return nil, ioError(ctx, c.addr, tried, err)
	}
	if answer.ResponseBytes != nil {
		if _, ok := req.(*defs.Message); !ok {
			defer c.options.Decoding.Free(int64(cap(answer.ResponseBytes)))
		}
		if err := answer.open(req); err != nil {
			c.nc.Close()
			return answer, ioError(context.Background(), c.addr, tried, err)
		}
	}
	c.broken = ended // the deadline may still be on its way
	if !c.made {
		t := answer.Timing
		answer.Timing = c.making
		answer.Timing.Write, answer.Timing.Wait, answer.Timing.Read = t.Write, t.Wait, t.Read
		c.made = true
	}
	return answer, nil
}

func (c *Conn) roundTrip(req Request) (*Answer, error) {
	now := c.options.Now
	api, known := APIByKey(req.Key())
	if !known {
		return nil, fmt.Errorf("there is no API with the key %d", req.Key())
	}
	a := &Answer{API: api, Version: req.GetVersion(), CorrelationID: c.correlation}
	a.RequestBytes = appendRequest(nil, req, c.correlation, c.options.ClientID)
	c.correlation++
	started := now()
	n, err := c.nc.Write(a.RequestBytes)
	c.traffic.Requests++
	c.traffic.Sent += int64(n)
	if err != nil {
		return nil, err
	}
	written := now()
	a.Timing.Write = written.Sub(started)
	if !answered(req) {
		return a, nil
	}
	if _, err := c.in.Peek(1); err != nil {
		return nil, err
	}
	first := now()
	a.Timing.Wait = first.Sub(written)
	memory := c.options.Decoding
	if _, ok := req.(*defs.Message); ok {
		memory = c.options.Memory
	}
	frame, err := readFrame(c.in, c.options.MaxFrame, memory)
	if err != nil {
		return nil, err
	}
	c.traffic.Received += int64(4 + len(frame))
	a.Timing.Read = now().Sub(first)
	a.ResponseBytes, a.ResponseSize = frame, len(frame)
	return a, nil
}

// answered reports whether a node answers a request: it doesn't answer Produce with acks=0.
func answered(req Request) bool {
	switch r := req.(type) {
	case *kmsg.ProduceRequest:
		return r.Acks != 0
	case *defs.Message:
		return r.API.Key != keyProduce || number(r.Root, "acks", 0) != 0
	}
	return true
}
