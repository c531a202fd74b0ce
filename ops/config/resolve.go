package config

import (
	"errors"
	"fmt"
	"math"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"kdeck/protocol"
)

// Flags are the words of the command line that say which cluster is meant.
type Flags struct {
	Context       string   // --context
	Bootstrap     string   // --bootstrap-server
	Controllers   string   // --bootstrap-controller
	CommandConfig string   // --command-config: a Java client.properties
	X             []string // -X, each key=value
}

// Resolve finds out which cluster is meant and how to reach it. Flags count more than the context's own settings,
// those more than the properties file that the context names; within the flags -X counts more than
// --command-config, and --bootstrap-server more than either.
//
// The file's current context counts only where no address is given otherwise: an address that is typed is never
// sent the credentials of a context that isn't named. lookup finds environment variables; nil is os.LookupEnv.
func Resolve(file *File, flags Flags, lookup func(string) (string, bool)) (*Cluster, error) {
	if lookup == nil {
		lookup = os.LookupEnv
	}
	seen := new(exposures)
	x := expander{lookup, seen}
	given, err := flags.layer(x)
	if err != nil {
		return nil, err
	}
	name := flags.Context
	if name == "" && given.text(keyBootstrap) == "" && given.text(keyControllers) == "" {
		if name = file.Current; name == "" {
			return nil, &NoClusterError{file.Path, file.Names()}
		}
	}
	settings, cluster := layer{}, &Cluster{MaxClass: protocol.ClassIBX}
	if name != "" {
		context, err := file.Context(name)
		if err != nil {
			return nil, err
		}
		if settings, err = context.layer(filepath.Dir(file.Path), x); err != nil {
			return nil, fmt.Errorf("context %s: %w", name, err)
		}
		cluster.Name, cluster.File = name, file.Path
		cluster.AddressMap, cluster.Production, cluster.Color = context.AddressMap, context.Production, context.Color
		if cluster.Metrics, err = context.Metrics.resolved(filepath.Dir(file.Path), x); err != nil {
			return nil, fmt.Errorf("context %s: %w", name, err)
		}
		cluster.Tenants, cluster.Calm, cluster.Host = context.Tenants, context.Calm, context.Host
		if context.MaxClass != 0 {
			cluster.MaxClass = context.MaxClass
		}
	}
	own := settings.addresses()
	settings.under(given)
	if err := cluster.settle(settings, lookup); err != nil {
		return nil, err
	}
	cluster.rename(given, own)
	seen.noteFiles(cluster)
	cluster.Warnings = seen.warnings
	for _, name := range []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"} { // as net/http has them, which quotes one that it can't read
		if value, _ := lookup(name); URL(value).HasCredentials() {
			cluster.proxy = URL(value)
			break
		}
	}
	cluster.mask = cluster.Mask()
	return cluster, nil
}

// rename names a cluster by an address that was given, where that is none of the context's own: a context's name in a phrase must
// not lead to another cluster.
func (c *Cluster) rename(given layer, own []string) {
	for _, key := range []string{keyBootstrap, keyControllers} {
		for word := range strings.SplitSeq(given.text(key), ",") {
			word = strings.TrimSpace(word)
			addr, err := address(word)
			if err == nil && c.File != "" && !slices.Contains(own, addr) {
				c.Name, c.File = word, ""
			}
		}
	}
}

// addresses are those of brokers and controllers.
func (l layer) addresses() (all []string) {
	for _, key := range []string{keyBootstrap, keyControllers} {
		addrs, _ := Addresses(l.text(key)) // what can't be read is refused where the settings are settled
		all = append(all, addrs...)
	}
	return all
}

// Addresses are those of a context's own brokers and controllers, as far as they can be read.
func (f *File) Addresses(c *Context, lookup func(string) (string, bool)) []string {
	l, err := c.layer(filepath.Dir(f.Path), expander{getenv: lookup})
	if err != nil { // then nothing can be reached by it either
		return nil
	}
	return l.addresses()
}

// ParseSetting reads a word of -X, key=value. A word without = may be a password, so the error quotes it only where it is a key.
func ParseSetting(word string) (key, value string, err error) {
	key, value, ok := strings.Cut(word, "=")
	if _, known := canonical(key); !ok && known {
		return "", "", fmt.Errorf("-X %s: it has no value: key=value was expected", key)
	}
	if !ok {
		return "", "", errors.New("-X: key=value was expected, and a word has no = (it isn't shown: it may be a password)")
	}
	return strings.TrimSpace(key), value, nil
}

