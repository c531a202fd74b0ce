package config

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
)

// access are the settings by which exporters are reached, as they stand in a context.
func (m *Metrics) access() map[string]string {
	return map[string]string{"ca": m.CA, "certificate": m.Certificate, "key": m.Key, "key_password": m.KeyPassword.Reveal(),
		"username": m.Username, "password": m.Password.Reveal(), "token": m.Token.Reveal()}
}

func (m *Metrics) setAccess(key, text string) {
	switch key {
	case "ca":
		m.CA = text
	case "certificate":
		m.Certificate = text
	case "key":
		m.Key = text
	case "key_password":
		m.KeyPassword = NewSecret(text)
	case "username":
		m.Username = text
	case "password":
		m.Password = NewSecret(text)
	case "token":
		m.Token = NewSecret(text)
	}
}

// isSecret tells whether a setting of access may be shown only where it refers to a secret.
func isSecret(key string) bool { return key == "key_password" || key == "password" || key == "token" }

// resolved is m with the secrets that it refers to, in its addresses too. Relative paths of its files count from dir.
func (m Metrics) resolved(dir string, x expander) (Metrics, error) {
	var failed error
	expand := func(what, text string) string {
		out, err := x.expand(text)
		if err != nil && failed == nil {
			failed = fmt.Errorf("metrics: %s: %w", what, err)
		}
		return out
	}
	access := m.access()
	for _, key := range slices.Sorted(maps.Keys(access)) {
		text := expand(key, access[key])
		if (key == "ca" || key == "certificate" || key == "key") && text != "" && !filepath.IsAbs(text) {
			text = filepath.Join(dir, text)
		}
		m.setAccess(key, text)
	}
	for _, e := range []*Exporter{&m.Prometheus, &m.Jolokia} {
		e.URL, e.ByBroker = URL(expand("url", string(e.URL))), maps.Clone(e.ByBroker)
		for id, address := range e.ByBroker {
			e.ByBroker[id] = URL(expand("url", string(address)))
		}
	}
	m.PrometheusServer.URL = URL(expand("url", string(m.PrometheusServer.URL)))
	return m, failed
}
