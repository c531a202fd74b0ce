package kafkatest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Admin is the super user of a cluster with SASL.
const Admin = "admin"

// Tenants are the other users of a cluster with SASL.
var Tenants = []string{"orders", "billing", "search"}

// Password returns the password of Admin or a tenant, the same in every mechanism.
func Password(user string) string { return user + "-secret" }

// The mechanisms of a cluster with SASL.
const (
	Plain       = "PLAIN"
	ScramSHA256 = "SCRAM-SHA-256"
	ScramSHA512 = "SCRAM-SHA-512"
)

var loginModules = map[string]string{
	Plain:       "org.apache.kafka.common.security.plain.PlainLoginModule",
	ScramSHA256: "org.apache.kafka.common.security.scram.ScramLoginModule",
	ScramSHA512: "org.apache.kafka.common.security.scram.ScramLoginModule",
}

func users() []string { return append([]string{Admin}, Tenants...) }

// scramArgs is what makes StorageTool write the users' SCRAM credentials.
func scramArgs() (args []string) {
	for _, mechanism := range []string{ScramSHA256, ScramSHA512} {
		for _, user := range users() {
			args = append(args, "--add-scram", fmt.Sprintf("%s=[name=%s,password=%s]", mechanism, user, Password(user)))
		}
	}
	return args
}

// saslProperties is a broker's half of SASL_SSL.
func (c *Cluster) saslProperties() map[string]string {
	plain := loginModules[Plain] + " required"
	for _, user := range users() {
		plain += fmt.Sprintf(" user_%s=%q", user, Password(user))
	}
	p := map[string]string{
		"sasl.enabled.mechanisms": strings.Join([]string{ScramSHA256, ScramSHA512, Plain}, ","),
		"ssl.keystore.type":       "PEM",
		"ssl.keystore.location":   filepath.Join(c.Dir, keystoreFile),
		"ssl.truststore.type":     "PEM",
		"ssl.truststore.location": c.CAFile(),
	}
	for mechanism, module := range loginModules {
		jaas := module + " required;"
		if mechanism == Plain {
			jaas = plain + ";"
		}
		p["listener.name.sasl_ssl."+strings.ToLower(mechanism)+".sasl.jaas.config"] = jaas
	}
	return p
}

// ClientProperties writes a Java client's properties for the SASL_SSL listener,
// as --command-config takes them, and returns the file.
func (c *Cluster) ClientProperties(mechanism, user, password string) (string, error) {
	module, ok := loginModules[mechanism]
	if !ok {
		return "", fmt.Errorf("kafkatest: no mechanism %q", mechanism)
	}
	file, err := os.CreateTemp(c.Dir, "client-*.properties")
	if err != nil {
		return "", err
	}
	defer file.Close()
	_, err = fmt.Fprintf(file, `security.protocol=SASL_SSL
sasl.mechanism=%s
sasl.jaas.config=%s required username="%s" password="%s";
ssl.truststore.type=PEM
ssl.truststore.location=%s
`, mechanism, module, user, password, c.CAFile())
	return file.Name(), err
}
