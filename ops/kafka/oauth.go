package kafka

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/sasl/oauth"

	"kdeck/ops/config"
)

// maxTokenAnswer bounds what a token endpoint may answer, in bytes.
const maxTokenAnswer = 1 << 20

// tokens gives OAUTHBEARER tokens, each as long as it lasts.
type tokens struct {
	from   config.OAuth
	now    func() time.Time
	client *http.Client

	mu      sync.Mutex
	token   string
	renewAt time.Time
}

func newTokens(from config.OAuth, dial dialFunc, now func() time.Time) (*tokens, error) {
	trust := &tls.Config{MinVersion: tls.VersionTLS12}
	if from.CAFile != "" {
		certs, err := trusted(config.Store{Location: from.CAFile})
		if err != nil {
			return nil, fmt.Errorf("https.ca.location: %w", err)
		}
		trust.RootCAs = x509.NewCertPool()
		for _, cert := range certs {
			trust.RootCAs.AddCert(cert)
		}
	}
	return &tokens{from: from, now: now, client: &http.Client{
		Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, DialContext: dial, TLSClientConfig: trust, DisableKeepAlives: true},
		// A redirect would send the client's secret to an address that nobody configured.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

func (t *tokens) auth(ctx context.Context) (oauth.Auth, error) {
	token, err := t.get(ctx)
	return oauth.Auth{Token: token, Extensions: t.from.Extensions}, err
}

func (t *tokens) get(ctx context.Context) (string, error) {
	switch {
	case !t.from.Token.IsZero():
		return t.from.Token.Reveal(), nil
	case t.from.TokenFile != "":
		data, err := os.ReadFile(t.from.TokenFile)
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
	token, lasts, err := t.fetch(ctx)
	if err != nil {
		return "", fmt.Errorf("token endpoint %s: %w", t.from.TokenEndpoint, err)
	}
	// Renewed at 80 % of its life, as Kafka's own clients do (sasl.login.refresh.window.factor).
	t.token, t.renewAt = token, asked.Add(lasts*8/10)
	return token, nil
}

// fetch asks the endpoint for a token by client credentials (RFC 6749 §4.4).
func (t *tokens) fetch(ctx context.Context) (token string, lasts time.Duration, err error) {
	form := url.Values{"grant_type": {"client_credentials"}}
	if t.from.Scope != "" {
		form.Set("scope", t.from.Scope)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.from.TokenEndpoint, strings.NewReader(form.Encode()))
	if err != nil {
		return "", 0, errors.New("not a URL that can be asked")
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	req.SetBasicAuth(t.from.ClientID, t.from.ClientSecret.Reveal())
	resp, err := t.client.Do(req)
	if err != nil {
		if ue, ok := errors.AsType[*url.Error](err); ok {
			err = ue.Err
		}
		return "", 0, err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxTokenAnswer))
	if err != nil {
		return "", 0, err
	}
	var answer struct {
		Token   string  `json:"access_token"`
		Expires float64 `json:"expires_in"` // seconds
		Error   string  `json:"error"`
	}
	jerr := json.Unmarshal(data, &answer)
	switch {
	case resp.StatusCode != http.StatusOK && answer.Error != "":
		return "", 0, fmt.Errorf("it answered %s: %q", resp.Status, answer.Error)
	case resp.StatusCode != http.StatusOK:
		return "", 0, fmt.Errorf("it answered %s", resp.Status)
	case jerr != nil || answer.Token == "":
		return "", 0, errors.New("its answer holds no access_token")
	}
	return answer.Token, time.Duration(min(max(answer.Expires, 0), 1e9)) * time.Second, nil
}
