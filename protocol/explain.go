package protocol

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// probeTimeout bounds each of the at most three probes of [Explain].
const probeTimeout = time.Second

// Explain looks for the cause behind an error of [Dial] or [Conn.Exchange] that says only that the node hung up
// or kept silent, by asking harmless things on connections of its own: does it answer ApiVersions, in plaintext
// or in TLS; does it take SASL; is it an HTTP server. A Kafka broker hangs up without a word on whatever its
// listener doesn't serve (SocketServer.parseRequestHeader), so that the error alone can't tell.
//
// req is what was asked, or nil where the connection failed before. What is found replaces cause, detail and
// advice; an error that says enough, or isn't an [*Error], comes back as it is. It takes three seconds at the most.
func Explain(ctx context.Context, o Options, req Request, err error) error {
	e, ok := errors.AsType[*Error](err)
	if !ok || (e.Cause != ClosedWithoutAnswer && e.Cause != Timeout && e.Cause != TooLarge && e.Cause != Malformed) {
		return err
	}
	p := prober{ctx, o, e.Addr}
	found := p.find(req, e)
	if found == nil || ctx.Err() != nil {
		return err
	}
	found.Addr, found.Tried, found.Err = e.Addr, e.Tried, e
	return found
}

type prober struct {
	ctx  context.Context
	o    Options
	addr string
}

func (p prober) find(req Request, e *Error) *Error {
	versions, err := p.versions(p.o.TLS)
	if err == nil {
		return p.behindListener(versions, req, e)
	}
	if told := conclusive(err); told != nil {
		return told
	}
	if p.o.TLS != nil {
		if _, err := p.versions(nil); err == nil {
			return &Error{Cause: TLSNotExpected, Detail: "the listener speaks plaintext Kafka, and this connection was TLS",
				Next: "use security.protocol PLAINTEXT or SASL_PLAINTEXT there, or another port"}
		} else if told := conclusive(err); told != nil && told.Cause != TLSExpected {
			return told
		}
	} else if p.speaksTLS() {
		return &Error{Cause: TLSExpected, Detail: "the listener speaks TLS, and this connection was plaintext",
			Next: "use security.protocol SSL or SASL_SSL there, or another port"}
	}
	if p.speaksHTTP() {
		return &Error{Cause: NotKafka, Detail: "an HTTP server answered", Next: "check the port: it isn't a Kafka listener"}
	}
	return nil
}

// conclusive returns a probe's error where it says why there was no answer, or nil.
func conclusive(err error) *Error {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return nil
	}
	switch e.Cause {
	case NotKafka, TLSExpected, TLSNotExpected, UntrustedCertificate, ExpiredCertificate, HostnameMismatch, ClientCertificate:
		told := *e
		return &told
	}
	return nil
}

// behindListener explains a request that a listener hung up on although it is one of Kafka's and is spoken to in
// the right way.
func (p prober) behindListener(versions *kmsg.ApiVersionsResponse, req Request, e *Error) *Error {
	if e.Cause != ClosedWithoutAnswer || req == nil {
		return nil
	}
	name := nameOf(req.Key())
	if !strings.HasPrefix(e.Tried, name+" ") {
		return nil // it didn't come to the request
	}
	lowest, highest, served := VersionRange(versions, req.Key())
	switch v := req.GetVersion(); {
	case !served:
		return &Error{Cause: NotServed, Detail: fmt.Sprintf("the listener doesn't serve %s and hung up", name),
			Next: "a controller's listener serves other APIs than a broker's: see what it lists in ApiVersions"}
	case v < lowest || v > highest:
		return &Error{Cause: NotServed,
			Detail: fmt.Sprintf("the listener serves %s v%d to v%d, not v%d, and hung up", name, lowest, highest, v)}
	}
	if p.o.SASL == nil {
		if mechanisms, required := p.requiresSASL(); required {
			return &Error{Cause: SASLRequired, Detail: "the listener wants authentication first, by " + mechanisms,
				Next: "use security.protocol SASL_PLAINTEXT or SASL_SSL with one of these as sasl.mechanism"}
		}
	}
	return &Error{Cause: ClosedWithoutAnswer,
		Detail: fmt.Sprintf("the listener serves %s v%d and hung up on this one", name, req.GetVersion()),
		Next:   "it may hold what the node can't parse or is larger than it takes; the node's log says which"}
}

// dial connects in plaintext or in the given TLS, without SASL.
func (p prober) dial(ctx context.Context, config *tls.Config) (*Conn, error) {
	o := p.o
	o.TLS, o.SASL = config, nil
	return Dial(ctx, p.addr, o)
}

func (p prober) versions(config *tls.Config) (*kmsg.ApiVersionsResponse, error) {
	ctx, cancel := context.WithTimeout(p.ctx, probeTimeout)
	defer cancel()
	c, err := p.dial(ctx, config)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	return c.Versions(ctx)
}

// speaksTLS reports whether the listener answers a TLS handshake, whatever the answer: a certificate or an alert.
func (p prober) speaksTLS() bool {
	ctx, cancel := context.WithTimeout(p.ctx, probeTimeout)
	defer cancel()
	c, err := p.dial(ctx, &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		return strings.Contains(err.Error(), "remote error: tls:")
	}
	c.Close()
	return true
}

// speaksHTTP reports whether the listener answers a GET as an HTTP server does. Kafka takes it for a length of
// more than a gigabyte, and hangs up.
func (p prober) speaksHTTP() bool {
	ctx, cancel := context.WithTimeout(p.ctx, probeTimeout)
	defer cancel()
	c, err := p.dial(ctx, nil)
	if err != nil {
		return false
	}
	defer c.Close()
	stop := context.AfterFunc(ctx, func() { c.nc.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if _, err := io.WriteString(c.nc, "GET / HTTP/1.0\r\n\r\n"); err != nil {
		return false
	}
	first := make([]byte, 4)
	_, err = io.ReadFull(c.in, first)
	return err == nil && string(first) == "HTTP"
}

// requiresSASL asks for a mechanism that nobody has: a listener that takes SASL names those that it takes, one
// that doesn't says ILLEGAL_SASL_STATE.
func (p prober) requiresSASL() (mechanisms string, required bool) {
	ctx, cancel := context.WithTimeout(p.ctx, probeTimeout)
	defer cancel()
	c, err := p.dial(ctx, p.o.TLS)
	if err != nil {
		return "", false
	}
	defer c.Close()
	req := kmsg.NewPtrSASLHandshakeRequest()
	req.Version, req.Mechanism = 1, "NONE"
	answer, err := c.Exchange(ctx, req)
	if err != nil {
		return "", false
	}
	resp := answer.Response.(*kmsg.SASLHandshakeResponse)
	return strings.Join(resp.SupportedMechanisms, ", "), resp.ErrorCode == errUnsupportedSASL
}
