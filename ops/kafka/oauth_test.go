package kafka

import (
	"context"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kdeck/ops/config"
)

func TestATokenIsFetchedOnceAndAgainBeforeItEnds(t *testing.T) {
	asked := 0
	idp := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		id, secret, _ := r.BasicAuth()
		if r.Method != http.MethodPost || id != "id" || secret != "s3/cr+t" || r.FormValue("grant_type") != "client_credentials" ||
			r.FormValue("scope") != "kafka" || r.FormValue("audience") != "brokers" || r.Form.Has("client_secret") {
			t.Errorf("%s %s by %s, form %v", r.Method, r.URL, id, r.Form)
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"access_token":"token-%d","token_type":"bearer","expires_in":100}`, asked)
	}))
	defer idp.Close()
	now := time.Unix(1000, 0)
	tokens, err := tokensOf(config.OAuth{TokenEndpoint: config.URL(idp.URL), ClientID: "id", ClientSecret: config.NewSecret("s3/cr+t"), Scope: "kafka",
		Audience: "brokers", Extensions: map[string]string{"pool": "p"}}, new(net.Dialer).DialContext, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		after time.Duration
		want  string
	}{{0, "token-1"}, {79 * time.Second, "token-1"}, {time.Second, "token-2"}} {
		now = now.Add(test.after)
		auth, err := tokens.auth(t.Context())
		if err != nil || auth.Token != test.want || auth.Extensions["pool"] != "p" {
			t.Errorf("at %s: %+v, %v", now, auth, err)
		}
		if said := tokens.mask.Said("a broker says " + auth.Token); strings.Contains(said, auth.Token) {
			t.Errorf("the token isn't hidden where a broker repeats it: %s", said)
		}
	}
}

func TestATokenWithoutALifeIsFetchedForEachConnection(t *testing.T) {
	asked := 0
	idp := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		fmt.Fprintf(w, `{"access_token":"token-%d"}`, asked)
	}))
	defer idp.Close()
	tokens, err := tokensOf(config.OAuth{TokenEndpoint: config.URL(idp.URL), ClientID: "id", ClientSecret: config.NewSecret("s")}, new(net.Dialer).DialContext, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"token-1", "token-2"} {
		if got, err := tokens.get(t.Context()); err != nil || got != want {
			t.Errorf("%q, %v; want %s", got, err, want)
		}
	}
}

func TestATokenEndpointsCertificateIsTrustedByItsOwnStore(t *testing.T) {
	idp := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, `{"access_token":"t"}`) }))
	defer idp.Close()
	idp.Config.ErrorLog = log.New(io.Discard, "", 0)
	ca := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: idp.Certificate().Raw}))
	for _, test := range []struct {
		name  string
		store config.Store
		want  bool
	}{{"its own", config.Store{Certificates: ca}, true}, {"the system's", config.Store{}, false}} {
		tokens, err := tokensOf(config.OAuth{TokenEndpoint: config.URL(idp.URL), ClientID: "id", ClientSecret: config.NewSecret("s3cret"), Truststore: test.store},
			new(net.Dialer).DialContext, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		_, err = tokens.get(t.Context())
		if (err == nil) != test.want || (err != nil && !strings.Contains(err.Error(), "certificate")) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

func TestAClientIsEncodedForAURLOnlyWhereThatIsAsked(t *testing.T) {
	for _, test := range []struct {
		name   string
		encode bool
		want   string
	}{{"as it is", false, "s/+ t"}, {"encoded", true, "s%2F%2B+t"}} {
		idp := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if id, secret, _ := r.BasicAuth(); id != "id" || secret != test.want {
				t.Errorf("%s: %s, %s", test.name, id, secret)
			}
			io.WriteString(w, `{"access_token":"t"}`)
		}))
		defer idp.Close()
		tokens, err := tokensOf(config.OAuth{TokenEndpoint: config.URL(idp.URL), ClientID: "id", ClientSecret: config.NewSecret("s/+ t"), URLEncode: test.encode},
			new(net.Dialer).DialContext, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tokens.get(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

func TestATokenFileIsReadForEachConnection(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	tokens, err := tokensOf(config.OAuth{TokenFile: path}, nil, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"first\n", "second"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := tokens.get(t.Context()); err != nil || got != strings.TrimSpace(text) {
			t.Errorf("%q: %v", got, err)
		}
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := tokens.get(t.Context()); err == nil {
		t.Errorf("an empty file gave %q", got)
	}
}

func TestATokenEndpointThatFailsIsNamedAndItsSecretIsNot(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the redirect was followed") }))
	defer elsewhere.Close()
	for _, test := range []struct {
		name  string
		serve http.HandlerFunc
		says  string
	}{
		{"it refuses the client", func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusUnauthorized)
			io.WriteString(w, `{"error":"invalid_client"}`)
		}, `401 Unauthorized: "invalid_client"`},
		{"it says more, and repeats the secret", func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusBadRequest)
			io.WriteString(w, `{"error":"invalid_scope","error_description":"no such scope for s3\"cret"}`)
		}, `400 Bad Request: "invalid_scope" ("no such scope for (hidden)")`},
		{"the name of its error repeats the secret", func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusBadRequest)
			io.WriteString(w, `{"error":"no s3\"cret"}`)
		}, `400 Bad Request: "no (hidden)"`},
		{"its error and its description repeat the secret", func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusBadRequest)
			io.WriteString(w, `{"error":"no s3\"cret","error_description":"s3\"cret"}`)
		}, `400 Bad Request: "no (hidden)" ("(hidden)")`},
		{"its reason repeats the secret", answering("HTTP/1.1 400 no s3\"cret\r\nContent-Length: 0\r\n\r\n"), "400 no (hidden)"},
		{"its reason repeats the secret beside an error", answering("HTTP/1.1 400 no s3\"cret\r\nContent-Length: 13\r\n\r\n{\"error\":\"x\"}"), `400 no (hidden): "x"`},
		{"it repeats the secret and speaks no HTTP", answering("s3\"cret\r\n\r\n"), "(hidden)"},
		{"it repeats the secret where a status should stand", answering("HTTP/1.1 s3\"cret no\r\n\r\n"), "(hidden)"},
		{"it refuses with 200", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, `{"error":"unauthorized_client"}`) },
			`200 OK: "unauthorized_client"`},
		{"it fails", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusBadGateway) }, "502 Bad Gateway"},
		{"it answers something else", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "<html>") }, "no access_token"},
		{"it sends elsewhere", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
		}, "307"},
	} {
		idp := httptest.NewServer(test.serve)
		defer idp.Close()
		tokens, err := tokensOf(config.OAuth{TokenEndpoint: config.URL(idp.URL), ClientID: "id", ClientSecret: config.NewSecret(`s3"cret`)},
			func(ctx context.Context, network, addr string) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, network, addr)
			}, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		_, err = tokens.get(t.Context())
		if err == nil || !strings.Contains(err.Error(), test.says) || !strings.Contains(err.Error(), idp.URL) || strings.Contains(err.Error(), "s3") {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

// tokensOf is newTokens with a mask of its secrets.
func tokensOf(from config.OAuth, dial dialFunc, now func() time.Time) (*tokens, error) {
	return newTokens(from, (&config.Cluster{SASL: config.SASL{OAuth: from}}).Mask(), dial, now)
}

// answering is a server that answers with text, whatever that is.
func answering(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		c, out, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		defer c.Close()
		_, _ = out.WriteString(text)
		out.Flush()
	}
}
