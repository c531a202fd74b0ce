package protocol

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
)

// Cause is what most likely kept a request from being answered.
type Cause uint8

// The causes. Unknown is everything that fits none of them.
const (
	Unknown              Cause = iota
	Canceled                   // the caller gave up
	Timeout                    // nothing came back in time
	Unresolved                 // the host name has no address
	Refused                    // nothing listens there
	Unreachable                // no connection for another reason
	TLSExpected                // the listener speaks TLS, the connection didn't
	TLSNotExpected             // the connection spoke TLS, the listener doesn't
	UntrustedCertificate       // the node's certificate isn't signed by a trusted authority
	ExpiredCertificate         // the node's certificate is expired or not valid yet
	HostnameMismatch           // the node's certificate is for another name
	ClientCertificate          // the node refused our certificate, or the lack of one
	SASLRequired               // the listener wants authentication first
	SASLNotExpected            // the connection authenticated, the listener doesn't
	AuthenticationFailed       // wrong password, unknown user, mechanism not enabled
	NotKafka                   // an HTTP server, a shell, a database
	ClosedWithoutAnswer        // the connection was closed where an answer was due
	NotServed                  // the listener doesn't serve that API or that version of it
	TooLarge                   // the answer is larger than the limit
	OverMemory                 // the answers together are larger than the limit: see [Options]
	Malformed                  // what came back isn't an answer to what was asked
)

var causeNames = [...]string{
	"unknown", "canceled", "timeout", "name not resolved", "connection refused", "unreachable", "TLS expected",
	"TLS not expected", "untrusted certificate", "expired certificate", "host name mismatch",
	"client certificate refused", "SASL required", "SASL not expected", "authentication failed", "not Kafka",
	"closed without an answer", "not served", "answer too large", "over the limit of memory", "malformed answer",
}

func (c Cause) String() string {
	if int(c) < len(causeNames) {
		return causeNames[c]
	}
	return fmt.Sprintf("cause %d", uint8(c))
}

// Error says why a node gave no answer: which node, what was tried, what came back, and what to do next. It
// never holds a secret.
type Error struct {
	Addr   string // host:port as the caller named it; empty where no node is concerned
	Tried  string // what was being done: "connect", "TLS handshake", "Metadata v12"
	Cause  Cause
	Detail string // what came back, in words
	Next   string // what to do about it; may be empty
	Err    error  // what it was made from; may be nil
}

func (e *Error) Error() string {
	var b strings.Builder
	for _, part := range []string{e.Addr, e.Tried} {
		if part != "" {
			b.WriteString(part + ": ")
		}
	}
	if e.Detail != "" {
		b.WriteString(e.Detail)
	} else {
		b.WriteString(e.Cause.String())
	}
	if e.Next != "" {
		b.WriteString("; ")
		b.WriteString(e.Next)
	}
	return b.String()
}

func (e *Error) Unwrap() error { return e.Err }

// CauseOf returns the cause of an error that this package returned, or Unknown.
func CauseOf(err error) Cause {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Cause
	}
	return Unknown
}

// NoAnswerInTime is the Detail of an Error whose Cause is [Timeout].
const NoAnswerInTime = "no answer in time"

// ioError turns what the network said into an Error. Where ctx has ended, that is the cause: closing the
// connection under a read is only how the end is carried out.
func ioError(ctx context.Context, addr, tried string, err error) *Error {
	e := &Error{Addr: addr, Tried: tried, Err: err, Detail: err.Error()}
	if known, ok := errors.AsType[*Error](err); ok {
		e.Cause, e.Detail, e.Next = known.Cause, known.Detail, known.Next
		return e
	}
	var timeout interface{ Timeout() bool }
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		e.Cause, e.Detail, e.Err = Canceled, "given up", context.Canceled
	case ctx.Err() != nil:
		e.Cause, e.Detail, e.Err = Timeout, NoAnswerInTime, ctx.Err()
		e.Next = "the node may be down, frozen or cut off: see whether other nodes answer"
	case refusesCertificate(err):
		e.Cause = ClientCertificate
		e.Next = "the listener wants a client certificate that it trusts (ssl.client.auth): give ssl.keystore.location"
	case isClosed(err):
		e.Cause, e.Detail = ClosedWithoutAnswer, "the node closed the connection without an answer"
	case errors.As(err, &timeout) && timeout.Timeout():
		e.Cause, e.Detail = Timeout, NoAnswerInTime
		e.Next = "the node may be down, frozen or cut off: see whether other nodes answer"
	}
	return e
}

