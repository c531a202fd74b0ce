package protocol

import (
	"context"
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/oauth"
	"github.com/twmb/franz-go/pkg/sasl/plain"
)

// A text that a node sent is cut, so it is masked before: a part of a secret is no secret that a mask knows.
func TestWhatIsSaidOfALoginHidesSecretsAlsoWhereItIsCut(t *testing.T) {
	const secret = "qJ7sWx93PvTz"
	cut := strings.Repeat("x", maxQuoted-4) + secret
	login := plain.Auth{User: "u", Pass: secret}.AsMechanism()
	token := oauth.Auth{Token: secret}.AsMechanism()
	for _, tt := range []struct {
		name                  string
		mechanism             sasl.Mechanism
		mechanisms, says, ask string // what the node says to SaslHandshake, why it refuses, and what it answers to a token
	}{
		{"in its mechanisms", login, cut, "", ""},
		{"in why it refuses", login, "", cut, ""},
		{"in what it answers to a token", token, "", "", cut},
		{"in why there is no token", oauth.Oauth(func(context.Context) (oauth.Auth, error) { return oauth.Auth{}, errors.New("no token by " + secret) }), "", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			node := nodeThat(func(request []byte) []byte {
				head := request[4:8:8]
				switch int16(binary.BigEndian.Uint16(request)) {
				case keyApiVersions:
					resp := kmsg.NewPtrApiVersionsResponse()
					resp.Version = 5
					resp.ApiKeys = []kmsg.ApiVersionsResponseApiKey{{ApiKey: keySASLHandshake, MaxVersion: 1}, {ApiKey: keyApiVersions, MaxVersion: 5}, {ApiKey: keySASLAuthenticate, MaxVersion: 1}}
					return resp.AppendTo(head)
				case keySASLHandshake:
					resp := kmsg.NewPtrSASLHandshakeResponse()
					resp.Version = 1
					if tt.mechanisms != "" {
						resp.ErrorCode, resp.SupportedMechanisms = errUnsupportedSASL, []string{tt.mechanisms}
					}
					return resp.AppendTo(head)
				}
				resp := kmsg.NewPtrSASLAuthenticateResponse()
				resp.Version, resp.SASLAuthBytes = 1, []byte(tt.ask)
				if tt.says != "" {
					resp.ErrorCode, resp.ErrorMessage = errSASLAuthentication, &tt.says
				}
				return resp.AppendTo(head)
			})
			_, err := Dial(t.Context(), "b1:9092", Options{Dial: node, SASL: tt.mechanism, Mask: func(text string) string { return strings.ReplaceAll(text, secret, "(hidden)") }})
			if err == nil {
				t.Fatal("it was let in")
			}
			if text := err.Error(); strings.Contains(text, secret[:3]) || !strings.Contains(text, "xxx(hid") && !strings.Contains(text, "(hidden)") {
				t.Error(text)
			}
		})
	}
}
