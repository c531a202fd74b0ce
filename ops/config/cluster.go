package config

import (
	"time"

	"kdeck/ops/state"
	"kdeck/ops/tenant"
	"kdeck/protocol"
)

// Cluster is one cluster and how to reach it. All sources have been read and all secrets resolved. It is not changed after it is
// made.
type Cluster struct {
	Name        string   // the context's, or of addresses that aren't the context's own the first, as it was typed
	File        string   // the path of the configuration file that holds the context of that name; "" where the name is an address
	Bootstrap   []string // host:port, at least one unless Controllers are given
	Controllers []string // host:port of controllers' own listeners
	Security    Security
	TLS         TLS
	SASL        SASL
	AddressMap  map[string]string // advertised host:port -> host:port to dial
	Production  bool
	MaxClass    protocol.Class // the highest class that may be sent; IB! if there is no cap
	Color       string
	Metrics     Metrics
	Tenants     tenant.Rules
	Calm        state.Calm // how long something must last before it makes a verdict
	Host        HostLook   // how brokers' own machines are asked what keeps the brokers waiting
	ClientID    string     // may be empty
	// Timeout of one request, from request.timeout.ms in -X or in the context's own settings; 0 if neither has it. The same key
	// in a client.properties is ignored: it is meant for clients that may wait long.
	Timeout time.Duration
	// Warnings are of files that others can get at, as sentences for the user.
	Warnings []string

	proxy URL   // of http and https, from the environment
	mask  *Mask // see Mask; nil: made anew
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

// TLS holds the settings of TLS connections. Their files are read and checked when a session is opened.
type TLS struct {
	Truststore     Store // trusted certificate authorities; empty: the system's
	Keystore       Store // the client's certificate and key; empty: none
	VerifyHostname bool  // ssl.endpoint.identification.algorithm=https, Kafka's default
	SkipVerify     bool  // librdkafka's enable.ssl.certificate.verification=false
}

// Store holds certificates and keys, in files or in the settings themselves.
type Store struct {
	Location    string // PEM: certificates, and in a key store the key; PKCS#12, JKS, JCEKS: both
	Key         string // file of the PEM key, where it isn't in Location
	KeyAlias    string // of the key to take from a PKCS#12, JKS or JCEKS file with several; empty: as Java chooses
	Password    Secret // of the PKCS#12, JKS or JCEKS file
	KeyPassword Secret // of the key
	// PEM text, where the settings hold it instead of a file.
	Certificates string
	KeyText      Secret
}

// Empty reports whether nothing is in the store.
func (s Store) Empty() bool { return s.Location == "" && s.Certificates == "" && s.KeyText.IsZero() }

// SASL holds what a connection authenticates with.
type SASL struct {
	Mechanism string // PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, GSSAPI, OAUTHBEARER or AWS_MSK_IAM
	User      string
	Password  Secret
	// DelegationToken says that user and password are a token's id and HMAC (KIP-48); SCRAM only.
	DelegationToken bool
	Kerberos        *Kerberos // GSSAPI; otherwise nil
	OAuth           OAuth
	AWS             *AWS // who signs logins by AWS_MSK_IAM, or by OAUTHBEARER where AWS's handler is named; otherwise nil
}

// AWS names the credentials that sign a login to Amazon MSK. What is empty is found by the AWS SDK, in the environment and in its files.
type AWS struct {
	Profile     string
	RoleARN     string // a role to take on
	RoleSession string
	STSRegion   string // of the service that gives the role
	Region      string // of the cluster, from its address
}

// OAuth is the source of OAUTHBEARER tokens: a token, a file that holds one (read for each connection, because another program
// renews it), or an endpoint that issues one for client credentials.
type OAuth struct {
	Token         Secret
	TokenFile     string
	TokenEndpoint URL
	ClientID      string
	ClientSecret  Secret
	URLEncode     bool // the id and the secret are encoded for a URL before they are put into the header
	Scope         string
	Audience      string
	Truststore    Store // trusted authorities of the endpoint; empty: the system's
	Extensions    map[string]string
}

// Metrics is the source of the brokers' metrics: at most one of the three.
type Metrics struct {
	Prometheus       Exporter
	Jolokia          Exporter
	PrometheusServer PrometheusServer

	// Hosts are those that brokers may advertise and that get the credentials, besides those of the bootstrap's domain: names,
	// addresses, domains with a dot in front.
	Hosts []string

	// How its address is reached. Files in any format of Kafka's own stores.
	CA               string // trusted authorities; empty: the system's and those of the cluster's trust store
	Certificate, Key string // the client's; the key may stand in the certificate's file
	KeyPassword      Secret // of a store that holds them
	Username         string // basic auth
	Password         Secret
	Token            Secret // a bearer token
}

// TLS holds the settings of connections to the exporters.
func (m Metrics) TLS() TLS {
	t := TLS{VerifyHostname: true, Truststore: Store{Location: m.CA}}
	t.Keystore = Store{Location: m.Certificate, Key: m.Key, Password: m.KeyPassword, KeyPassword: m.KeyPassword}
	return t
}

// Exporter is a URL in which {host} stands for the broker's host, or one URL for each broker id.
type Exporter struct {
	URL      URL
	ByBroker map[int32]URL
}

// ExporterByBroker has one address for each broker id.
func ExporterByBroker(addresses map[int32]string) Exporter {
	e := Exporter{ByBroker: make(map[int32]URL, len(addresses))}
	for id, address := range addresses {
		e.ByBroker[id] = URL(address)
	}
	return e
}

// Empty reports whether no exporter is given.
func (e Exporter) Empty() bool { return e.URL == "" && len(e.ByBroker) == 0 }

// PrometheusServer is a Prometheus server that scrapes the brokers.
type PrometheusServer struct {
	URL   URL
	Match string // a label matcher that selects this cluster's series
}
