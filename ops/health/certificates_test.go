package health

import (
	"slices"
	"strings"
	"testing"
	"time"

	"kdeck/ops/state"
)

func TestACertificateThatExpiresIsNamedInTime(t *testing.T) {
	day := 24 * time.Hour
	for _, c := range []struct {
		name      string
		all, left time.Duration // of the certificate of broker 2
		unasked   bool
		code      string // "": nothing is said of it
		severity  state.Severity
		sentence  string
	}{
		{"half a year is left", 365 * day, 180 * day, false, "", "", ""},
		{"a month is left", 365 * day, 29*day + 3*time.Hour, false, CertificateEnding, state.SeverityInfo, "The certificate of broker 2 expires in 29d3h: from then on no client that verifies it can connect"},
		{"two days are left", 365 * day, 2 * day, false, CertificateEnding, state.SeverityWarning, "The certificate of broker 2 expires in 2d0h: from then on no client that verifies it can connect"},
		{"it expired, and kdeck doesn't verify it", 365 * day, -time.Hour, false, CertificateExpired, state.SeverityWarning, "The certificate of broker 2 expired 1h00m ago: no client that verifies it can connect any more"},
		{"it expired, and kdeck can't ask", 365 * day, -time.Hour, true, CertificateExpired, state.SeverityWarning, "The certificate of broker 2 expired 1h00m ago: no client that verifies it can connect any more"},
		{"a certificate of a day, renewed in the evening", day, 8 * time.Hour, false, "", "", ""},
		{"a certificate of a day that was not renewed", day, 5 * time.Hour, false, CertificateEnding, state.SeverityInfo, "The certificate of broker 2 expires in 5h00m: from then on no client that verifies it can connect"},
		{"a certificate of a day in its last hour", day, time.Hour, false, CertificateEnding, state.SeverityWarning, "The certificate of broker 2 expires in 1h00m: from then on no client that verifies it can connect"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := cluster(t, well)
			for i := range s.Brokers {
				s.Brokers[i].Certificate = state.Read(state.Certificate{Subject: "CN=b", From: noon.Add(-time.Hour), Until: noon.Add(365 * day)}, noon, "b:9092")
			}
			until := noon.Add(c.left)
			s.Broker(2).Certificate.Value = state.Certificate{Subject: "CN=b2", From: until.Add(-c.all), Until: until}
			if c.unasked {
				s.Broker(2).Answered = state.Missing[time.Duration]("the certificate is expired", noon, "b2:9092")
			}
			verdict, findings := look(s, nil, noon)
			i := slices.IndexFunc(findings, func(f state.Finding) bool { return f.Code == CertificateEnding || f.Code == CertificateExpired })
			if i < 0 {
				if c.code != "" {
					t.Fatalf("nothing is said: %+v", findings)
				}
				return
			}
			f := findings[i]
			if f.Code != c.code || f.Severity != c.severity || f.Sentence != c.sentence || (c.severity == state.SeverityWarning) != (verdict == state.VerdictDegraded) {
				t.Errorf("%s %+v", verdict, f)
			}
			if asked := !strings.Contains(strings.Join(f.Evidence, "\n"), "broker 2 doesn't answer kdeck either: the certificate is expired"); asked == c.unasked {
				t.Errorf("%v", f.Evidence)
			}
			if slices.ContainsFunc(findings, func(f state.Finding) bool { return f.Code == BrokerNotAnswering }) {
				t.Error("it is said twice")
			}
		})
	}
}
