package config

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// topicctlPlaces is where a cluster.yaml of topicctl may be: it is given by a variable or a flag, and there is no place for it.
func topicctlPlaces(s surroundings) []string {
	if path := s.given("TOPICCTL_CLUSTER_CONFIG"); path != nil {
		return path
	}
	return []string{s.abs("cluster.yaml")}
}

func isTopicctl(root *yaml.Node) bool {
	found := false
	if spec := valueOf(root, "spec"); spec != nil {
		children(spec, func(key string, _ *yaml.Node) { found = found || key == "bootstrapAddrs" })
	}
	return found
}

var topicctlVariables = map[string][]string{
	"spec.sasl.username":          {"TOPICCTL_SASL_USERNAME"},
	"spec.sasl.password":          {"TOPICCTL_SASL_PASSWORD"},
	"spec.sasl.secretsManagerArn": {"TOPICCTL_SASL_SECRETS_MANAGER_ARN"},
}

// importTopicctl reads one cluster of topicctl (pkg/config/cluster.go in its source).
func importTopicctl(f *toolFile) *Imported {
	f.variables = func(at string) []string { return topicctlVariables[at] }
	root := f.top()
	d := root.draft(root.child("meta").child("name").text())
	root.skip("meta")
	spec := root.child("spec")
	d.addresses(d.expanded(spec.child("bootstrapAddrs").texts()))
	tls, sasl := spec.child("tls"), spec.child("sasl")
	useTLS, useSASL := tls.child("enabled").yes(), sasl.child("enabled").yes()
	d.security(useTLS, useSASL)
	if useTLS {
		// Relative paths count from the file (absPath there).
		d.tls(tls, tlsKeys{ca: "caCertPath", certificate: "certPath", key: "keyPath", insecure: "skipVerify", serverName: "serverName"}, filepath.Dir(f.path))
	} else {
		spec.skip("tls") // isn't in force
	}
	if useSASL {
		d.topicctlLogin(sasl)
	} else {
		spec.skip("sasl")
	}
	return &Imported{Contexts: []ImportedContext{d.done()}, Current: d.Name}
}

func (d *draft) topicctlLogin(sasl part) {
	how := mechanism(sasl.child("mechanism").text(), "")
	d.login(how, sasl.child("username"), sasl.child("password"), "")
	for _, key := range []string{keyUser, keyPassword} {
		from := map[string]string{keyUser: "username", keyPassword: "password"}[key]
		if name := variableOf(sasl.child(from).text()); name != "" {
			d.Settings[key] = "${env:" + name + "}"
			d.file.note("%s is the variable %s there, as topicctl takes it with --expand-env", sasl.child(from).at, name)
		}
	}
	if arn := sasl.child("secretsManagerArn").text(); arn != "" && how != "AWS_MSK_IAM" {
		d.file.note("user and password are in AWS Secrets Manager there (%s), which kdeck doesn't read: give %s and %s in the context", arn, keyUser, keyPassword)
	}
}

// expanded puts the values of variables into addresses, as topicctl does with --expand-env: no address holds a $.
func (d *draft) expanded(texts []string) []string {
	for i, text := range texts {
		texts[i] = os.Expand(text, func(name string) string {
			value := d.file.around.get(name)
			if value == "" {
				d.file.note("the variable %s, which is a part of the address %s, is not set", name, text)
			}
			return value
		})
	}
	return strings.FieldsFunc(strings.Join(texts, ","), func(r rune) bool { return r == ',' || r == ' ' })
}

// variableOf returns the name of the variable that a text consists of ($NAME or ${NAME}), or nothing.
func variableOf(text string) string {
	if m := wholeVariable.FindStringSubmatch(text); m != nil {
		return m[1] + m[2]
	}
	return ""
}

var wholeVariable = regexp.MustCompile(`^\$(?:([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)\})$`)