// layer merges what the flags set.
func (f Flags) layer(x expander) (layer, error) {
	merged := layer{}
	if f.CommandConfig != "" {
		pairs, err := readProperties(f.CommandConfig)
		if err != nil {
			return nil, fmt.Errorf("--command-config: %w", err)
		}
		x.seen.noteProperties(f.CommandConfig, pairs)
		l, err := newLayer(pairs, x)
		if err != nil {
			return nil, err
		}
		delete(l, keyTimeout) // meant for a client that may wait: see Cluster.Timeout
		merged.under(l)
	}
	var pairs []pair
	for _, word := range f.X {
		key, value, err := ParseSetting(word)
		if err != nil {
			return nil, err
		}
		pairs = append(pairs, pair{key: key, value: value, where: "-X"})
	}
	l, err := newLayer(pairs, x)
	if err != nil {
		return nil, err
	}
	merged.under(l)
	if f.Bootstrap != "" {
		merged[keyBootstrap] = pair{key: "--bootstrap-server", value: f.Bootstrap, where: "command line"}
	}
	if f.Controllers != "" {
		merged[keyControllers] = pair{key: "--bootstrap-controller", value: f.Controllers, where: "command line"}
	}
	return merged, nil
}

// layer merges what a context sets. A relative path of its properties file counts from the directory of the
// file that holds the context.
func (c *Context) layer(dir string, x expander) (layer, error) {
	merged := layer{}
	if c.Properties != "" {
		path := c.Properties
		if !filepath.IsAbs(path) {
			path = filepath.Join(dir, path)
		}
		pairs, err := readProperties(path)
		if err != nil {
			return nil, err
		}
		x.seen.noteProperties(path, pairs)
		l, err := newLayer(pairs, x)
		if err != nil {
			return nil, err
		}
		delete(l, keyTimeout)
		merged.under(l)
	}
	l, err := newLayer(c.settings, x)
	if err != nil {
		return nil, err
	}
	merged.under(l)
	if len(c.Bootstrap) > 0 {
		merged[keyBootstrap] = pair{key: "bootstrap", value: strings.Join(c.Bootstrap, ","), where: "context"}
	}
	if len(c.Controllers) > 0 {
		merged[keyControllers] = pair{key: "controllers", value: strings.Join(c.Controllers, ","), where: "context"}
	}
	return merged, nil
}

// settle reads the merged settings.
func (c *Cluster) settle(l layer, getenv func(string) (string, bool)) error {
	if l.text(keyBootstrap) == "" && l.text(keyControllers) == "" {
		return errors.New("no address of the cluster: give --bootstrap-server HOST:PORT, or bootstrap in the context")
	}
	for _, list := range []struct {
		key string
		to  *[]string
	}{{keyBootstrap, &c.Bootstrap}, {keyControllers, &c.Controllers}} {
		if text := l.text(list.key); text != "" {
			addrs, err := Addresses(text)
			if err != nil {
				return fmt.Errorf("%s: %s: %w", l[list.key].where, l[list.key].key, err)
			}
			*list.to = addrs
			if c.Name == "" {
				first, _, _ := strings.Cut(text, ",")
				c.Name = strings.TrimSpace(first)
			}
		}
	}
	c.Security = Security(strings.ToUpper(l.text(keySecurity)))
	switch c.Security {
	case "":
		c.Security = Plaintext
	case Plaintext, SSL, SASLPlaintext, SASLSSL:
	default:
		return l.bad(keySecurity, "one of PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL was expected")
	}
	if c.ClientID = l.text(keyClientID); len(c.ClientID) > math.MaxInt16 {
		return l.bad(keyClientID, "32767 bytes at the most were expected")
	}
	if text := l.text(keyTimeout); text != "" {
		ms, err := strconv.ParseInt(text, 10, 32)
		if err != nil || ms <= 0 {
			return l.bad(keyTimeout, "a number of milliseconds above 0 was expected")
		}
		c.Timeout = time.Duration(ms) * time.Millisecond
	}
	if err := c.TLS.settle(l); err != nil {
		return err
	}
	if c.Security.Authenticated() {
		return c.SASL.settle(l, c.Bootstrap, getenv)
	}
	return nil
}

func (t *TLS) settle(l layer) error {
	for _, key := range []string{keyTrustType, keyKeystoreType} {
		// The type is told from the bytes: a store that says JKS is often PKCS#12, which Java reads all the same.
		if text := strings.ToUpper(l.text(key)); text != "" && !slices.Contains([]string{"PEM", "PKCS12", "JKS", "JCEKS"}, text) {
			return l.bad(key, "PEM, PKCS12, JKS or JCEKS was expected")
		}
	}
	t.Truststore = Store{Location: l.text(keyTrustLocation), Password: NewSecret(l.text(keyTrustPassword)), Certificates: l.text(keyTrustText)}
	t.Keystore = Store{Location: l.text(keyKeystore), Password: NewSecret(l.text(keyKeystorePass)), Certificates: l.text(keyKeystoreText),
		Key: l.text(keyKeyFile), KeyAlias: l.text(keyKeystoreAlias), KeyText: NewSecret(l.text(keyKeystoreKey)), KeyPassword: NewSecret(l.text(keyKeyPassword))}
	if t.Keystore.Location == "" {
		t.Keystore.Location = l.text(keyCertificateFile)
	}
	t.VerifyHostname = true
	if p, set := l[keyIdentification]; set {
		switch strings.ToLower(p.value) {
		case "", "none":
			t.VerifyHostname = false
		case "https":
		default:
			return l.bad(keyIdentification, "https, or nothing to switch it off, was expected")
		}
	}
	if text := l.text(keyVerify); text != "" {
		verify, err := strconv.ParseBool(text)
		if err != nil {
			return l.bad(keyVerify, "true or false was expected")
		}
		t.SkipVerify = !verify
	}
	return nil
}

