package config

import (
	"encoding/base64"
	"errors"
	"net/url"
	"strings"
	"testing"
)

func TestSecretsOfAClusterAreMaskedInTextFromOutside(t *testing.T) {
	c := &Cluster{SASL: SASL{User: "me", Password: NewSecret("pa ss/1"), OAuth: OAuth{ClientID: "id", ClientSecret: NewSecret("pa ss/2"), Token: NewSecret("token3"),
		TokenEndpoint: "https://u:pass4@idp/token", Truststore: Store{Password: NewSecret("pass14"), Certificates: "-----BEGIN PRIVATE KEY-----\nkey15\n-----END PRIVATE KEY-----"}}},
		proxy: "http://u:pass16@proxy",
		TLS:   TLS{Keystore: Store{Password: NewSecret("pass5"), KeyPassword: NewSecret("pass6"), KeyText: NewSecret("key7")}, Truststore: Store{Password: NewSecret("pass8")}},
		Metrics: Metrics{Username: "m", Password: NewSecret("pass9"), Token: NewSecret("token10"), KeyPassword: NewSecret("pass11"),
			Prometheus: Exporter{URL: "http://u:pass17@h/?key=pass18"}, PrometheusServer: PrometheusServer{URL: "http://u:pass19@h/"},
			Jolokia: Exporter{URL: "http://u:pass20@h/", ByBroker: map[int32]URL{1: "http://u:pa%20ss12@h/", 2: "http://token13@h/"}}}}
	m := c.Mask()
	for _, secret := range []string{"pa ss/1", "pa ss/2", "token3", "pass4", "pass5", "pass6", "key7", "pass8", "pass9", "token10", "pass11", "pa ss12", "token13", "pass14", "key15", "pass16", "pass17", "pass18", "pass19", "pass20",
		base64.StdEncoding.EncodeToString([]byte("me:pa ss/1")), base64.StdEncoding.EncodeToString([]byte("id:pa ss/2")),
		base64.StdEncoding.EncodeToString([]byte("m:pass9")), base64.StdEncoding.EncodeToString([]byte("id:pa+ss%2F2")), base64.StdEncoding.EncodeToString([]byte("u:pass16")), url.QueryEscape("pa ss/2"), url.PathEscape("pa ss/1")} {
		text := m.Said("the peer says: " + secret + ", and more")
		if text != "the peer says: (hidden), and more" {
			t.Errorf("%q: %s", secret, text)
		}
	}
	cause := errors.New("bad token3")
	if err := m.Error(cause); strings.Contains(err.Error(), "token3") || !errors.Is(err, cause) {
		t.Errorf("error %v", err)
	}
	if (*Mask)(nil).Text("x") != "x" || (&Cluster{}).Mask().Text("x") != "x" || m.Error(nil) != nil {
		t.Error("without secrets nothing is changed")
	}
	for _, tt := range []struct{ password, text, everywhere, said string }{
		{"abc", "abcdef", "abcdef", "abcdef"},
		{"kafka", "kafka-1.internal", "kafka-1.internal", "(hidden)-1.internal"}, // a word that names hosts and topics
		{"hunter22", "hunter22-1", "(hidden)-1", "(hidden)-1"},
	} {
		m := (&Cluster{SASL: SASL{User: "a", Password: NewSecret(tt.password)}}).Mask()
		if got := m.Text(tt.text); got != tt.everywhere {
			t.Errorf("%s in what is written: %s", tt.password, got)
		}
		if got := m.Said(tt.text); got != tt.said {
			t.Errorf("%s in what a peer says: %s", tt.password, got)
		}
	}
}

func TestTheBeginningOfASecretAtTheEndOfACutTextIsHidden(t *testing.T) {
	m := NewMask("correct-horse-battery")
	for text, want := range map[string]string{
		"it is correct-horse-b…(1,204 characters)":                           "it is (hidden)…(1,204 characters)",
		"it is correct-horse-b~(24 characters) and correct-h…(2 characters)": "it is (hidden)~(24 characters) and (hidden)…(2 characters)",
		"it is correct…(24 characters)":                                      "it is correct…(24 characters)", // shorter than what is hidden elsewhere
		"636f72726563742d686f72…(625 characters)":                            "(hidden)…(625 characters)",
		"nothing of it…(24 characters)":                                      "nothing of it…(24 characters)",
	} {
		if got := m.Text(text); got != want {
			t.Errorf("%s: %s", text, got)
		}
	}
}
