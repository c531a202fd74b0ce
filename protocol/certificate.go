package protocol

import (
	"context"
	"crypto/x509"
	"errors"
	"time"
)

// Certificate is what a node's TLS certificate says of itself: of the certificates that the node showed, the one that ends first.
type Certificate struct {
	Subject     string
	From, Until time.Time
}

// Certificate returns what the node showed when the connection was made; false without TLS.
func (c *Conn) Certificate() (Certificate, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.certificate, !c.certificate.Until.IsZero()
}

// certificateOf is the one of a chain that ends first. A node need not send its authority's certificate, and where that has ended nobody trusts it either.
func certificateOf(chain []*x509.Certificate) (first Certificate) {
	for _, c := range chain {
		if first.Until.IsZero() || c.NotAfter.Before(first.Until) {
			first = Certificate{c.Subject.String(), c.NotBefore, c.NotAfter}
		}
	}
	return first
}

// Handshake connects to a node, sees its certificate, and closes the connection again. Errors are [*Error]; that of a certificate which has ended has it too.
func Handshake(ctx context.Context, addr string, o Options) (Certificate, error) {
	o.SASL = nil
	c, err := Dial(ctx, addr, o)
	if err != nil {
		return Certificate{}, err
	}
	defer c.Close()
	shown, _ := c.Certificate()
	return shown, nil
}

// CertificateIn returns the certificate for which an error says that it is expired or not valid yet; false of another error.
func CertificateIn(err error) (Certificate, bool) {
	invalid, is := errors.AsType[x509.CertificateInvalidError](err)
	if !is || invalid.Reason != x509.Expired || invalid.Cert == nil {
		return Certificate{}, false
	}
	return certificateOf([]*x509.Certificate{invalid.Cert}), true
}
