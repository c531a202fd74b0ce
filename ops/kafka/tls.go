package kafka

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"

	"software.sslmate.com/src/go-pkcs12"

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
		own, err := ownCertificate(t.Keystore)
		if err != nil {
			return nil, fmt.Errorf("key store: %w", err)
		}
		c.Certificates = []tls.Certificate{own}
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

// trusted returns the authorities in a trust store.
func trusted(s config.Store) ([]*x509.Certificate, error) {
	data, name, err := content(s)
	if err != nil {
		return nil, err
	}
	if isPEM(data) {
		certs, err := pemCertificates(data)
		if err == nil && len(certs) == 0 {
			err = errors.New("no certificate in it")
		}
		return certs, wrap(name, err)
	}
	certs, err := pkcs12.DecodeTrustStore(data, s.Password.Reveal())
	if err != nil && !errors.Is(err, pkcs12.ErrIncorrectPassword) {
		// As for Java, a certificate counts as trusted only where the file marks it so: openssl doesn't.
		err = fmt.Errorf("%w (make trust stores with keytool -importcert -storetype PKCS12, or use PEM)", err)
	}
	if err == nil && len(certs) == 0 {
		err = errors.New("no certificate in it")
	}
	return certs, wrap(name, pkcs12Error(err))
}

// ownCertificate returns the certificate and key in a key store.
func ownCertificate(s config.Store) (tls.Certificate, error) {
	data, name, err := content(s)
	if err != nil {
		return tls.Certificate{}, err
	}
	if !isPEM(data) {
		key, cert, rest, err := pkcs12.DecodeChain(data, s.Password.Reveal())
		if err != nil {
			return tls.Certificate{}, wrap(name, pkcs12Error(err))
		}
		own := tls.Certificate{PrivateKey: key, Leaf: cert, Certificate: [][]byte{cert.Raw}}
		for _, c := range rest {
			own.Certificate = append(own.Certificate, c.Raw)
		}
		return own, nil
	}
	key := data
	switch {
	case !s.KeyText.IsZero():
		key = []byte(s.KeyText.Reveal())
	case s.Key != "":
		name += " and " + s.Key
		if key, err = os.ReadFile(s.Key); err != nil {
			return tls.Certificate{}, err
		}
	}
	if bytes.Contains(key, []byte("BEGIN ENCRYPTED PRIVATE KEY")) || bytes.Contains(key, []byte("Proc-Type: 4,ENCRYPTED")) {
		return tls.Certificate{}, fmt.Errorf("%s: an encrypted PEM key can't be read here: take the encryption off "+
			"(openssl pkey -in KEY -out PLAIN) or put key and certificate into a PKCS#12 file (openssl pkcs12 -export)", name)
	}
	own, err := tls.X509KeyPair(data, key)
	return own, wrap(name, err)
}

// content returns the bytes of a store and what to call it.
func content(s config.Store) (data []byte, name string, err error) {
	if s.Certificates != "" {
		return []byte(s.Certificates), "the PEM text", nil
	}
	if s.Location == "" {
		return nil, "", errors.New("there is a key, but no certificate for it")
	}
	if data, err = os.ReadFile(s.Location); err != nil {
		return nil, "", err
	}
	if bytes.HasPrefix(data, []byte{0xfe, 0xed, 0xfe, 0xed}) || bytes.HasPrefix(data, []byte{0xce, 0xce, 0xce, 0xce}) {
		return nil, "", fmt.Errorf("%s is a JKS file, which can't be read here: convert it with\n"+
			"  keytool -importkeystore -srckeystore %s -destkeystore %s.p12 -deststoretype PKCS12", s.Location, s.Location, s.Location)
	}
	return data, s.Location, nil
}

func isPEM(data []byte) bool { return bytes.Contains(data, []byte("-----BEGIN ")) }

func pemCertificates(data []byte) ([]*x509.Certificate, error) {
	var certs []*x509.Certificate
	for {
		var block *pem.Block
		if block, data = pem.Decode(data); block == nil {
			return certs, nil
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		certs = append(certs, cert)
	}
}

func pkcs12Error(err error) error {
	if errors.Is(err, pkcs12.ErrIncorrectPassword) {
		return errors.New("the password isn't that of the PKCS#12 file")
	}
	return err
}

func wrap(name string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", name, err)
}
