package health

import (
	"fmt"
	"slices"
	"time"

	"kdeck/ops/state"
)

// CertificateEnds is the severity of the time that a certificate has left; "" where that is enough. Certificates that are renewed by themselves, as those of
// cert-manager after two thirds of their time, may live for hours, so that their whole time counts too.
func CertificateEnds(c state.Certificate, now time.Time) state.Severity {
	left, all := c.Until.Sub(now), c.Until.Sub(c.From)
	switch {
	case left < min(CertificateBad, all/10):
		return state.SeverityWarning
	case left < min(CertificateLow, all/4):
		return state.SeverityInfo
	}
	return ""
}

// certificates judges the certificates that listeners show kdeck. Without TLS there are none.
func (j *judge) certificates() {
	by := map[string][]*state.Broker{}
	for i := range j.s.Brokers {
		b := &j.s.Brokers[i]
		switch c := b.Certificate; {
		case !b.Alive || !c.Known:
		case j.expired(b):
			by[CertificateExpired] = append(by[CertificateExpired], b)
		case CertificateEnds(c.Value, j.now) != "":
			by[CertificateEnding] = append(by[CertificateEnding], b)
		}
	}
	if of := by[CertificateExpired]; len(of) > 0 {
		j.certificate(of, CertificateExpired, state.SeverityWarning)
	}
	if of := by[CertificateEnding]; len(of) > 0 {
		severity := state.SeverityInfo
		for _, b := range of {
			if CertificateEnds(b.Certificate.Value, j.now) == state.SeverityWarning {
				severity = state.SeverityWarning
			}
		}
		j.certificate(of, CertificateEnding, severity)
	}
}

// expired tells whether a live broker shows a certificate whose time is over.
func (j *judge) expired(b *state.Broker) bool {
	return b.Alive && b.Certificate.Known && j.now.After(b.Certificate.Value.Until)
}

// certificate makes one finding of brokers, those whose certificate ends first at the top.
func (j *judge) certificate(of []*state.Broker, code string, severity state.Severity) {
	slices.SortStableFunc(of, func(a, b *state.Broker) int { return a.Certificate.Value.Until.Compare(b.Certificate.Value.Until) })
	ids := make([]int32, len(of))
	for i, b := range of {
		ids[i] = b.ID
	}
	until := of[0].Certificate.Value.Until
	f := state.Finding{
		Code: code, Severity: severity, Scope: brokers(ids), Fault: "kafka", Pane: "brokers", Filter: brokerFilter(ids),
		Next: fmt.Sprintf("renew the certificate of %s (ssl.keystore.location), which a broker takes without a restart", brokers(ids)),
	}
	if code == CertificateExpired {
		f.Sentence = fmt.Sprintf("The certificate of %s expired %s ago: no client that verifies it can connect any more", f.Scope, age(j.now.Sub(until)))
		f.Since = state.Read(until, j.now, of[0].Certificate.From)
	} else {
		f.Sentence = fmt.Sprintf("The certificate of %s expires in %s: from then on no client that verifies it can connect", f.Scope, age(until.Sub(j.now)))
	}
	for _, b := range of[:min(examples, len(of))] {
		c := b.Certificate.Value
		f.Evidence = append(f.Evidence, fmt.Sprintf("broker %d: %s, valid from %s to %s, as it showed %s ago",
			b.ID, name(c.Subject), c.From.UTC().Format(time.DateTime), c.Until.UTC().Format(time.DateTime)+"Z", age(j.now.Sub(b.Certificate.At))))
		if code == CertificateExpired && !read(j.s, b.Answered) {
			f.Evidence = append(f.Evidence, fmt.Sprintf("broker %d doesn't answer kdeck either: %s", b.ID, line(or(b.Answered.Why, "no reason known"))))
		}
	}
	f.Evidence = append(f.Evidence, "by the clock of the machine that kdeck runs on")
	j.find(f)
}
