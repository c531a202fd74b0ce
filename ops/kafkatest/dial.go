package kafkatest

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

// Dial says how a client reaches a cluster: in plain text, or as a user over SASL_SSL.
type Dial struct {
	Bootstrap string // comma list of host:port
	ClientID  string // "kafkatest" where empty

	User      string // SASL_SSL where set
	Mechanism string // ScramSHA512 where empty
	CAFile    string // PEM
}

func (d Dial) options() ([]kgo.Opt, error) {
	if d.ClientID == "" {
		d.ClientID = "kafkatest"
	}
	opts := []kgo.Opt{kgo.SeedBrokers(strings.Split(d.Bootstrap, ",")...), kgo.ClientID(d.ClientID)}
	if d.User == "" {
		return opts, nil
	}
	switch password := Password(d.User); d.Mechanism {
	case ScramSHA512, "":
		opts = append(opts, kgo.SASL(scram.Auth{User: d.User, Pass: password}.AsSha512Mechanism()))
	case ScramSHA256:
		opts = append(opts, kgo.SASL(scram.Auth{User: d.User, Pass: password}.AsSha256Mechanism()))
	case Plain:
		opts = append(opts, kgo.SASL(plain.Auth{User: d.User, Pass: password}.AsMechanism()))
	default:
		return nil, fmt.Errorf("kafkatest: no mechanism %q", d.Mechanism)
	}
	pem, err := os.ReadFile(d.CAFile)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("no certificate in %s", d.CAFile)
	}
	return append(opts, kgo.DialTLSConfig(&tls.Config{RootCAs: roots})), nil
}

func (d Dial) client(more ...kgo.Opt) (*kgo.Client, error) {
	opts, err := d.options()
	if err != nil {
		return nil, err
	}
	return kgo.NewClient(append(opts, more...)...)
}
