package kafka_test

import (
	"crypto/tls"
	"crypto/x509"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
	"software.sslmate.com/src/go-pkcs12"

	"kdeck/ops/config"
	"kdeck/ops/kafka"
)

const stores = "testdata/stores" // made by testdata/stores.sh

// askingForCertificates is a node with the certificate that the trust stores hold. It takes any client's certificate, and name returns
// whom the last one was for.
func askingForCertificates(t *testing.T, dir string) (addr string, name func() string) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "node.p12"))
	if err != nil {
		t.Fatal(err)
	}
	key, cert, _, err := pkcs12.DecodeChain(data, "changeit")
	if err != nil {
		t.Fatal(err)
	}
	names := make(chan string, 10)
	addr = kafkaAt(t, kfake.TLS(&tls.Config{
		Certificates: []tls.Certificate{{Certificate: [][]byte{cert.Raw}, PrivateKey: key}},
		ClientAuth:   tls.RequireAnyClientCert,
		VerifyConnection: func(state tls.ConnectionState) error {
			names <- state.PeerCertificates[0].Subject.CommonName
			return nil
		},
	}))
	return addr, func() string { return <-names }
}

// whoConnects opens a session with the stores and returns whose certificate the node saw.
func whoConnects(t *testing.T, dir string, trust, own config.Store) string {
	t.Helper()
	addr, name := askingForCertificates(t, dir)
	s := opened(t, kafka.Options{}, config.Cluster{Bootstrap: []string{addr}, Security: config.SSL,
		TLS: config.TLS{Truststore: trust, Keystore: own, VerifyHostname: true}})
	if _, err := s.Ask(t.Context(), addr, metadata()); err != nil {
		t.Error(err)
		return ""
	}
	return name()
}

func TestStoresThatJavaMadeAreRead(t *testing.T) {
	t.Run("once", func(t *testing.T) { readsJavasStores(t, stores) })
	t.Run("today", func(t *testing.T) {
		for _, tool := range []string{"java", "keytool", "openssl"} {
			if _, err := exec.LookPath(tool); err != nil {
				t.Skipf("skipped, no stores can be made: no %s in PATH", tool)
			}
		}
		dir := t.TempDir()
		script, err := filepath.Abs("testdata/stores.sh")
		if err != nil {
			t.Fatal(err)
		}
		run := exec.CommandContext(t.Context(), "sh", script)
		run.Dir = dir
		if out, err := run.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		readsJavasStores(t, dir)
		for _, kind := range []string{"JKS", "JCEKS", "PKCS12"} {
			out, err := exec.CommandContext(t.Context(), "java", "testdata/Choose.java", filepath.Join(dir, "several."+kind), kind).CombinedOutput()
			if got := strings.Fields(string(out)); err != nil || len(got) != 2 || got[0] != javaChooses {
				t.Errorf("%s: Java chooses %q (%v), and kdeck %s", kind, out, err, javaChooses)
			}
		}
	})
}

// javaChooses is the key of the stores with several that Java's key manager takes (testdata/Choose.java).
const javaChooses = "zebra"

