package kafka

import (
	"context"
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jcmturner/gokrb5/v8/client"
	krb5 "github.com/jcmturner/gokrb5/v8/config"
	"github.com/jcmturner/gokrb5/v8/credentials"
	"github.com/jcmturner/gokrb5/v8/iana/nametype"
	"github.com/jcmturner/gokrb5/v8/keytab"
	"github.com/jcmturner/gokrb5/v8/types"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/kerberos"

	"kdeck/ops/config"
	"kdeck/ops/files"
)

// kerberosLogin is the mechanism GSSAPI. One login with a keytab serves all connections; a ticket cache is read for each, because
// kinit renews it.
type kerberosLogin struct {
	from config.Kerberos
	now  func() time.Time

	mu     sync.Mutex
	conf   *krb5.Config
	client *client.Client // logged in with the keytab
}

// Name is the mechanism's.
func (*kerberosLogin) Name() string { return "GSSAPI" }

// Authenticate gets a ticket for the broker at an address, and the mechanism's first message.
func (l *kerberosLogin) Authenticate(ctx context.Context, addr string) (sasl.Session, []byte, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, nil, err
	}
	type ticket struct {
		client *client.Client
		host   string
		err    error
	}
	got := make(chan ticket, 1)
	go func() { // the library knows no context: it waits 5 s for each KDC
		var t ticket
		t.client, t.host, t.err = l.ticket(ctx, host)
		got <- t
	}()
	select {
	case t := <-got:
		if t.err != nil {
			return nil, nil, t.err
		}
		auth := kerberos.Auth{Client: t.client, Service: l.from.Service}
		return auth.AsMechanism().Authenticate(ctx, net.JoinHostPort(t.host, "0"))
	case <-ctx.Done():
		return nil, nil, fmt.Errorf("no answer in time for %s: see whether the KDCs in %s are reached from here", l.who(), l.files())
	}
}

// ticket logs in, unless that is done, and makes sure that the client has a ticket for the service on a host.
func (l *kerberosLogin) ticket(ctx context.Context, host string) (c *client.Client, canonical string, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conf == nil {
		if l.conf, err = readKrb5Conf(l.from.ConfigFiles); err != nil {
			return nil, "", fmt.Errorf("no krb5.conf: %w; name the file by KRB5_CONFIG, or by java.security.krb5.conf in the properties or with -X", err)
		}
	}
	if c, err = l.login(); err != nil {
		return nil, "", err
	}
	canonical = serviceHost(ctx, host, l.conf.LibDefaults.DNSCanonicalizeHostname)
	service := l.from.Service + "/" + canonical
	if _, _, err = c.GetServiceTicket(service); err != nil {
		l.forget() // the keytab may be another one by the next time
		return nil, "", l.explain("a ticket for "+service, c.Credentials.Domain(), err)
	}
	return c, canonical, nil
}

// login tries the ticket cache, then the keytab, in the order of Krb5LoginModule.
func (l *kerberosLogin) login() (*client.Client, error) {
	var noCache error
	if l.from.UseTicketCache {
		c, err := l.fromCache()
		if err == nil || !l.from.UseKeytab {
			return c, err
		}
		noCache = err
	}
	c, err := l.fromKeytab()
	if err != nil && noCache != nil {
		err = fmt.Errorf("%w; nor by the ticket cache: %w", err, noCache)
	}
	return c, err
}

func (l *kerberosLogin) fromCache() (*client.Client, error) {
	path := l.from.TicketCache
	if path == "" {
		path = "/tmp/krb5cc_" + strconv.Itoa(os.Getuid())
	}
	kinit := "run kinit -c " + path
	cache := new(credentials.CCache)
	if err := readKeys(path, "ticket cache", cache.Unmarshal); err != nil {
		return nil, fmt.Errorf("%w; %s, or name the cache by KRB5CCNAME", err, kinit)
	}
	owner, realm := cache.GetClientPrincipalName().PrincipalNameString(), cache.GetClientRealm()
	if want := l.from.Principal; want != "" && want != owner && want != owner+"@"+realm {
		return nil, fmt.Errorf("the ticket cache %s is of %s@%s, and not of %s; %s %s", path, owner, realm, want, kinit, want)
	}
	ticket, ok := cache.GetEntry(types.PrincipalName{NameType: nametype.KRB_NT_SRV_INST, NameString: []string{"krbtgt", realm}})
	switch {
	case !ok:
		return nil, fmt.Errorf("the ticket cache %s holds no ticket of %s@%s to get others with; %s", path, owner, realm, kinit)
	case !l.now().Before(ticket.EndTime):
		return nil, fmt.Errorf("the ticket of %s@%s in %s ended at %s; %s", owner, realm, path, ticket.EndTime.UTC().Format(time.RFC3339), kinit)
	}
	l.setRealm(realm)
	c, err := client.NewFromCCache(cache, l.conf, client.DisablePAFXFAST(true))
	if err != nil {
		return nil, fmt.Errorf("the ticket cache %s: %w; %s", path, err, kinit)
	}
	return c, nil
}

