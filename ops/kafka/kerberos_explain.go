package kafka

import (
	"fmt"
	"regexp"
	"strings"
)

// kdcRefusal finds Kerberos' error code (RFC 4120, 7.5.9) in an error of the library, whose errors can't be unwrapped.
var kdcRefusal = regexp.MustCompile(`KRB Error: \((\d+)\) (\S+)`)

// kdcAdvice says what to do about a refusal, by its name.
var kdcAdvice = map[string]string{
	"KDC_ERR_C_PRINCIPAL_UNKNOWN": "the KDC doesn't know the user: check principal and realm",
	"KDC_ERR_S_PRINCIPAL_UNKNOWN": "the KDC doesn't know the broker by that name: check serviceName, and that the broker is advertised by the host name that its principal has",
	"KDC_ERR_PREAUTH_FAILED":      "the key isn't the one that the KDC has now, as after a change of the password: export the keytab anew (kinit -kt tries it)",
	"KDC_ERR_KEY_EXPIRED":         "the user's password has expired: change it, and export the keytab anew",
	"KDC_ERR_CLIENT_REVOKED":      "the user is locked or disabled at the KDC",
	"KDC_ERR_ETYPE_NOSUPP":        "the KDC and the keytab have no encryption type in common: export the keytab with aes256-cts (klist -ke shows its types)",
	"KRB_AP_ERR_SKEW":             "the clocks of this machine and of the KDC differ by more than five minutes: set them",
	"KRB_AP_ERR_TKT_EXPIRED":      "the ticket has ended: run kinit",
	"KDC_ERR_WRONG_REALM":         "the user is of another realm: give it as USER@REALM",
}

// explain says what was asked of the KDC, what came back, and what to do.
func (l *kerberosLogin) explain(asked, realm string, err error) error {
	text := strings.Join(strings.Fields(err.Error()), " ")
	if m := kdcRefusal.FindStringSubmatch(text); m != nil {
		advice := kdcAdvice[m[2]]
		if advice == "" {
			advice = "see the KDC's log"
		}
		return fmt.Errorf("the KDC refused %s: %s (%s); %s", asked, m[2], m[1], advice)
	}
	switch {
	case strings.Contains(text, "no KDC"), strings.Contains(text, "any defined KDCs"), strings.Contains(text, "lookup _kerberos"):
		return fmt.Errorf("%s was not asked for: no KDC of the realm is known; name it under [realms] in %s", asked, l.files())
	case strings.Contains(text, "communicat"):
		return fmt.Errorf("no KDC of %s answered to %s: %s; check the KDCs in %s, and that they are reached from here",
			realm, asked, l.unreached(realm, text), l.files())
	case strings.Contains(text, "Decrypting_Error"): // where the KDC answers before it knows the user
		return fmt.Errorf("%s failed: %s", asked, kdcAdvice["KDC_ERR_PREAUTH_FAILED"])
	case strings.Contains(text, "matching key not found"):
		return fmt.Errorf("%s: the keytab has no key of the type that the KDC asks for; export it anew (klist -ke shows its types)", asked)
	case strings.Contains(text, "clock skew"), strings.Contains(text, "Clock skew"):
		return fmt.Errorf("%s: %s", asked, kdcAdvice["KRB_AP_ERR_SKEW"])
	}
	return fmt.Errorf("%s failed: %s", asked, text)
}

// unreached names the KDCs of a realm, where krb5.conf does, and what the network said last.
func (l *kerberosLogin) unreached(realm, text string) string {
	said := strings.TrimRight(text[strings.LastIndex(text, ": ")+1:], ")]")
	var kdcs []string
	for _, r := range l.conf.Realms {
		if r.Realm == realm {
			kdcs = append(kdcs, r.KDC...)
		}
	}
	return strings.TrimSpace(strings.Join(kdcs, ", ") + said)
}