func readsJavasStores(t *testing.T, dir string) {
	file := func(name string) string { return filepath.Join(dir, name) }
	secret := config.NewSecret
	for _, kind := range []string{"JKS", "JCEKS", "PKCS12"} {
		trust := config.Store{Location: file("trust." + kind), Password: secret("changeit")}
		keySecret := secret("keysecret")
		if kind == "PKCS12" {
			keySecret = secret("")
		}
		for _, test := range []struct {
			name  string
			trust config.Store
			own   config.Store
			want  string
		}{
			{"one key", trust, config.Store{Location: file("own." + kind), Password: secret("changeit"), KeyPassword: keySecret}, "only"},
			{"several keys: the one that Java chooses", trust, config.Store{Location: file("several." + kind), Password: secret("changeit")}, javaChooses},
			{"several keys, one by its alias", trust,
				config.Store{Location: file("several." + kind), Password: secret("changeit"), KeyAlias: "Mirror"}, "mirror"},
			{"several keys, an RSA key by its alias", trust,
				config.Store{Location: file("several." + kind), Password: secret("changeit"), KeyAlias: "oldest"}, "oldest"},
			{"a key beside a trusted certificate", trust, config.Store{Location: file("mixed.PKCS12"), Password: secret("changeit")}, "only"},
		} {
			t.Run(kind+", "+test.name, func(t *testing.T) {
				if got := whoConnects(t, dir, test.trust, test.own); got != test.want {
					t.Errorf("the certificate of %s was sent, want %s", got, test.want)
				}
			})
		}
		for _, test := range []struct {
			name       string
			trust, own config.Store
			says       []string
		}{
			{"a trust store's password that is wrong", config.Store{Location: file("trust." + kind), Password: secret("hunter2")}, config.Store{},
				[]string{"trust store: " + file("trust."+kind), "password isn't"}},
			{"a key store's password that is wrong", trust, config.Store{Location: file("own." + kind), Password: secret("hunter2")},
				[]string{"key store: " + file("own."+kind), "password isn't"}},
			{"an alias that isn't there", trust, config.Store{Location: file("several." + kind), Password: secret("changeit"), KeyAlias: "none"},
				[]string{`"none"`, "ssl.keystore.key.alias"}},
		} {
			t.Run(kind+", "+test.name, func(t *testing.T) { refusesStores(t, test.trust, test.own, test.says) })
		}
		if kind == "PKCS12" {
			continue
		}
		t.Run(kind+", a key's own password that is wrong", func(t *testing.T) {
			refusesStores(t, trust, config.Store{Location: file("own." + kind), Password: secret("changeit"), KeyPassword: secret("hunter2")},
				[]string{"key only", "ssl.key.password"})
		})
		t.Run(kind+", a key with a password of its own that isn't given", func(t *testing.T) {
			refusesStores(t, trust, config.Store{Location: file("own." + kind), Password: secret("changeit")}, []string{"key only", "ssl.key.password"})
		})
		t.Run(kind+", a trust store without its password, as Java reads it", func(t *testing.T) {
			own := config.Store{Location: file("own.PKCS12"), Password: secret("changeit")}
			if got := whoConnects(t, dir, config.Store{Location: file("trust." + kind)}, own); got != "only" {
				t.Error(got)
			}
		})
	}
}

// refusesStores checks that no session opens with the stores, what the error says, and that no password is in it.
func refusesStores(t *testing.T, trust, own config.Store, says []string) {
	t.Helper()
	_, err := kafka.Open(&config.Cluster{Name: "test", Bootstrap: []string{"127.0.0.1:1"}, Security: config.SSL,
		TLS: config.TLS{Truststore: trust, Keystore: own}}, kafka.Options{})
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range says {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q doesn't say %q", err, want)
		}
	}
	for _, never := range []string{"hunter2", "changeit", "keysecret", "PRIVATE KEY"} {
		if strings.Contains(err.Error(), never) {
			t.Errorf("%q shows %q", err, never)
		}
	}
}

func TestADamagedJKSFileIsRefused(t *testing.T) {
	whole, err := os.ReadFile(filepath.Join(stores, "own.JKS"))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		data []byte
	}{
		{"only its first word", whole[:4]},
		{"its half", whole[:len(whole)/2]},
		{"without its digest", whole[:len(whole)-20]},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "broken.jks")
			if err := os.WriteFile(path, test.data, 0o600); err != nil {
				t.Fatal(err)
			}
			refusesStores(t, config.Store{Location: path}, config.Store{}, []string{path, ": the "})
			refusesStores(t, config.Store{Location: path, Password: config.NewSecret("changeit")}, config.Store{}, []string{path, ": the "})
		})
	}
}

