package kafka

import (
	"context"
	"time"

	"kdeck/protocol"
)

// shown is a certificate, and when a node showed it.
type shown struct {
	protocol.Certificate
	at time.Time
}

// Certificate returns the certificate that a node showed last, and when: at the making of a connection, or [Session.Handshake]. false where it showed none.
func (s *Session) Certificate(addr string) (c protocol.Certificate, at time.Time, ok bool) {
	n, err := s.node(addr)
	if err != nil {
		return c, at, false
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.certificate.Certificate, n.certificate.at, !n.certificate.at.IsZero()
}

// Handshake connects to a node anew, to see which certificate it shows now. Nothing is asked over the connection. Errors are [*protocol.Error].
func (s *Session) Handshake(ctx context.Context, addr string) error {
	n, err := s.node(addr)
	if err != nil {
		return err
	}
	c, err := protocol.Handshake(ctx, addr, s.options)
	n.sawCertificate(c, err)
	return err
}

// sawCertificate keeps the certificate that a connection or the failure to make one has shown.
func (n *node) sawCertificate(c protocol.Certificate, err error) {
	if err != nil {
		c, _ = protocol.CertificateIn(err)
	}
	if c.Until.IsZero() {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.certificate = shown{c, n.session.now()}
}
