package kafka

import (
	"bytes"
	"crypto/sha1"
	"crypto/tls"
	"crypto/x509"
	"encoding/asn1"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pavlo-v-chernykh/keystore-go/v4"

	"kdeck/ops/config"
)

var (
	magicJKS   = []byte{0xfe, 0xed, 0xfe, 0xed}
	magicJCEKS = []byte{0xce, 0xce, 0xce, 0xce}
)

// isJKS reports whether a file is a JKS or JCEKS store: they differ in the first word and in how keys are encrypted.
func isJKS(data []byte) bool {
	return bytes.HasPrefix(data, magicJKS) || bytes.HasPrefix(data, magicJCEKS)
}

// loadJKS reads a JKS or JCEKS store. As in Java, the digest at its end is checked only where a password is given.
func loadJKS(data []byte, password config.Secret) (keystore.KeyStore, error) {
	store := keystore.New(keystore.WithOrderedAliases(), keystore.WithCaseExactAliases())
	body := len(data) - sha1.Size
	if body < 12 {
		return store, errors.New("the JKS file is cut short")
	}
	if !password.IsZero() {
		if digest := jksDigest(data[:body], password.Reveal()); !bytes.Equal(digest, data[body:]) {
			return store, errors.New("the password isn't that of the store (or the file is damaged)")
		}
	}
	// The library knows only the first word of JKS, and wants a password: it gets the digest that belongs to none.
	checked := slices.Concat(magicJKS, data[4:body])
	checked = append(checked, jksDigest(checked, "")...)
	if err := store.Load(bytes.NewReader(checked), nil); err != nil {
		return store, fmt.Errorf("the JKS file can't be read: %w", err)
	}
	return store, nil
}

func jksDigest(body []byte, password string) []byte {
	sum := sha1.Sum(slices.Concat(utf16Bytes(password), []byte("Mighty Aphrodite"), body))
	return sum[:]
}

// trustedJKS returns what Java trusts in a store (sun.security.validator.TrustStoreUtil): the certificates, and the first one of
// each key.
func trustedJKS(data []byte, password config.Secret) ([]*x509.Certificate, error) {
	store, err := loadJKS(data, password)
	if err != nil {
		return nil, err
	}
	var certs []*x509.Certificate
	for _, alias := range store.Aliases() {
		var der []byte
		if store.IsPrivateKeyEntry(alias) {
			if chain, err := store.GetPrivateKeyEntryCertificateChain(alias); err == nil && len(chain) > 0 {
				der = chain[0].Content
			}
		} else if entry, err := store.GetTrustedCertificateEntry(alias); err == nil {
			der = entry.Certificate.Content
		}
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", alias, err)
		}
		certs = append(certs, cert)
	}
	return certs, nil
}

// keysJKS returns the keys of a store. The password of a key is the store's where it has none of its own.
func keysJKS(data []byte, s config.Store) ([]aliasedKey, error) {
	store, err := loadJKS(data, s.Password)
	if err != nil {
		return nil, err
	}
	password := s.KeyPassword
	if password.IsZero() {
		password = s.Password
	}
	var keys []aliasedKey
	for _, alias := range store.Aliases() {
		if !store.IsPrivateKeyEntry(alias) || (s.KeyAlias != "" && !strings.EqualFold(alias, s.KeyAlias)) {
			continue
		}
		chain, err := store.GetPrivateKeyEntryCertificateChain(alias)
		if err != nil {
			return nil, err
		}
		key, err := keyJKS(store, data, alias, password)
		if err != nil {
			return nil, fmt.Errorf("key %s: %w", alias, err)
		}
		own := tls.Certificate{PrivateKey: key}
		for _, c := range chain {
			own.Certificate = append(own.Certificate, c.Content)
		}
		keys = append(keys, aliasedKey{alias, own})
	}
	return keys, nil
}

var errWrongJKSKeyPassword = errors.New("the password isn't that of the key: give ssl.key.password (without it, ssl.keystore.password is tried)")

func keyJKS(store keystore.KeyStore, data []byte, alias string, password config.Secret) (any, error) {
	var der []byte
	if bytes.HasPrefix(data, magicJCEKS) {
		encrypted, err := encryptedKeyJCEKS(data, alias)
		if err != nil {
			return nil, err
		}
		var known bool
		if der, known, err = decryptPBE(encrypted, password.Reveal()); !known {
			return nil, errors.New("encrypted in a way that can't be read here")
		} else if errors.Is(err, errWrongKeyPassword) {
			return nil, errWrongJKSKeyPassword
		} else if err != nil {
			return nil, err
		}
	} else {
		entry, err := store.GetPrivateKeyEntry(alias, []byte(password.Reveal()))
		if err != nil {
			return nil, errWrongJKSKeyPassword
		}
		der = entry.PrivateKey
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	if _, ok := errors.AsType[asn1.StructuralError](err); ok {
		return nil, errWrongJKSKeyPassword
	}
	return key, err
}

// encryptedKeyJCEKS finds the encrypted key of an alias, which the library doesn't hand out: the entry is the tag 1, the alias, the
// time of creation, and the key, each string with its length before it.
func encryptedKeyJCEKS(data []byte, alias string) ([]byte, error) {
	head := binary.BigEndian.AppendUint16([]byte{0, 0, 0, 1}, uint16(len(alias)))
	_, rest, found := bytes.Cut(data[12:], append(head, alias...))
	if found && len(rest) >= 12 {
		size := uint64(binary.BigEndian.Uint32(rest[8:]))
		if rest = rest[12:]; size <= uint64(len(rest)) {
			return rest[:size], nil
		}
	}
	return nil, errors.New("not found in the JCEKS file")
}
