package kafkatest

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

const (
	caFile       = "ca.pem"
	keystoreFile = "keystore.pem"
)

// CAFile returns the PEM file of the certificate that signed the brokers' ones.
func (c *Cluster) CAFile() string { return filepath.Join(c.Dir, caFile) }

// authority signs the brokers' certificates.
type authority struct {
	certificate *x509.Certificate
	der         []byte
	key         *ecdsa.PrivateKey
}

func newAuthority(now time.Time) (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	ca := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "kafkatest authority"},
		NotBefore:             now.Add(-48 * time.Hour), // so that a certificate may have expired
		NotAfter:              now.Add(24 * time.Hour),
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, ca, ca, &key.PublicKey, key)
	return &authority{ca, der, key}, err
}

// writeCertificates makes a new authority and writes its certificate, and the key
// store that the brokers share.
func (c *Cluster) writeCertificates(now time.Time) (err error) {
	if c.authority, err = newAuthority(now); err != nil {
		return err
	}
	if err := c.authority.writeKeystore(filepath.Join(c.Dir, keystoreFile), c.authority.certificate.NotAfter); err != nil {
		return err
	}
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.authority.der})
	return os.WriteFile(c.CAFile(), ca, 0o644)
}

// writeKeystore writes a key store with a new key and certificate of a broker:
// PKCS#8 key, certificate and authority in one PEM file, as Kafka reads them
// (KIP-651).
func (a *authority) writeKeystore(file string, notAfter time.Time) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	broker := &x509.Certificate{
		SerialNumber: big.NewInt(2),
		Subject:      pkix.Name{CommonName: "kafkatest broker"},
		NotBefore:    a.certificate.NotBefore,
		NotAfter:     notAfter,
		KeyUsage:     x509.KeyUsageDigitalSignature,
		// Brokers are each other's clients too.
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		DNSNames:    []string{"localhost"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, broker, a.certificate, &key.PublicKey, a.key)
	if err != nil {
		return err
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	var keystore bytes.Buffer
	for _, block := range []*pem.Block{
		{Type: "PRIVATE KEY", Bytes: keyDER},
		{Type: "CERTIFICATE", Bytes: der},
		{Type: "CERTIFICATE", Bytes: a.der},
	} {
		if err := pem.Encode(&keystore, block); err != nil {
			return err
		}
	}
	return os.WriteFile(file, keystore.Bytes(), 0o600)
}

// SetCertificate gives the running broker's SASL_SSL listener another
// certificate, by its dynamic config (KIP-226), and waits until the listener
// shows it. notAfter may be past: then no client that checks it connects any
// more. Brokers among each other use another listener.
func (n *Node) SetCertificate(ctx context.Context, notAfter time.Time) error {
	file := filepath.Join(n.Dir, fmt.Sprintf("keystore-%d.pem", notAfter.UnixNano()))
	if err := n.cluster.authority.writeKeystore(file, notAfter); err != nil {
		return err
	}
	request := kmsg.NewPtrIncrementalAlterConfigsRequest()
	resource := kmsg.NewIncrementalAlterConfigsRequestResource()
	resource.ResourceType, resource.ResourceName = kmsg.ConfigResourceTypeBroker, strconv.Itoa(int(n.ID))
	config := kmsg.NewIncrementalAlterConfigsRequestResourceConfig()
	config.Name, config.Value = "listener.name.sasl_ssl.ssl.keystore.location", &file
	resource.Configs = append(resource.Configs, config)
	request.Resources = append(request.Resources, resource)
	answer, err := n.cluster.ask(ctx, n, request)
	if err != nil {
		return err
	}
	for _, r := range answer.(*kmsg.IncrementalAlterConfigsResponse).Resources {
		if err := kerr.ErrorForCode(r.ErrorCode); err != nil {
			why := ""
			if r.ErrorMessage != nil {
				why = ": " + *r.ErrorMessage
			}
			return fmt.Errorf("another certificate for %v: %w%s", n, err, why)
		}
	}
	return poll(ctx, fmt.Sprintf("%v to show its new certificate", n), func(ctx context.Context) (error, error) {
		dialer := tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true}} // it is only looked at
		conn, err := dialer.DialContext(ctx, "tcp", n.AddrSASL())
		if err != nil {
			return err, nil
		}
		defer conn.Close()
		if shown := conn.(*tls.Conn).ConnectionState().PeerCertificates[0].NotAfter; !shown.Equal(notAfter.Truncate(time.Second).UTC()) {
			return fmt.Errorf("it shows one that is valid until %v", shown), nil
		}
		return nil, nil
	})
}