func TestEncryptedPEMKeysAreRead(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(stores, "key.*.pem"))
	if err != nil || len(files) < 6 {
		t.Fatalf("%q, %v", files, err)
	}
	cert := filepath.Join(stores, "cert.pem")
	trust := config.Store{Location: filepath.Join(stores, "node.pem")}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			key, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			certs, err := os.ReadFile(cert)
			if err != nil {
				t.Fatal(err)
			}
			for _, own := range []config.Store{
				{Location: cert, Key: path, KeyPassword: config.NewSecret("keysecret")},
				{Certificates: string(certs), KeyText: config.NewSecret(strings.ReplaceAll(string(key), "\n", " ")), KeyPassword: config.NewSecret("keysecret")},
			} {
				if got := whoConnects(t, stores, trust, own); got != "pem" {
					t.Errorf("the certificate of %q was sent", got)
				}
			}
			refusesStores(t, trust, config.Store{Location: cert, Key: path, KeyPassword: config.NewSecret("hunter2")}, []string{path, "isn't that of the key"})
			refusesStores(t, trust, config.Store{Location: cert, Key: path}, []string{path, "give its password as ssl.key.password"})
		})
	}
}

// Properties files, -X and environment variables hold PEM text in many forms; Kafka takes any white space
// (DefaultSslEngineFactory.PemParser).
func TestPEMTextWithAnyWhiteSpaceIsRead(t *testing.T) {
	ca := newAuthority(t)
	own := ca.sign(nil)
	cert, key := text(t, own)
	pool := x509.NewCertPool()
	pool.AddCert(ca.cert)
	addr := kafkaAt(t, kfake.TLS(&tls.Config{Certificates: []tls.Certificate{ca.sign(nil)}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool}))
	replaced := func(with string) func(string) string {
		return func(text string) string { return strings.ReplaceAll(text, "\n", with) }
	}
	for _, test := range []struct {
		name string
		form func(string) string
	}{
		{"as it is written", func(text string) string { return text }},
		{"blanks for line ends, as a properties file with \\ leaves it", replaced(" ")},
		{"several blanks", replaced("   ")},
		{"tabs", replaced("\t")},
		{"\\n, as a shell leaves it", replaced(`\n`)},
		{"\\r\\n", replaced(`\r\n`)},
		{"\\\\n, escaped twice", replaced(`\\n`)},
		{"\\ and a line end, as an environment variable has it", replaced("\\\n")},
		{"carriage returns and line feeds", replaced("\r\n")},
		{"carriage returns alone", replaced("\r")},
		{"indented as in YAML", replaced("\n      ")},
		{"no white space but in the words", replaced("")},
		{"empty lines", replaced("\n\n")},
		{"words around it", func(text string) string { return "Bag Attributes\n    friendlyName: x\n" + text + "trailing" }},
		{"in quotes", func(text string) string { return `"` + strings.ReplaceAll(text, "\n", `\n`) + `"` }},
	} {
		t.Run(test.name, func(t *testing.T) {
			trust := config.Store{Certificates: test.form(ca.pem + ca.pem)}
			path := filepath.Join(t.TempDir(), "own.pem")
			if err := os.WriteFile(path, []byte(test.form(key+cert)), 0o600); err != nil {
				t.Fatal(err)
			}
			for _, own := range []config.Store{
				{Certificates: test.form(cert), KeyText: config.NewSecret(test.form(key))}, {Location: path}} {
				s := opened(t, kafka.Options{}, config.Cluster{Bootstrap: []string{addr}, Security: config.SSL,
					TLS: config.TLS{Truststore: trust, Keystore: own, VerifyHostname: true}})
				if _, err := s.Ask(t.Context(), addr, metadata()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	broken := strings.Replace(cert, "M", "*", 1)
	refusesStores(t, config.Store{Certificates: broken}, config.Store{}, []string{"the PEM text", "isn't whole base64"})
	refusesStores(t, config.Store{}, config.Store{Certificates: cert, KeyText: config.NewSecret("secret words")}, []string{"no private key in it"})
}
