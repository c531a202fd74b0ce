package kafka_test

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/jcmturner/gokrb5/v8/iana/etypeID"
	"github.com/jcmturner/gokrb5/v8/keytab"
	"github.com/jcmturner/gokrb5/v8/messages"
	"github.com/jcmturner/gokrb5/v8/types"

	"kdeck/ops/config"
	"kdeck/ops/kafka"
)

// keytabOf writes a keytab with a key of each principal, made from the password hunter2.
func keytabOf(t *testing.T, principals ...string) string {
	t.Helper()
	keys := keytab.New()
	for _, p := range principals {
		user, realm, _ := strings.Cut(p, "@")
		if err := keys.AddEntry(user, realm, "hunter2", time.Unix(1_700_000_000, 0), 1, etypeID.AES256_CTS_HMAC_SHA1_96); err != nil {
			t.Fatal(err)
		}
	}
	data, err := keys.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return written(t, "kdeck.keytab", string(data))
}

func written(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// krb5Conf is a krb5.conf of the realm KDECK.TEST with one KDC, or with what is given in its place.
func krb5Conf(kdc string) string {
	if !strings.Contains(kdc, "=") {
		kdc = "kdc = " + kdc
	}
	return fmt.Sprintf("[libdefaults]\n  default_realm = KDECK.TEST\n  dns_lookup_kdc = false\n[realms]\n  KDECK.TEST = {\n    %s\n  }\n", kdc)
}

// refusingKDC answers every request, over UDP, with an error of Kerberos.
func refusingKDC(t *testing.T, code int32) string {
	t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	refusal := messages.NewKRBError(types.NewPrincipalName(2, "krbtgt/KDECK.TEST"), "KDECK.TEST", code, "")
	answer, err := refusal.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		buf := make([]byte, 64<<10)
		for {
			_, from, err := c.ReadFrom(buf)
			if err != nil {
				return
			}
			c.WriteTo(answer, from)
		}
	}()
	return c.LocalAddr().String()
}

