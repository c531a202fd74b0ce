package config

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestKerberosIsSetUpAsJavaAndLibrdkafkaSpellIt(t *testing.T) {
	const module = "com.sun.security.auth.module.Krb5LoginModule required "
	for _, c := range []struct {
		name     string
		settings []string
		env      map[string]string
		want     Kerberos
		says     string // what the refusal says
	}{
		{
			name: "a keytab",
			settings: []string{"sasl.mechanism=GSSAPI", "sasl.jaas.config=" + module +
				`useKeyTab=true storeKey=true keyTab="/etc/security/kdeck.keytab" principal="kdeck@EXAMPLE.COM" serviceName="kafka";`},
			want: Kerberos{Service: "kafka", Principal: "kdeck@EXAMPLE.COM", UseKeytab: true, Keytab: "/etc/security/kdeck.keytab", ConfigFiles: []string{"/etc/krb5.conf"}},
		},
		{
			name:     "the mechanism is left out, as Java's default",
			settings: []string{"sasl.jaas.config=" + module + `useTicketCache=true;`, "sasl.kerberos.service.name=bus"},
			want:     Kerberos{Service: "bus", UseTicketCache: true, ConfigFiles: []string{"/etc/krb5.conf"}},
		},
		{
			name:     "a ticket cache by its name, and a keytab",
			settings: []string{"sasl.mechanism=GSSAPI", "sasl.jaas.config=" + module + `useTicketCache=true ticketCache="FILE:/tmp/cc" useKeyTab=true keyTab="FILE:/k";`},
			env:      map[string]string{"KRB5CCNAME": "/tmp/other"},
			want:     Kerberos{Service: "kafka", UseTicketCache: true, TicketCache: "/tmp/cc", UseKeytab: true, Keytab: "/k", ConfigFiles: []string{"/etc/krb5.conf"}},
		},
		{
			name:     "everything from the environment",
			settings: []string{"sasl.mechanism=GSSAPI"},
			env:      map[string]string{"KRB5CCNAME": "FILE:/tmp/cc", "KRB5_CONFIG": "/a/krb5.conf:/b/krb5.conf", "KAFKA_OPTS": "-Djava.security.krb5.conf=/c"},
			want:     Kerberos{Service: "kafka", UseTicketCache: true, TicketCache: "/tmp/cc", ConfigFiles: []string{"/a/krb5.conf", "/b/krb5.conf"}},
		},
		{
			name:     "librdkafka's names",
			settings: []string{"sasl.mechanisms=GSSAPI", "sasl.kerberos.keytab=/k", "sasl.kerberos.principal=kdeck", "sasl.kerberos.service.name=bus", "sasl.kerberos.kinit.cmd=kinit"},
			env:      map[string]string{"KAFKA_OPTS": "-Xmx1g -Djava.security.krb5.conf=/opt/krb5.conf"},
			want:     Kerberos{Service: "bus", Principal: "kdeck", UseKeytab: true, Keytab: "/k", ConfigFiles: []string{"/opt/krb5.conf"}},
		},
		{
			name:     "krb5.conf by Java's property",
			settings: []string{"sasl.mechanism=GSSAPI", "java.security.krb5.conf=/etc/kafka/krb5.conf"},
			env:      map[string]string{"KRB5_CONFIG": "/a"},
			want:     Kerberos{Service: "kafka", UseTicketCache: true, ConfigFiles: []string{"/etc/kafka/krb5.conf"}},
		},
		{
			name:     "a cache of the kernel and a keytab",
			settings: []string{"sasl.jaas.config=" + module + `useTicketCache=true useKeyTab=true keyTab="/k";`},
			env:      map[string]string{"KRB5CCNAME": "KEYRING:persistent:0"},
			want:     Kerberos{Service: "kafka", UseKeytab: true, Keytab: "/k", TicketCache: "persistent:0", ConfigFiles: []string{"/etc/krb5.conf"}},
		},
		{
			name: "a cache of the kernel alone", settings: []string{"sasl.mechanism=GSSAPI"},
			env:  map[string]string{"KRB5CCNAME": "KEYRING:persistent:0"},
			says: `the ticket cache "KEYRING:persistent:0" is of the type KEYRING`,
		},
		{
			name: "a JAAS file of Java's", settings: []string{"sasl.mechanism=GSSAPI"},
			env:  map[string]string{"KAFKA_OPTS": "-Djava.security.auth.login.config=/etc/kafka/jaas.conf"},
			says: "KAFKA_OPTS names the JAAS file /etc/kafka/jaas.conf, and such files are not read here: give the line of its KafkaClient as sasl.jaas.config",
		},
		{name: "neither keytab nor cache", settings: []string{"sasl.jaas.config=" + module + ";"}, says: "would ask for a password"},
		{name: "a keytab that isn't used", settings: []string{"sasl.jaas.config=" + module + `keyTab="/k";`}, says: "keyTab is used with useKeyTab=true alone"},
		{name: "a cache that isn't used", settings: []string{"sasl.jaas.config=" + module + `useKeyTab=true ticketCache="/k";`}, says: "ticketCache is used with"},
		{
			name:     "an option that isn't understood",
			settings: []string{"sasl.jaas.config=" + module + `useKeyTab=true keytab="/k" credsType=both;`},
			says:     "options that are not understood: credsType, keytab; leave them out",
		},
		{
			name:     "two names of the service",
			settings: []string{"sasl.kerberos.service.name=a", "sasl.jaas.config=" + module + `useTicketCache=true serviceName="b";`},
			says:     `serviceName="b" in sasl.jaas.config and sasl.kerberos.service.name="a" don't agree`,
		},
		{name: "a login class that isn't known", settings: []string{"sasl.mechanism=GSSAPI", "sasl.login.class=com.example.Login"}, says: "com.example.Login"},
	} {
		t.Run(c.name, func(t *testing.T) {
			getenv := lookup(c.env)
			cluster, err := Resolve(&File{}, Flags{Bootstrap: "b1:9092", X: append([]string{"security.protocol=SASL_PLAINTEXT"}, c.settings...)}, getenv)
			if c.says != "" {
				if err == nil || !strings.Contains(err.Error(), c.says) {
					t.Fatalf("%v, want %q", err, c.says)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(&c.want, cluster.SASL.Kerberos); d != "" || cluster.SASL.Mechanism != "GSSAPI" {
				t.Errorf("%s %s", cluster.SASL.Mechanism, d)
			}
		})
	}
}

func TestAKeytabOnTheCommandLineReplacesTheJAASLineOfTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "client.properties")
	write(t, filepath.Dir(path), filepath.Base(path), "security.protocol=SASL_PLAINTEXT\nsasl.mechanism=GSSAPI\n"+
		`sasl.jaas.config=Krb5LoginModule required useTicketCache=true ticketCache="/cc" principal="a@A" odd=1;`+"\n")
	cluster, err := Resolve(&File{}, Flags{Bootstrap: "b1:9092", CommandConfig: path, X: []string{"sasl.kerberos.keytab=/k"}}, func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	want := &Kerberos{Service: "kafka", UseKeytab: true, Keytab: "/k", ConfigFiles: []string{"/etc/krb5.conf"}}
	if d := cmp.Diff(want, cluster.SASL.Kerberos); d != "" {
		t.Error(d)
	}
}
