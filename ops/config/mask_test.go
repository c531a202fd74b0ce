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
		TokenEndpoint: "https://u:pass4@idp/token"}},
		TLS: TLS{Keystore: Store{Password: NewSecret("pass5"), KeyPassword: NewSecret("pass6"), KeyText: NewSecret("key7")}, Truststore: Store{Password: NewSecret("pass8")}},
		Metrics: Metrics{Username: "m", Password: NewSecret("pass9"), Token: NewSecret("token10"), KeyPassword: NewSecret("pass11"),
			Jolokia: Exporter{ByBroker: map[int32]URL{1: "http://u:pa%20ss12@h/", 2: "http://token13@h/"}}}}
	m := c.Mask()
	for _, secret := range []string{"pa ss/1", "pa ss/2", "token3", "pass4", "pass5", "pass6", "key7", "pass8", "pass9", "token10", "pass11", "pa ss12", "token13",
		base64.StdEncoding.EncodeToString([]byte("me:pa ss/1")), base64.StdEncoding.EncodeToString([]byte("id:pa ss/2")),
		base64.StdEncoding.EncodeToString([]byte("m:pass9")), url.QueryEscape("pa ss/2"), url.PathEscape("pa ss/1")} {
		text := m.Text("the peer says: " + secret + ", and more")
		if strings.Contains(text, secret) || !strings.HasSuffix(text, ", and more") {
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
	if got := (&Cluster{SASL: SASL{User: "a", Password: NewSecret("abc")}}).Mask().Text("abcdef"); got != "abcdef" {
		t.Errorf("a secret of three characters: %s", got)
	}
}
