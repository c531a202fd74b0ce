package kafka

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"software.sslmate.com/src/go-pkcs12"

	"kdeck/ops/config"
)

func trustedPKCS12(data []byte, password config.Secret) ([]*x509.Certificate, error) {
	certs, err := pkcs12.DecodeTrustStore(data, password.Reveal())
	if err != nil && !errors.Is(err, pkcs12.ErrIncorrectPassword) {
		// As for Java, a certificate counts as trusted only where the file marks it so: openssl doesn't.
		err = fmt.Errorf("%w (make trust stores with keytool -importcert -storetype PKCS12, or use PEM)", err)
	}
	return certs, pkcs12Error(err)
}

// keysPKCS12 returns the keys of a PKCS#12 file with their certificates.
func keysPKCS12(data []byte, s config.Store) ([]aliasedKey, error) {
	if s.KeyAlias == "" {
		key, first, rest, err := pkcs12.DecodeChain(data, s.Password.Reveal())
		if err == nil {
			own, err := chainOf(key, append([]*x509.Certificate{first}, rest...))
			return []aliasedKey{{"", own}}, err
		}
		if !strings.Contains(err.Error(), "exactly one key") {
			return nil, pkcs12Error(err)
		}
	}
	//lint:ignore SA1019 it is the library's one way to a file with several keys, and to their aliases
	blocks, err := pkcs12.ToPEM(data, s.Password.Reveal())
	if err != nil && strings.Contains(err.Error(), "unknown attribute") {
		return nil, fmt.Errorf("keys and trusted certificates are in one PKCS#12 file, which can't be read here: "+
			"take the key out (keytool -importkeystore -srcalias KEY) (%w)", err)
	}
	if err != nil {
		return nil, pkcs12Error(err)
	}
	return pairs(blocks, s.KeyAlias)
}

// pairs joins the keys that have the given alias (or all) with their certificates.
func pairs(blocks []*pem.Block, alias string) ([]aliasedKey, error) {
	var certs []*x509.Certificate
	for _, block := range blocks {
		if block.Type != "CERTIFICATE" {
			continue
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		certs = append(certs, cert)
	}
	var keys []aliasedKey
	for _, block := range blocks {
		name := block.Headers["friendlyName"]
		if block.Type != "PRIVATE KEY" || (alias != "" && !strings.EqualFold(name, alias)) {
			continue
		}
		var key any
		key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
		if err != nil {
			if key, err = x509.ParseECPrivateKey(block.Bytes); err != nil {
				return nil, fmt.Errorf("key %s: neither RSA nor EC", name)
			}
		}
		own, err := chainOf(key, certs)
		if err != nil {
			return nil, fmt.Errorf("key %s: %w", name, err)
		}
		keys = append(keys, aliasedKey{name, own})
	}
	return keys, nil
}

// chainOf finds a key's certificate among others, whatever their order, and those that signed it.
func chainOf(key any, certs []*x509.Certificate) (tls.Certificate, error) {
	own := tls.Certificate{PrivateKey: key}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return own, errors.New("the key can't sign")
	}
	public, ok := signer.Public().(interface{ Equal(crypto.PublicKey) bool })
	for _, cert := range certs {
		if ok && public.Equal(cert.PublicKey) {
			own.Leaf = cert
			break
		}
	}
	if own.Leaf == nil {
		return own, errors.New("no certificate for the key in it")
	}
	for last := own.Leaf; last != nil && len(own.Certificate) <= len(certs); {
		own.Certificate = append(own.Certificate, last.Raw)
		var next *x509.Certificate
		for _, cert := range certs {
			if !cert.Equal(last) && cert.Subject.String() != last.Subject.String() && last.CheckSignatureFrom(cert) == nil {
				next = cert
				break
			}
		}
		last = next
	}
	return own, nil
}

func pkcs12Error(err error) error {
	if errors.Is(err, pkcs12.ErrIncorrectPassword) {
		return errors.New("the password isn't that of the PKCS#12 file")
	}
	return err
}
