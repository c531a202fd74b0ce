package config

import (
	"cmp"
	"encoding/base64"
	"net/url"
	"slices"
	"strings"
)

// minMasked is the length, in bytes, from which on a secret is masked in other texts. A shorter one would be found in most texts.
const minMasked = 4

// Mask hides a cluster's secrets in text that came from outside: a peer may repeat what was sent to it. The zero value hides nothing.
type Mask struct{ replacer *strings.Replacer }

// Text is a text with every secret replaced.
func (m Mask) Text(text string) string {
	if m.replacer == nil {
		return text
	}
	return m.replacer.Replace(text)
}

// Error is an error whose text is masked; nil for nil.
func (m Mask) Error(err error) error {
	if err == nil || m.Text(err.Error()) == err.Error() {
		return err
	}
	return &maskedError{m.Text(err.Error()), err}
}

type maskedError struct {
	text string
	err  error
}

func (e *maskedError) Error() string { return e.text }
func (e *maskedError) Unwrap() error { return e.err }

// Mask hides the secrets of the cluster, also as headers and forms carry them.
func (c *Cluster) Mask() Mask {
	o, m := &c.SASL.OAuth, &c.Metrics
	secrets := []string{}
	for _, s := range []Secret{c.SASL.Password, o.Token, o.ClientSecret, o.Truststore.Password, m.Password, m.Token, m.KeyPassword,
		c.TLS.Truststore.Password, c.TLS.Keystore.Password, c.TLS.Keystore.KeyPassword, c.TLS.Keystore.KeyText} {
		secrets = append(secrets, s.Reveal())
	}
	basic := func(user, password string) {
		if password != "" {
			secrets = append(secrets, password, base64.StdEncoding.EncodeToString([]byte(user+":"+password)))
		}
	}
	basic(c.SASL.User, c.SASL.Password.Reveal())
	basic(o.ClientID, o.ClientSecret.Reveal())
	basic(url.QueryEscape(o.ClientID), url.QueryEscape(o.ClientSecret.Reveal()))
	basic(m.Username, m.Password.Reveal())
	urls := []URL{o.TokenEndpoint, m.Prometheus.URL, m.Jolokia.URL, m.PrometheusServer.URL}
	for _, e := range []Exporter{m.Prometheus, m.Jolokia} {
		for _, u := range e.ByBroker {
			urls = append(urls, u)
		}
	}
	for _, u := range urls {
		user, password := u.credentials()
		basic(user, password)
	}
	for _, s := range slices.Clone(secrets) {
		secrets = append(secrets, url.QueryEscape(s), url.PathEscape(s))
	}
	secrets = slices.DeleteFunc(secrets, func(s string) bool { return len(s) < minMasked })
	slices.SortFunc(secrets, func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), strings.Compare(a, b)) }) // one may hold another
	secrets = slices.Compact(secrets)
	if len(secrets) == 0 {
		return Mask{}
	}
	var pairs []string
	for _, s := range secrets {
		pairs = append(pairs, s, hidden)
	}
	return Mask{strings.NewReplacer(pairs...)}
}

// credentials are the user and the password that stand in the address.
func (u URL) credentials() (user, password string) {
	_, rest, found := strings.Cut(string(u), "://")
	at := strings.LastIndexByte(rest, '@')
	if !found || at < 0 {
		return "", ""
	}
	user, password, _ = strings.Cut(rest[:at], ":")
	if p, err := url.PathUnescape(password); err == nil {
		password = p
	}
	if n, err := url.PathUnescape(user); err == nil {
		user = n
	}
	if password == "" {
		return "", user // a token before the @
	}
	return user, password
}
