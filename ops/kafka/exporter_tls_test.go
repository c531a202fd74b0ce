package kafka_test

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kdeck/ops/config"
	"kdeck/ops/kafka"
	"kdeck/ops/metrics"
)

func TestAnExporterIsTrustedByItsOwnAuthorityOrTheClusters(t *testing.T) {
	ours, others := newAuthority(t), newAuthority(t)
	dir := t.TempDir()
	put := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	certificate, key := text(t, ours.sign(nil))
	ca, otherCA, own, ownKey := put("ca.pem", ours.pem), put("other.pem", others.pem), put("own.pem", certificate), put("own.key", key)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.TLS.PeerCertificates) > 0 {
			fmt.Fprint(w, "kafka_server_replicamanager_leadercount 1\n")
		}
		fmt.Fprint(w, "kafka_server_replicamanager_partitioncount 1\n")
	}))
	s.TLS = &tls.Config{Certificates: []tls.Certificate{ours.sign(nil)}, ClientAuth: tls.RequestClientCert}
	s.StartTLS()
	defer s.Close()
	for _, tt := range []struct {
		name         string
		m            config.Metrics
		clusterTrust string
		known        bool // the server saw the client's certificate
		says         string
	}{
		{name: "by its own", m: config.Metrics{CA: ca}},
		{name: "by the cluster's", clusterTrust: ca},
		{name: "its own counts alone", m: config.Metrics{CA: otherCA}, clusterTrust: ca, says: "metrics: {ca: FILE}"},
		{name: "by nobody", says: "metrics: {ca: FILE}"},
		{name: "by another cluster's", clusterTrust: otherCA, says: "metrics: {ca: FILE}"},
		{name: "with a client's certificate", m: config.Metrics{CA: ca, Certificate: own, Key: ownKey}, known: true},
		{name: "a file that is missing", m: config.Metrics{CA: filepath.Join(dir, "none.pem")}, says: "metrics: trust store: open"},
		{name: "a file that holds no certificate", m: config.Metrics{CA: ownKey}, says: "no certificate in it"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := &config.Cluster{Metrics: tt.m, TLS: config.TLS{Truststore: config.Store{Location: tt.clusterTrust}}}
			c.Metrics.Prometheus = config.Exporter{URL: config.URL(s.URL)}
			var o metrics.Options
			o.TLS, o.TLSErr = kafka.ExporterTLS(c)
			p := metrics.NewPoller(c.Metrics, o)
			defer p.Close()
			switch a := p.Poll(t.Context(), []metrics.Target{{ID: 1, Host: "b1"}})[0]; {
			case tt.says != "":
				if a.Err == nil || !strings.Contains(a.Err.Error(), tt.says) {
					t.Errorf("%v, want %q", a.Err, tt.says)
				}
			case a.Err != nil:
				t.Error(a.Err)
			case a.Broker.Leaders.Known != tt.known || !a.Broker.Partitions.Known:
				t.Errorf("leaders %v, partitions %v", a.Broker.Leaders, a.Broker.Partitions)
			}
		})
	}
}
