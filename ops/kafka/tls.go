package kafka

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"

	"kdeck/ops/config"
)

// tlsConfig reads the certificates and keys that a cluster's settings name.
func tlsConfig(t config.TLS) (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if !t.Truststore.Empty() {
		certs, err := trusted(t.Truststore)
		if err != nil {
			return nil, fmt.Errorf("trust store: %w", err)
		}
		c.RootCAs = x509.NewCertPool()
		for _, cert := range certs {
			c.RootCAs.AddCert(cert)
		}
	}
	if !t.Keystore.Empty() {
		own, err := ownCertificates(t.Keystore)
		if err != nil {
			return nil, fmt.Errorf("key store: %w", err)
		}
		c.Certificates = own
	}
	switch {
	case t.SkipVerify:
		c.InsecureSkipVerify = true
	case !t.VerifyHostname:
		c.InsecureSkipVerify = true
		c.VerifyConnection = verifyChain(c.RootCAs)
	}
	return c, nil
}

// ExporterTLS reads the certificates and keys for connections to the exporters of a cluster. Where the context names no authorities for
// them, they are the system's and those of the cluster's own trust store.
func ExporterTLS(cluster *config.Cluster) (*tls.Config, error) {
	own := cluster.Metrics.TLS()
	c, err := tlsConfig(own)
	if err != nil {
		return nil, fmt.Errorf("metrics: %w", err)
	}
	if own.Truststore.Empty() && !cluster.TLS.Truststore.Empty() {
		certs, err := trusted(cluster.TLS.Truststore)
		if err != nil {
			return nil, fmt.Errorf("metrics: the cluster's trust store: %w", err)
		}
		if c.RootCAs, err = x509.SystemCertPool(); err != nil {
			c.RootCAs = x509.NewCertPool()
		}
		for _, cert := range certs {
			c.RootCAs.AddCert(cert)
		}
	}
	return c, nil
}

// verifyChain verifies the node's certificate for everything but its name: crypto/tls can only switch off both.
func verifyChain(roots *x509.CertPool) func(tls.ConnectionState) error {
	return func(state tls.ConnectionState) error {
		if len(state.PeerCertificates) == 0 {
			return errors.New("the node sent no certificate")
		}
		between := x509.NewCertPool()
		for _, cert := range state.PeerCertificates[1:] {
			between.AddCert(cert)
		}
		_, err := state.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: roots, Intermediates: between})
		return err
	}
}