// Mechanisms lists the SASL mechanisms that are known here.
var Mechanisms = []string{"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "GSSAPI", "OAUTHBEARER", "AWS_MSK_IAM"}

func (s *SASL) settle(l layer, bootstrap []string, getenv func(string) (string, bool)) (err error) {
	s.Mechanism = strings.ToUpper(l.text(keyMechanism))
	if _, module := l[keyKrbModule]; module && s.Mechanism == "" {
		s.Mechanism = "GSSAPI" // Java's default
	}
	switch {
	case s.Mechanism == "":
		return fmt.Errorf("%s is not set, and %s names no Krb5LoginModule for GSSAPI, Java's default: give one of %s", keyMechanism, keyJAAS, strings.Join(Mechanisms, ", "))
	case !slices.Contains(Mechanisms, s.Mechanism):
		return l.bad(keyMechanism, "one of "+strings.Join(Mechanisms, ", ")+" was expected")
	}
	if s.Mechanism == "OAUTHBEARER" {
		if err := l.checkLogin("a token: " + keyToken + ", or " + keyTokenEndpoint + " with a client"); err != nil {
			return err
		}
		if strings.HasSuffix(l.text(keyLoginHandler), awsHandler) {
			s.AWS = l.aws(bootstrap)
			return nil
		}
		return s.OAuth.settle(l)
	}
	if s.Mechanism == "GSSAPI" {
		s.Kerberos, err = l.kerberos(getenv)
		return err
	}
	if s.Mechanism == "AWS_MSK_IAM" {
		s.AWS = l.aws(bootstrap)
		return l.checkLogin("awsProfileName, or AWS_PROFILE in the environment")
	}
	if err := l.checkLogin(keyUser + " and " + keyPassword); err != nil {
		return err
	}
	s.User, s.Password = l.text(keyUser), NewSecret(l.text(keyPassword))
	s.DelegationToken = strings.EqualFold(l.text(keySCRAMToken), "true")
	if s.User == "" || s.Password.IsZero() {
		return fmt.Errorf("%s needs a user and a password: give %s, or %s and %s", s.Mechanism, keyJAAS, keyUser, keyPassword)
	}
	return nil
}

func (o *OAuth) settle(l layer) error {
	o.Token = NewSecret(l.text(keyToken))
	o.ClientID, o.ClientSecret = l.text(keyOAuthID), NewSecret(l.text(keyOAuthSecret))
	o.Scope, o.Audience, o.TokenFile = l.text(keyOAuthScope), l.text(keyOAuthAudience), l.text(keyTokenFile)
	o.Truststore = Store{Location: l.text(keyOAuthCA), Certificates: l.text(keyOAuthCAText), Password: NewSecret(l.text(keyOAuthCAPassword))}
	if text := l.text(keyTokenEndpoint); text != "" {
		u, err := url.Parse(text)
		switch {
		case err != nil || (u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "file"):
			return l.bad(keyTokenEndpoint, "an http, https or file URL was expected")
		case u.Scheme == "file":
			o.TokenFile = u.Path
		default:
			o.TokenEndpoint = URL(text)
		}
	}
	if text := l.text(keyOAuthExtensions); text != "" {
		o.Extensions = map[string]string{}
		for word := range strings.SplitSeq(text, ",") {
			key, value, ok := strings.Cut(strings.TrimSpace(word), "=")
			if !ok || key == "" || key == "auth" {
				return l.bad(keyOAuthExtensions, "name=value and commas were expected")
			}
			o.Extensions[key] = value
		}
	}
	grant, machine := l.text(keyOAuthGrant), l.text(keyOAuthMachine)
	o.URLEncode = strings.EqualFold(l.text(keyOAuthURLEncode), "true")
	switch {
	case !o.Token.IsZero() || o.TokenFile != "":
	case grant != "" && grant != "client_credentials":
		return l.bad(keyOAuthGrant, "no other way to a token than client_credentials is known here: give the token as "+keyToken)
	case machine != "" && machine != "none":
		return l.bad(keyOAuthMachine, "tokens of the machine's identity are not known here: give the token as "+keyToken)
	case o.TokenEndpoint == "":
		return fmt.Errorf("OAUTHBEARER needs a token: give %s (a URL; file: for a file that holds the token) or %s", keyTokenEndpoint, keyToken)
	case o.ClientID == "" || o.ClientSecret.IsZero():
		return fmt.Errorf("the token endpoint needs a client: give clientId and clientSecret (with Strimzi's handler oauth.client.id and oauth.client.secret) in %s, or %s and %s", keyJAAS, keyOAuthID, keyOAuthSecret)
	}
	return nil
}
