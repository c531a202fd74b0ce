package kafka

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"

	"kdeck/ops/config"
	"kdeck/ops/files"
)

// aliasedKey is a key and its certificates, and what the store calls it.
type aliasedKey struct {
	alias string
	own   tls.Certificate
}

// trusted returns the authorities in a trust store.
func trusted(s config.Store) ([]*x509.Certificate, error) {
	data, name, err := content(s)
	if err != nil {
		return nil, err
	}
	var certs []*x509.Certificate
	switch {
	case isPEM(data):
		certs, err = pemCertificates(data)
	case isJKS(data):
		certs, err = trustedJKS(data, s.Password)
	default:
		certs, err = trustedPKCS12(data, s.Password)
	}
	if err == nil && len(certs) == 0 {
		err = errors.New("no certificate in it")
	}
	return certs, wrap(name, err)
}

// ownCertificates returns the certificates and keys in a key store, in the order in which they are offered to a node: the first one is
// sent that the node's request for a certificate allows.
func ownCertificates(s config.Store) ([]tls.Certificate, error) {
	data, name, err := content(s)
	if err != nil {
		return nil, err
	}
	var keys []aliasedKey
	switch {
	case isPEM(data):
		text := data
		if !s.KeyText.IsZero() {
			text = []byte(s.KeyText.Reveal())
		} else if s.Key != "" {
			name += " and " + s.Key
			if text, err = files.Read(s.Key, files.MaxKeys); err != nil {
				return nil, err
			}
		}
		own, err := pemKeyPair(data, text, s.KeyPassword)
		return []tls.Certificate{own}, wrap(name, err)
	case isJKS(data):
		keys, err = keysJKS(data, s)
	default:
		keys, err = keysPKCS12(data, s)
	}
	switch {
	case err != nil:
	case len(keys) == 0 && s.KeyAlias != "":
		err = fmt.Errorf("no key has the alias %q (ssl.keystore.key.alias)", s.KeyAlias)
	case len(keys) == 0:
		err = errors.New("no private key in it")
	}
	return asJavaChooses(keys), wrap(name, err)
}

// content returns the bytes of a store and what to call it.
func content(s config.Store) (data []byte, name string, err error) {
	if s.Certificates != "" {
		return []byte(s.Certificates), "the PEM text", nil
	}
	if s.Location == "" {
		return nil, "", errors.New("there is a key, but no certificate for it")
	}
	data, err = files.Read(s.Location, files.MaxKeys)
	return data, s.Location, err
}

// asJavaChooses sorts keys as a Java client tries them (SunX509KeyManagerImpl): by the kinds of key that a Java node lists, ECDSA
// before RSA, and within a kind by the place of the alias in a java.util.HashMap.
func asJavaChooses(keys []aliasedKey) []tls.Certificate {
	buckets := 16
	for len(keys) > buckets*3/4 {
		buckets *= 2
	}
	place := func(k aliasedKey) int {
		var hash int32
		for _, unit := range utf16.Encode([]rune(strings.ToLower(k.alias))) {
			hash = 31*hash + int32(unit)
		}
		hash ^= int32(uint32(hash) >> 16)
		return int(hash) & (buckets - 1)
	}
	kind := func(k aliasedKey) int {
		switch k.own.PrivateKey.(type) {
		case *ecdsa.PrivateKey:
			return 0
		case *rsa.PrivateKey:
			return 2
		}
		return 1
	}
	slices.SortStableFunc(keys, func(a, b aliasedKey) int {
		if d := kind(a) - kind(b); d != 0 {
			return d
		}
		return place(a) - place(b)
	})
	certs := make([]tls.Certificate, len(keys))
	for i, k := range keys {
		certs[i] = k.own
	}
	return certs
}

func wrap(name string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", name, err)
}