func (l *kerberosLogin) fromKeytab() (*client.Client, error) {
	if l.client != nil {
		return l.client, nil
	}
	path := l.from.Keytab
	if path == "" {
		path = strings.TrimPrefix(l.conf.LibDefaults.DefaultKeytabName, "FILE:")
	}
	keys := keytab.New()
	if err := readKeys(path, "keytab", keys.Unmarshal); err != nil {
		return nil, err
	}
	user, realm, err := l.principal(keys, path)
	if err != nil {
		return nil, err
	}
	l.setRealm(realm)
	// Active Directory doesn't answer to FAST.
	c := client.NewWithKeytab(user, realm, keys, l.conf, client.DisablePAFXFAST(true))
	if err := c.Login(); err != nil {
		return nil, l.explain(fmt.Sprintf("a login as %s@%s with the keytab %s", user, realm, path), realm, err)
	}
	l.client = c
	return c, nil
}

// readKeys reads a file that holds keys. What the library says of one that it can't read is left out: it holds the file's bytes. It
// panics where a length in the file is wrong.
func readKeys(path, kind string, unmarshal func([]byte) error) (err error) {
	data, err := files.Read(path, files.MaxKeys)
	if err != nil {
		return fmt.Errorf("no %s: %w", kind, err)
	}
	unreadable := fmt.Errorf("%s is no %s, or it is damaged", path, kind)
	defer func() {
		if recover() != nil {
			err = unreadable
		}
	}()
	if unmarshal(data) != nil {
		return unreadable
	}
	return nil
}

// principal returns who logs in with a keytab: the principal of the settings, or the only one of the keytab.
func (l *kerberosLogin) principal(keys *keytab.Keytab, path string) (user, realm string, err error) {
	var held []string
	for _, e := range keys.Entries {
		if name := strings.Join(e.Principal.Components, "/") + "@" + e.Principal.Realm; !slices.Contains(held, name) {
			held = append(held, name)
		}
	}
	want := l.from.Principal
	switch {
	case len(held) == 0:
		return "", "", fmt.Errorf("keytab %s holds no key", path)
	case want == "" && len(held) == 1:
		want = held[0]
	case want == "":
		return "", "", fmt.Errorf("keytab %s holds keys of %s: give one of them as principal", path, strings.Join(held, ", "))
	}
	user, realm, named := strings.Cut(want, "@")
	if !named {
		realm = l.conf.LibDefaults.DefaultRealm
	}
	if !slices.Contains(held, user+"@"+realm) {
		return "", "", fmt.Errorf("keytab %s holds no key of %s@%s, but of %s: check principal and keytab", path, user, realm, strings.Join(held, ", "))
	}
	return user, realm, nil
}

// setRealm makes the user's realm the default one of a krb5.conf that has none.
func (l *kerberosLogin) setRealm(realm string) {
	if l.conf.LibDefaults.DefaultRealm == "" {
		l.conf.LibDefaults.DefaultRealm = realm
	}
}

func (l *kerberosLogin) who() string {
	if l.from.Principal != "" {
		return l.from.Principal
	}
	return "the ticket cache's principal"
}

func (l *kerberosLogin) files() string { return strings.Join(l.from.ConfigFiles, ", ") }

// Close ends the login. It doesn't wait for a KDC.
func (l *kerberosLogin) Close() {
	if l.mu.TryLock() {
		l.forget()
		l.mu.Unlock()
	}
}

// forget ends the login with the keytab. The caller holds the lock.
func (l *kerberosLogin) forget() {
	if l.client != nil {
		l.client.Destroy()
		l.client = nil
	}
}

// serviceHost returns the name of a broker's host as it stands in the broker's principal, as Java's clients make it: the advertised
// name in lower case. An IP address is replaced by its name (InetAddress.getHostName in SaslChannelBuilder). A short name becomes a
// longer one that begins with it and a dot, if its address has such a name and dns_canonicalize_hostname isn't false
// (sun.security.krb5.PrincipalName). In all other cases no name is looked up, whatever rdns says.
func serviceHost(ctx context.Context, host string, canonicalize bool) string {
	var dns net.Resolver
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if net.ParseIP(host) != nil {
		if names, err := dns.LookupAddr(ctx, host); err == nil && len(names) > 0 {
			return strings.TrimSuffix(strings.ToLower(names[0]), ".")
		}
		return host
	}
	if !canonicalize || strings.Contains(host, ".") {
		return host
	}
	addrs, err := dns.LookupHost(ctx, host)
	if err != nil || len(addrs) == 0 {
		return host
	}
	names, _ := dns.LookupAddr(ctx, addrs[0])
	for _, name := range names {
		if name = strings.TrimSuffix(strings.ToLower(name), "."); strings.HasPrefix(name, host+".") {
			return name
		}
	}
	return host
}
