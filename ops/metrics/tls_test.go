package metrics

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"kdeck/ops/config"
)

func TestExportersBehindTLSAndLoginsAreReadOrSayWhatIsWanted(t *testing.T) {
	page := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, wellPage) })
	login := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		if user+":"+password != "eve:secret" && r.Header.Get("Authorization") != "Bearer secret" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		fmt.Fprint(w, wellPage)
	})
	for _, tt := range []struct {
		name    string
		handler http.Handler
		client  bool // a certificate is asked for
		trusted bool
		m       config.Metrics
		tlsErr  error
		host    string
		says    string // "" its figures are read
	}{
		{name: "trusted", handler: page, trusted: true},
		{name: "not trusted", handler: page, says: "metrics: {ca: FILE}"},
		{name: "trusted, by another name", handler: page, trusted: true, host: "localhost", says: "is for another host"},
		{name: "one that wants a client's certificate", handler: page, trusted: true, client: true, says: "metrics: {certificate: FILE, key: FILE}"},
		{name: "files that can't be read", handler: page, trusted: true, tlsErr: errors.New("metrics: ca.pem: no such file"), says: "ca.pem: no such file"},
		{name: "name and password", handler: login, trusted: true, m: config.Metrics{Username: "eve", Password: config.NewSecret("secret")}},
		{name: "a token", handler: login, trusted: true, m: config.Metrics{Token: config.NewSecret("secret")}},
		{name: "no login", handler: login, trusted: true, says: "wants a login"},
		{name: "a wrong password", handler: login, trusted: true, m: config.Metrics{Username: "eve", Password: config.NewSecret("s3")}, says: "wants a login"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := httptest.NewUnstartedServer(tt.handler)
			s.Config.ErrorLog = log.New(io.Discard, "", 0)
			if tt.client {
				s.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert}
			}
			s.StartTLS()
			defer s.Close()
			roots := x509.NewCertPool()
			if tt.trusted {
				roots.AddCert(s.Certificate())
			}
			address := s.URL
			if tt.host != "" {
				address = strings.Replace(address, "127.0.0.1", tt.host, 1)
			}
			tt.m.Prometheus = config.Exporter{ByBroker: map[int32]config.URL{1: config.URL(address)}}
			p := NewPoller(tt.m, Options{Deadline: 5 * time.Second, TLS: &tls.Config{RootCAs: roots}, TLSErr: tt.tlsErr})
			defer p.Close()
			switch a := p.Poll(t.Context(), []Target{{ID: 1, Host: "b1"}})[0]; {
			case tt.says == "" && a.Err != nil, tt.says != "" && (a.Err == nil || !strings.Contains(a.Err.Error(), tt.says)):
				t.Errorf("%v, want %q", a.Err, tt.says)
			case a.Err != nil && strings.Contains(a.Err.Error(), "secret"):
				t.Errorf("a secret is shown: %v", a.Err)
			}
		})
	}
	plain := httptest.NewServer(page)
	defer plain.Close()
	p := NewPoller(config.Metrics{Prometheus: config.Exporter{URL: config.URL(strings.Replace(plain.URL, "http", "https", 1))}}, Options{Deadline: 5 * time.Second})
	defer p.Close()
	if err := p.Poll(t.Context(), []Target{{ID: 1, Host: "b1"}})[0].Err; err == nil || !strings.Contains(err.Error(), "write http://") {
		t.Errorf("without TLS: %v", err)
	}
}

func TestAnErrorOfJolokiaKeepsItsText(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"in place of the list": func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `{"error_type":"java.lang.SecurityException","error":"Reading is denied by policy","status":403,"stacktrace":"…"}`)
		},
		"with a status of HTTP": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprint(w, `{"status":403,"error":"Reading is denied by policy"}`)
		},
		"of one bean": func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `[{"request":{"mbean":"kafka.server:type=Produce,*"},"status":403,"error":"Reading is denied by policy"}]`)
		},
	} {
		s := httptest.NewServer(answer)
		p := NewPoller(config.Metrics{Jolokia: config.Exporter{URL: config.URL(s.URL)}}, Options{Deadline: 5 * time.Second})
		if err := p.Poll(t.Context(), []Target{{ID: 1, Host: "b1"}})[0].Err; err == nil || !strings.Contains(err.Error(), "it answers 403") || !strings.Contains(err.Error(), "denied by policy") {
			t.Errorf("%s: %v", name, err)
		}
		p.Close()
		s.Close()
	}
}