// isClosed reports whether the other side hung up.
func isClosed(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.ErrClosedPipe) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, net.ErrClosed)
}

// dialError says why there is no connection.
func dialError(ctx context.Context, addr string, err error) *Error {
	e := ioError(ctx, addr, "connect", err)
	var dns *net.DNSError
	switch {
	case e.Cause == Canceled || e.Cause == Timeout:
	case errors.As(err, &dns):
		e.Cause, e.Detail = Unresolved, fmt.Sprintf("no address for host %q", dns.Name)
		e.Next = "check the name, or map it with address_map"
	case errors.Is(err, syscall.ECONNREFUSED):
		e.Cause, e.Detail = Refused, "connection refused"
		e.Next = "nothing listens there: check the port, and whether the node runs"
	default:
		e.Cause, e.Detail = Unreachable, err.Error()
	}
	var advised interface{ Advice() string } // by the dialer, which knows more of the address
	if e.Cause != Canceled && errors.As(err, &advised) {
		if e.Next != "" && e.Cause != Unresolved {
			e.Next += "; "
		} else {
			e.Next = ""
		}
		e.Next += advised.Advice()
	}
	return e
}

// handshakeError says why there is no encrypted connection.
func handshakeError(ctx context.Context, addr string, err error) *Error {
	e := ioError(ctx, addr, "TLS handshake", err)
	if e.Cause == Canceled || e.Cause == Timeout || e.Cause == ClientCertificate {
		return e
	}
	var (
		header    tls.RecordHeaderError
		authority x509.UnknownAuthorityError
		invalid   x509.CertificateInvalidError
		host      x509.HostnameError
	)
	switch {
	case errors.As(err, &header):
		e.Cause, e.Detail = TLSNotExpected, "the listener answered in plaintext"
		e.Next = "use security.protocol PLAINTEXT or SASL_PLAINTEXT there, or another port"
		if what := otherProtocol(header.RecordHeader[:4]); what != "" {
			e.Cause, e.Detail = NotKafka, what
			e.Next = "check the port: it isn't a Kafka listener"
		}
	case errors.As(err, &authority):
		e.Cause, e.Detail = UntrustedCertificate, "the certificate isn't signed by an authority that is trusted here"
		if c := authority.Cert; c != nil {
			e.Detail += fmt.Sprintf(" (issuer %q)", c.Issuer.String())
		}
		e.Next = "give the cluster's CA as ssl.truststore.location"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		e.Cause, e.Detail = ExpiredCertificate, "the certificate is expired or not valid yet: "+invalid.Detail
		if c := invalid.Cert; c != nil {
			e.Detail = fmt.Sprintf("the certificate of %q is valid from %s to %s only", c.Subject.String(),
				c.NotBefore.UTC().Format("2006-01-02 15:04"), c.NotAfter.UTC().Format("2006-01-02 15:04"))
		}
		e.Next = "renew the node's certificate, and check the clock of this machine"
	case errors.As(err, &invalid):
		e.Cause, e.Detail = UntrustedCertificate, invalid.Error()
	case errors.As(err, &host):
		e.Cause, e.Detail = HostnameMismatch, host.Error()
		e.Next = "dial the name in the certificate (address_map), or set ssl.endpoint.identification.algorithm= to nothing"
	}
	return e
}

// refusesCertificate reports whether the node sent an alert about our certificate, or about there being none.
// crypto/tls gives the alerts of the other side no exported type. In TLS 1.3 this one comes only after the
// handshake, at the first read.
func refusesCertificate(err error) bool {
	text := err.Error()
	return strings.Contains(text, "remote error: tls:") &&
		(strings.Contains(text, "certificate") || strings.Contains(text, "handshake failure"))
}
