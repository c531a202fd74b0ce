package kafka

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"github.com/youmark/pkcs8"

	"kdeck/ops/config"
)

// pemText matches one block of PEM text. Kafka allows any white space in it, and none (DefaultSslEngineFactory.PemParser): settings
// hold certificates on one line. encoding/pem wants every line end in its place.
var (
	pemText    = regexp.MustCompile(`(?s)-----\s*BEGIN([^-]+)-----(.*?)-----\s*END[^-]+-----`)
	pemHeaders = regexp.MustCompile(`^\s*Proc-Type:\s*4,ENCRYPTED\s+DEK-Info:\s*(\S+)`)
)

// written turns escapes that no one has read yet (\n from a shell, a YAML file or an environment variable) into white space. There is
// no backslash in PEM.
var written = strings.NewReplacer(`\n`, "\n", `\r`, "\n", `\t`, " ", `\`, " ")

func isPEM(data []byte) bool { return bytes.Contains(data, []byte("-----BEGIN ")) }

// pemBlocks returns the blocks of PEM text whose type ends in a word: CERTIFICATE or PRIVATE KEY.
func pemBlocks(data []byte, kind string) ([]*pem.Block, error) {
	var blocks []*pem.Block
	for _, m := range pemText.FindAllStringSubmatch(written.Replace(string(data)), -1) {
		block, body := &pem.Block{Type: strings.Join(strings.Fields(m[1]), " ")}, m[2]
		if !strings.HasSuffix(block.Type, kind) {
			continue
		}
		if h := pemHeaders.FindStringSubmatch(body); h != nil {
			block.Headers = map[string]string{"Proc-Type": "4,ENCRYPTED", "DEK-Info": h[1]}
			body = body[len(h[0]):]
		}
		body = strings.Map(func(r rune) rune {
			if unicode.IsSpace(r) {
				return -1
			}
			return r
		}, body)
		var err error
		if block.Bytes, err = base64.StdEncoding.DecodeString(body); err != nil || len(block.Bytes) == 0 {
			return nil, fmt.Errorf("what stands between BEGIN %s and END isn't whole base64", block.Type)
		}
		blocks = append(blocks, block)
	}
	return blocks, nil
}

func pemCertificates(data []byte) ([]*x509.Certificate, error) {
	blocks, err := pemBlocks(data, "CERTIFICATE")
	if err != nil {
		return nil, err
	}
	certs := make([]*x509.Certificate, 0, len(blocks))
	for _, block := range blocks {
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		certs = append(certs, cert)
	}
	return certs, nil
}

// pemKeyPair joins certificates with their key. The password is that of the key, where it is encrypted.
func pemKeyPair(certs, key []byte, password config.Secret) (tls.Certificate, error) {
	chain, err := pemBlocks(certs, "CERTIFICATE")
	if err != nil {
		return tls.Certificate{}, err
	}
	keys, err := pemBlocks(key, "PRIVATE KEY")
	if err != nil {
		return tls.Certificate{}, err
	}
	if len(keys) == 0 {
		return tls.Certificate{}, errors.New("no private key in it")
	}
	plain, err := decrypted(keys[0], password)
	if err != nil {
		return tls.Certificate{}, err
	}
	var text bytes.Buffer
	for _, block := range chain {
		text.Write(pem.EncodeToMemory(block))
	}
	return tls.X509KeyPair(text.Bytes(), pem.EncodeToMemory(plain))
}

var (
	errNoKeyPassword    = errors.New("the key is encrypted: give its password as ssl.key.password")
	errWrongKeyPassword = errors.New("the password (ssl.key.password) isn't that of the key")
)

// decrypted takes the encryption off a key: PKCS#8's, or the older one of OpenSSL, which librdkafka's users have.
func decrypted(block *pem.Block, password config.Secret) (*pem.Block, error) {
	old := block.Headers["DEK-Info"] != ""
	if !old && block.Type != "ENCRYPTED PRIVATE KEY" {
		return block, nil
	}
	if password.IsZero() {
		return nil, errNoKeyPassword
	}
	if old {
		//lint:ignore SA1019 the scheme is weak, but such keys are there, and nothing else reads them
		der, err := x509.DecryptPEMBlock(block, []byte(password.Reveal()))
		if errors.Is(err, x509.IncorrectPasswordError) {
			err = errWrongKeyPassword
		}
		return &pem.Block{Type: block.Type, Bytes: der}, err
	}
	key, err := decryptedPKCS8(block.Bytes, password.Reveal())
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	return &pem.Block{Type: "PRIVATE KEY", Bytes: der}, err
}

// decryptedPKCS8 decrypts by PBES2 (openssl pkcs8 -v2, the default), or by one of the older schemes of pbe.go.
func decryptedPKCS8(der []byte, password string) (any, error) {
	if plain, known, err := decryptPBE(der, password); known {
		if err != nil {
			return nil, err
		}
		key, err := x509.ParsePKCS8PrivateKey(plain)
		if err != nil {
			return nil, errWrongKeyPassword
		}
		return key, nil
	}
	key, _, err := pkcs8.ParsePrivateKey(der, []byte(password))
	switch {
	case err != nil && err.Error() == "pkcs8: incorrect password":
		return nil, errWrongKeyPassword
	case err != nil:
		return nil, fmt.Errorf("the key's encryption can't be read here (%w): write it anew with openssl pkcs8 -topk8 -v2 aes-256-cbc", err)
	}
	return key, nil
}
