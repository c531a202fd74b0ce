package kafka

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/sasl/oauth"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"kdeck/ops/config"
	"kdeck/ops/files"
)

// tokens gives OAUTHBEARER tokens, each as long as it lasts.
type tokens struct {
	from   config.OAuth
	mask   *config.Mask // gets the tokens
	now    func() time.Time
	issuer clientcredentials.Config
	client *http.Client

	mu      sync.Mutex
	token   string
	renewAt time.Time
}

func newTokens(from config.OAuth, mask *config.Mask, dial dialFunc, now func() time.Time) (*tokens, error) {
	trust := &tls.Config{MinVersion: tls.VersionTLS12}
	if !from.Truststore.Empty() {
		certs, err := trusted(from.Truststore)
		if err != nil {
			return nil, fmt.Errorf("trust store of the token endpoint: %w", err)
		}
		trust.RootCAs = x509.NewCertPool()
		for _, cert := range certs {
			trust.RootCAs.AddCert(cert)
		}
	}
	t := &tokens{from: from, mask: mask, now: now,
		// The client's id and secret are set by loginOfClient.
		issuer: clientcredentials.Config{TokenURL: string(from.TokenEndpoint), AuthStyle: oauth2.AuthStyleInParams},
		client: &http.Client{
			Transport: loginOfClient{from, &http.Transport{Proxy: http.ProxyFromEnvironment, DialContext: dial, TLSClientConfig: trust, DisableKeepAlives: true}},
			// A redirect would send the client's secret to an address that nobody configured.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}}
	if from.Scope != "" {
		t.issuer.Scopes = []string{from.Scope}
	}
	if from.Audience != "" {
		t.issuer.EndpointParams = url.Values{"audience": {from.Audience}}
	}
	return t, nil
}

// loginOfClient sends the client's id and secret as Kafka's and Strimzi's clients do: in the header, as they are. The library would
// encode them for a URL first (RFC 6749 §2.3.1), which those do only if they are told to (sasl.oauthbearer.header.urlencode).
type loginOfClient struct {
	from config.OAuth
	next http.RoundTripper
}

func (l loginOfClient) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	id, secret := l.from.ClientID, l.from.ClientSecret.Reveal()
	if l.from.URLEncode {
		id, secret = url.QueryEscape(id), url.QueryEscape(secret)
	}
	req.SetBasicAuth(id, secret)
	req.Header.Set("Accept", "application/json")
	resp, err := l.next.RoundTrip(req)
	if err == nil {
		resp.Header.Set("Content-Type", "application/json") // it is read as JSON whatever it says it is, as Java's clients do
	}
	return resp, err
}

func (t *tokens) auth(ctx context.Context) (oauth.Auth, error) {
	token, err := t.get(ctx)
	t.mask.Add(token)
	return oauth.Auth{Token: token, Extensions: t.from.Extensions}, err
}

func (t *tokens) get(ctx context.Context) (string, error) {
	switch {
	case !t.from.Token.IsZero():
		return t.from.Token.Reveal(), nil
	case t.from.TokenFile != "":
		data, err := files.Read(t.from.TokenFile, files.MaxKeys)
		if err == nil && len(strings.TrimSpace(string(data))) == 0 {
			err = fmt.Errorf("%s holds no token", t.from.TokenFile)
		}
		return strings.TrimSpace(string(data)), err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.token != "" && t.now().Before(t.renewAt) {
		return t.token, nil
	}
	asked := t.now()
	token, err := t.issuer.Token(context.WithValue(ctx, oauth2.HTTPClient, t.client))
	if err != nil {
		return "", fmt.Errorf("token endpoint %s: %w", t.from.TokenEndpoint, t.refusal(err))
	}
	// Renewed at 80 % of its life, as Kafka's own clients do (sasl.login.refresh.window.factor). A token without a life is
	// fetched for each connection.
	var lasts time.Duration
	if !token.Expiry.IsZero() {
		lasts = time.Until(token.Expiry)
	}
	t.token, t.renewAt = token.AccessToken, asked.Add(lasts*8/10)
	return t.token, nil
}

// refusal says what the endpoint answered. Its words are told, should they repeat the client's secret, without it.
func (t *tokens) refusal(err error) error {
	if ue, ok := errors.AsType[*url.Error](err); ok {
		return t.mask.Error(ue.Err) // it may quote an answer that is no HTTP
	}
	e, ok := errors.AsType[*oauth2.RetrieveError](err)
	if !ok {
		return errors.New("its answer holds no access_token")
	}
	said := "it answered " + e.Response.Status
	if e.ErrorCode != "" {
		said += fmt.Sprintf(": %q", e.ErrorCode)
		if e.ErrorDescription != "" {
			said += fmt.Sprintf(" (%q)", e.ErrorDescription)
		}
	}
	return errors.New(t.mask.Said(said))
}