// free is a port of loopback on which nothing listens.
func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func TestWhyNoTicketIsHadIsToldWithWhatToDo(t *testing.T) {
	addr, _ := logins(t, 0, nil)
	mine := keytabOf(t, "kdeck@KDECK.TEST")
	with := func(kdc string) config.Kerberos {
		return config.Kerberos{Principal: "kdeck@KDECK.TEST", UseKeytab: true, Keytab: mine, ConfigFiles: []string{written(t, "krb5.conf", krb5Conf(kdc))}}
	}
	keytabIs := func(path, principal string) config.Kerberos {
		k := with(free(t))
		k.Keytab, k.Principal = path, principal
		return k
	}
	cacheIs := func(path string) config.Kerberos {
		k := with(free(t))
		k.UseKeytab, k.UseTicketCache, k.TicketCache = false, true, path
		return k
	}
	included := with("")
	other := written(t, "realm.conf", "[realms]\n KDECK.TEST = {\n kdc = "+refusingKDC(t, 6)+"\n }\n")
	included.ConfigFiles = []string{"/nonexistent/krb5.conf", written(t, "krb5.conf", "includedir "+filepath.Dir(other)+"\nincludedir /nonexistent\n"+
		"[libdefaults]\n default_realm = KDECK.TEST\n dns_lookup_kdc = false\n[realms]\n OTHER = {\n kdc = localhost:1\n }\n")}
	loop := written(t, "loop.conf", "")
	if err := os.WriteFile(loop, []byte("include "+loop+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	looped := with("")
	looped.ConfigFiles = []string{loop}
	bush := with("")
	bush.ConfigFiles = []string{written(t, "bush9.conf", "")}
	for level := 8; level >= 0; level-- {
		below := "include " + bush.ConfigFiles[0] + "\n"
		bush.ConfigFiles = []string{written(t, fmt.Sprintf("bush%d.conf", level), strings.Repeat(below, 3))}
	}
	noConf := with("")
	noConf.ConfigFiles = []string{"/nonexistent/krb5.conf"}
	for _, c := range []struct {
		name string
		from config.Kerberos
		says []string
	}{
		{"the user is unknown", with(refusingKDC(t, 6)), []string{"refused a login as kdeck@KDECK.TEST with the keytab " + mine, "KDC_ERR_C_PRINCIPAL_UNKNOWN (6)", "check principal and realm"}},
		{"the user is locked", with(refusingKDC(t, 18)), []string{"KDC_ERR_CLIENT_REVOKED", "locked"}},
		{"the password has expired", with(refusingKDC(t, 23)), []string{"KDC_ERR_KEY_EXPIRED", "export the keytab anew"}},
		{"the clocks differ", with(refusingKDC(t, 37)), []string{"KRB_AP_ERR_SKEW", "clocks of this machine and of the KDC"}},
		{"no type in common", with(refusingKDC(t, 14)), []string{"KDC_ERR_ETYPE_NOSUPP", "klist -ke"}},
		{"another refusal", with(refusingKDC(t, 60)), []string{"KRB_ERR_GENERIC (60)", "see the KDC's log"}},
		{"no KDC answers", with(free(t)), []string{"no KDC of KDECK.TEST answered to a login as kdeck@KDECK.TEST", " connection refused; check", "krb5.conf"}},
		{"no KDC is named", with("admin_server = x"), []string{"no KDC of the realm is known", "[realms]"}},
		{"the KDC stands in a file that is included", included, []string{"KDC_ERR_C_PRINCIPAL_UNKNOWN"}},
		{"a file includes itself", looped, []string{"loop.conf: files include each other"}},
		{"files include ever more others", bush, []string{"the files of krb5.conf that include each other are more than 1000"}},
		{"krb5.conf is missing", noConf, []string{"/nonexistent/krb5.conf", "KRB5_CONFIG"}},
		{"the keytab is missing", keytabIs("/nonexistent/k", "kdeck"), []string{"no keytab: open /nonexistent/k: no such file"}},
		{"the keytab is none", keytabIs(written(t, "k", "hunter2"), "kdeck"), []string{"/k is no keytab, or it is damaged"}},
		{"the keytab is cut off", keytabIs(cutOff(t, mine), "kdeck"), []string{"/cut is no keytab, or it is damaged"}},
		{"the keytab is another's", keytabIs(keytabOf(t, "app@KDECK.TEST", "web@OTHER"), "kdeck"), []string{"holds no key of kdeck@KDECK.TEST, but of app@KDECK.TEST, web@OTHER"}},
		{"the keytab has several", keytabIs(keytabOf(t, "app@KDECK.TEST", "web/h@OTHER"), ""), []string{"give one of them as principal", "web/h@OTHER"}},
		{"the ticket cache is missing", cacheIs("/nonexistent/cc"), []string{"no ticket cache", "/nonexistent/cc", "run kinit"}},
		{"the ticket cache is none", cacheIs(written(t, "cc", "\x05\x04hunter2")), []string{"/cc is no ticket cache, or it is damaged; run kinit"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.from.Service = "kafka"
			s := opened(t, kafka.Options{}, config.Cluster{Bootstrap: []string{addr}, Security: config.SASLPlaintext,
				SASL: config.SASL{Mechanism: "GSSAPI", Kerberos: &c.from}})
			_, err := s.Ask(t.Context(), addr, metadata())
			if err == nil {
				t.Fatal("the login succeeded")
			}
			t.Log(err)
			for _, want := range append(c.says, addr+": SASL GSSAPI: ") {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q doesn't say %q", err, want)
				}
			}
			if strings.Contains(err.Error(), "hunter2") || !utf8.ValidString(err.Error()) {
				t.Errorf("a secret is in %q", err)
			}
		})
	}
}

// cutOff is a file without its last bytes.
func cutOff(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return written(t, "cut", string(data[:len(data)-9]))
}
