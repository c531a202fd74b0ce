package watch

import (
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/health"
	"kdeck/ops/state"
	"kdeck/protocol"
)

func TestACertificateThatEndsIsSeenAlsoWhereItKeepsKdeckOut(t *testing.T) {
	now := time.Now()
	day := 24 * time.Hour
	f := newFake(func(addr string, _ kmsg.Response) error {
		if addr == "b3:9092" {
			return &protocol.Error{Addr: addr, Tried: "TLS handshake", Cause: protocol.ExpiredCertificate, Detail: "the certificate is expired"}
		}
		return nil
	})
	f.showed = now.Add(-time.Hour)
	f.certificates = map[string]protocol.Certificate{
		"b1:9092": {Subject: "CN=b1", From: now.Add(-300 * day), Until: now.Add(60 * day)},
		"b2:9092": {Subject: "CN=b2", From: now.Add(-300 * day), Until: now.Add(20 * day)},
		"b3:9092": {Subject: "CN=b3", From: now.Add(-300 * day), Until: now.Add(-time.Hour)},
	}
	s := lookAtFake(t, f)
	_, findings := health.Judge(health.Input{State: &state.State{Snapshot: s, Now: now}})
	if got := codes(findings); !slices.Contains(got, health.CertificateExpired) || !slices.Contains(got, health.CertificateEnding) || slices.Contains(got, health.BrokerNotAnswering) {
		t.Errorf("%v:%s", got, told(findings))
	}
	if n := f.times("handshake"); n != 2 || slices.Contains(f.asked, "b1:9092 handshake") {
		t.Errorf("%d handshakes: %v", n, f.asked)
	}
	f.showed = now
	lookAtFake(t, f)
	if n := f.times("handshake"); n != 2 {
		t.Errorf("%d handshakes though the certificates were shown a moment ago", n)
	}
}
