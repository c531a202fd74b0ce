package kafka_test

import (
	"crypto/tls"
	"crypto/x509"
	"os"
	"path/filepath"
	"testing"
	"time"

	"kdeck/ops/config"
	"kdeck/ops/kafka"
	"kdeck/protocol"
)

func TestTheCertificateThatANodeShowsIsKept(t *testing.T) {
	ours := newAuthority(t)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, []byte(ours.pem), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		ends   time.Duration // from now
		verify bool          // the host's name too
		cause  protocol.Cause
	}{
		{"valid", 30 * time.Minute, true, protocol.Unknown},
		{"expired", -time.Minute, true, protocol.ExpiredCertificate},
		{"expired, where names aren't verified", -time.Minute, false, protocol.ExpiredCertificate},
	} {
		t.Run(tt.name, func(t *testing.T) {
			until := time.Now().Add(tt.ends).Truncate(time.Second)
			l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{ours.sign(func(c *x509.Certificate) { c.NotAfter = until })}})
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			go func() {
				for {
					c, err := l.Accept()
					if err != nil {
						return
					}
					go func() {
						_ = c.(*tls.Conn).Handshake() // which fails where the other side doesn't trust it
						c.Close()
					}()
				}
			}()
			addr := l.Addr().String()
			s, err := kafka.Open(&config.Cluster{Name: "c", Bootstrap: []string{addr}, Security: config.SSL,
				TLS: config.TLS{Truststore: config.Store{Location: ca}, VerifyHostname: tt.verify}}, kafka.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			if _, _, ok := s.Certificate(addr); ok {
				t.Error("a certificate before any was shown")
			}
			if err := s.Handshake(t.Context(), addr); protocol.CauseOf(err) != tt.cause {
				t.Errorf("%v", err)
			}
			c, at, ok := s.Certificate(addr)
			if !ok || !c.Until.Equal(until) || c.Subject != "CN=node" || time.Since(at) > time.Minute {
				t.Errorf("%+v at %s, want one until %s", c, at, until)
			}
		})
	}
}
