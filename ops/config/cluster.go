package config

import (
	"time"

	"kdeck/ops/tenant"
	"kdeck/protocol"
)

// Cluster is one cluster and how to reach it, resolved: every source is read, every secret is here. It is not
// changed after it is made.
type Cluster struct {
	Name        string   // the context's, or the first bootstrap address as it was typed
	Bootstrap   []string // host:port, at least one unless Controllers are given
	Controllers []string // host:port of controllers' own listeners
	Security    Security
	TLS         TLS
	SASL        SASL
	AddressMap  map[string]string // advertised host:port -> host:port to dial
	Production  bool
	MaxClass    protocol.Class // the most that may be sent; IB! where nothing caps it
	Color       string
	Metrics     Metrics
	Tenants     tenant.Rules
	ClientID    string // empty where nothing says
	// Timeout of one request, from request.timeout.ms in -X or in the context's own settings; 0 where nothing says.
	// In a client.properties that key is meant for a client that has nothing better to do than wait: it isn't taken.
	Timeout time.Duration
}

// Security is Kafka's security.protocol.
type Security string

// The four protocols.
const (
	Plaintext     Security = "PLAINTEXT"
	SSL           Security = "SSL"
	SASLPlaintext Security = "SASL_PLAINTEXT"
	SASLSSL       Security = "SASL_SSL"
)

// Encrypted reports whether connections are TLS.
func (s Security) Encrypted() bool { return s == SSL || s == SASLSSL }

// Authenticated reports whether connections authenticate by SASL.
func (s Security) Authenticated() bool { return s == SASLPlaintext || s == SASLSSL }

// TLS is what a TLS connection is made from. Files are read and checked where sessions are opened.
type TLS struct {
	Truststore     Store // who is trusted; empty: the system's authorities
	Keystore       Store // our own certificate and key; empty: none
	VerifyHostname bool  // ssl.endpoint.identification.algorithm=https, Kafka's default
	SkipVerify     bool  // librdkafka's enable.ssl.certificate.verification=false
}

// Store is certificates and keys, in files or in the settings themselves.
type Store struct {
	Location    string // PEM: certificates, for a key store the key too; PKCS#12: everything
	Key         string // file of the PEM key, where it isn't in Location
	Password    Secret // of the PKCS#12 file
	KeyPassword Secret // of the key
	// PEM text, where the settings hold it instead of a file.
	Certificates string
	KeyText      Secret
}

// Empty reports whether nothing is in the store.
func (s Store) Empty() bool { return s.Location == "" && s.Certificates == "" && s.KeyText.IsZero() }

// SASL is what a connection authenticates with.
type SASL struct {
	Mechanism string // PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER
	User      string
	Password  Secret
	// DelegationToken says that user and password are a token's id and HMAC (KIP-48); SCRAM only.
	DelegationToken bool
	OAuth           OAuth
}

// OAuth is where an OAUTHBEARER token comes from: the token itself, a file that holds it (read anew for each
// connection, since others renew it), or an endpoint that gives one for client credentials.
type OAuth struct {
	Token         Secret
	TokenFile     string
	TokenEndpoint string
	ClientID      string
	ClientSecret  Secret
	Scope         string
	CAFile        string // PEM: who is trusted at the endpoint; empty: the system's authorities
	Extensions    map[string]string
}

// Metrics says where the brokers' metrics are: at most one of the three.
type Metrics struct {
	Prometheus       Exporter
	Jolokia          Exporter
	PrometheusServer PrometheusServer
}

// Exporter is a URL with {host} in the place of the broker's, or one URL for each broker id.
type Exporter struct {
	URL      string
	ByBroker map[int32]string
}

// Empty reports whether no exporter is given.
func (e Exporter) Empty() bool { return e.URL == "" && len(e.ByBroker) == 0 }

// PrometheusServer is a Prometheus server that scrapes the brokers.
type PrometheusServer struct {
	URL   string
	Match string // a label matcher that picks this cluster's series
}
