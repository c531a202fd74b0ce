package kafka_test

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jcmturner/gokrb5/v8/keytab"

	"kdeck/ops/config"
	"kdeck/ops/kafka"
	"kdeck/ops/kafkatest"
)

// A real KDC and a real broker: Kerberos opens the door as Java's and librdkafka's settings spell it, and what is wrong is told.
func TestKerberosOpensTheDoorOfRealKafka(t *testing.T) {
	kafkatest.Require(t)
	kdc := kafkatest.StartKDC(t)
	in := func(name string) string { return filepath.Join(kdc.Dir, name) }
	kdc.AddPrincipal(t, "kafka/localhost", in("broker.keytab"))
	kdc.AddPrincipal(t, "kdeck", in("kdeck.keytab"))
	kdc.AddPrincipal(t, "ops/admin", in("ops.keytab"), "+requires_preauth")
	for _, name := range []string{"changed", "checked"} {
		kdc.AddPrincipal(t, name, in(name+"-old.keytab"), map[string]string{"checked": "+requires_preauth", "changed": "-requires_preauth"}[name])
		kdc.Rekey(t, name, in(name+".keytab"))
	}
	kdc.AddPrincipal(t, "gone", in("gone.keytab"))
	kdc.DeletePrincipal(t, "gone")
	kdc.Kinit(t, "kdeck", in("kdeck.keytab"), in("cache"), "-l", "1h")
	c := kafkatest.Start(t, kafkatest.Options{Kerberos: kdc, BrokerKeytab: in("broker.keytab")})
	byIP := strings.Replace(c.BootstrapKerberos(), "localhost", "127.0.0.1", 1)

	module := func(options string) string {
		return "sasl.mechanism=GSSAPI\nsasl.jaas.config=com.sun.security.auth.module.Krb5LoginModule required " + options + ";\n"
	}
	withKeytab := func(name, principal, more string) string {
		return module(fmt.Sprintf("useKeyTab=true storeKey=true keyTab=%q principal=%q %s", in(name), principal, more))
	}
	conf := "java.security.krb5.conf=" + kdc.ConfigFile + "\n"
	noKDC := "java.security.krb5.conf=" + written(t, "krb5.conf", krb5Conf(free(t))) + "\n"
	for _, test := range []struct {
		name, at, properties string
		env                  map[string]string
		later                time.Duration
		says                 string // what the refusal says; empty where the door opens
	}{
		{name: "a keytab", properties: conf + withKeytab("kdeck.keytab", "kdeck@"+kafkatest.Realm, `serviceName="kafka"`)},
		{name: "a keytab, of the default realm", properties: conf + withKeytab("kdeck.keytab", "kdeck", "")},
		{name: "a keytab of a user that must be known first", properties: conf + withKeytab("ops.keytab", "ops/admin", "")},
		{name: "a keytab by librdkafka's names", properties: conf + "sasl.mechanism=GSSAPI\nsasl.kerberos.service.name=kafka\nsasl.kerberos.keytab=" + in("kdeck.keytab") + "\nsasl.kerberos.principal=kdeck\n"},
		{name: "a ticket cache by its name", properties: conf + module(fmt.Sprintf("useTicketCache=true ticketCache=%q", in("cache")))},
		{name: "a ticket cache of the environment", properties: "sasl.mechanism=GSSAPI\n",
			env: map[string]string{"KRB5CCNAME": "FILE:" + in("cache"), "KRB5_CONFIG": kdc.ConfigFile}},
		{name: "no ticket cache, and a keytab", properties: conf + module(fmt.Sprintf("useTicketCache=true ticketCache=%q useKeyTab=true keyTab=%q", in("none"), in("kdeck.keytab")))},
		{name: "a broker by its IP address", at: byIP, properties: conf + withKeytab("kdeck.keytab", "kdeck", "")},

		{name: "a key that was changed", properties: conf + withKeytab("changed-old.keytab", "changed", ""), says: "export the keytab anew"},
		{name: "a key that was changed, of a user that must be known first", properties: conf + withKeytab("checked-old.keytab", "checked", ""),
			says: "KDC_ERR_PREAUTH_FAILED (24); the key isn't the one that the KDC has now"},
		{name: "the newer key", properties: conf + withKeytab("checked.keytab", "checked", "")},
		{name: "a user that is gone", properties: conf + withKeytab("gone.keytab", "gone", ""), says: "KDC_ERR_C_PRINCIPAL_UNKNOWN"},
		{name: "another user's keytab", properties: conf + withKeytab("kdeck.keytab", "ops/admin", ""), says: "holds no key of ops/admin@KDECK.TEST, but of kdeck@KDECK.TEST"},
		{name: "a service that is unknown", properties: conf + withKeytab("kdeck.keytab", "kdeck", `serviceName="bus"`),
			says: "refused a ticket for bus/localhost: KDC_ERR_S_PRINCIPAL_UNKNOWN (7); the KDC doesn't know the broker by that name: check serviceName"},
		{name: "a ticket that has ended", properties: conf + module(fmt.Sprintf("useTicketCache=true ticketCache=%q", in("cache"))), later: 2 * time.Hour, says: "; run kinit"},
		{name: "another user's ticket", properties: conf + module(fmt.Sprintf("useTicketCache=true ticketCache=%q principal=\"ops/admin\"", in("cache"))),
			says: "is of kdeck@KDECK.TEST, and not of ops/admin; run kinit -c " + in("cache") + " ops/admin"},
		{name: "no KDC", properties: noKDC + withKeytab("kdeck.keytab", "kdeck", ""), says: "no KDC of KDECK.TEST answered to a login as kdeck@KDECK.TEST"},
		{name: "another mechanism", properties: "sasl.mechanism=PLAIN\nsasl.username=a\nsasl.password=wr0ng\n", says: `doesn't take mechanism PLAIN, but "GSSAPI"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			for name, value := range test.env {
				t.Setenv(name, value)
			}
			if test.at == "" {
				test.at = c.BootstrapKerberos()
			} else if names, _ := net.LookupAddr("127.0.0.1"); len(names) == 0 || names[0] != "localhost" {
				t.Skip("skipped, 127.0.0.1 isn't localhost here")
			}
			err := withKerberos(t, test.at, test.properties, test.later)
			t.Log(err)
			if (err == nil) != (test.says == "") || (err != nil && !strings.Contains(err.Error(), test.says)) {
				t.Errorf("%v; want %q", err, test.says)
			}
			checkNoKey(t, err, kdc.Dir)
		})
	}
	t.Run("the broker's keytab is an old one", func(t *testing.T) {
		kdc.Rekey(t, "kafka/localhost", in("new.keytab"))
		err := withKerberos(t, c.BootstrapKerberos(), conf+withKeytab("kdeck.keytab", "kdeck", ""), 0)
		t.Log(err)
		if err == nil || !strings.Contains(err.Error(), "the broker didn't take the ticket: check that its keytab has the newest key") {
			t.Error(err)
		}
	})
}

// withKerberos asks a broker for its metadata with the settings of a properties file, on a clock that is ahead.
func withKerberos(t *testing.T, bootstrap, properties string, ahead time.Duration) error {
	t.Helper()
	path := written(t, "client.properties", "security.protocol=SASL_PLAINTEXT\n"+properties)
	cluster, err := config.Resolve(&config.File{}, config.Flags{Bootstrap: bootstrap, CommandConfig: path}, nil)
	if err != nil {
		return err
	}
	s, err := kafka.Open(cluster, kafka.Options{Now: func() time.Time { return time.Now().Add(ahead) }, Timeout: 2 * time.Minute})
	if err != nil {
		return err
	}
	defer s.Close()
	_, _, err = s.Any(t.Context(), metadata())
	return err
}

// checkNoKey makes sure that an error holds no key of the keytabs in a directory.
func checkNoKey(t *testing.T, err error, dir string) {
	t.Helper()
	files, globErr := filepath.Glob(filepath.Join(dir, "*.keytab"))
	if err == nil || globErr != nil {
		return
	}
	for _, f := range files {
		data, readErr := os.ReadFile(f)
		if readErr != nil {
			t.Fatal(readErr)
		}
		keys := keytab.New()
		if unmarshalErr := keys.Unmarshal(data); unmarshalErr != nil {
			t.Fatal(unmarshalErr)
		}
		for _, e := range keys.Entries {
			for _, written := range []string{string(e.Key.KeyValue), fmt.Sprintf("%x", e.Key.KeyValue), fmt.Sprint(e.Key.KeyValue)} {
				if strings.Contains(err.Error(), written) {
					t.Errorf("a key is in %q", err)
				}
			}
		}
	}
}
