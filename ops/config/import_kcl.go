package config

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// kclPlaces is where kcl looks for its file (client.New in its source).
func kclPlaces(s surroundings) []string {
	if path := s.given("KCL_CONFIG_PATH"); path != nil {
		return path
	}
	name := s.get("KCL_CONFIG_FILE")
	if name == "" {
		name = "config.toml"
	}
	if dir := s.get("KCL_CONFIG_DIR"); dir != "" {
		return []string{s.abs(filepath.Join(dir, name))}
	}
	return s.userConfig("kcl", name)
}

func isKCL(root *yaml.Node) bool {
	found := false
	children(root, func(key string, v *yaml.Node) {
		switch strings.ToLower(key) {
		case "seed_brokers", "current_profile":
			found = true
		case "profiles":
			found = found || v.Kind == yaml.MappingNode
		}
	})
	return found
}

// importKCL reads kcl's config.toml: one cluster, or profiles with a current one. Variables KCL_… count before the file, for the
// profile that is current.
func importKCL(f *toolFile) *Imported {
	root := f.top()
	profiles, current := root.child("profiles"), root.child("current_profile").text()
	active := ""
	f.variables = func(at string) []string {
		key, ok := strings.CutPrefix(at, active)
		if !ok {
			return nil
		}
		return []string{"KCL_" + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))}
	}
	if len(profiles.names()) == 0 {
		root.skip("current_profile", "profiles")
		return &Imported{Contexts: []ImportedContext{kclContext("kcl", root)}, Current: "kcl"}
	}
	imported := &Imported{Current: current}
	active = join(profiles.at, current) + "."
	names := profiles.names()
	slices.Sort(names) // TOML's tables have no order
	for _, name := range names {
		imported.Contexts = append(imported.Contexts, kclContext(name, profiles.child(name)))
	}
	if left := root.left(); left != nil {
		var beside []string
		for _, at := range left {
			if !strings.HasPrefix(at, profiles.at+".") {
				beside = append(beside, at)
			}
		}
		if beside != nil {
			imported.Notes = append(imported.Notes, fmt.Sprintf("kcl ignores what stands beside profiles: %s", strings.Join(beside, ", ")))
		}
	}
	return imported
}

func kclContext(name string, p part) ImportedContext {
	d := p.draft(name)
	p.skip("timeout_ms", "broker_timeout", "dial_timeout", "retry_timeout")
	d.addresses(p.child("seed_brokers").texts())
	if len(d.Bootstrap) == 0 {
		d.addresses([]string{"localhost:9092"})
		p.file.note("it names no seed_brokers: kcl means localhost:9092 then")
	}
	tls, sasl := p.child("tls"), p.child("sasl")
	useTLS := tls.has() || p.file.around.get("KCL_USE_TLS") != "" && p.child("seed_brokers").mayVary()
	if d.tls(tls, tlsKeys{ca: "ca_cert_path", certificate: "client_cert_path", key: "client_key_path", insecure: "insecure", serverName: "server_name"}) {
		useTLS = true
	}
	method := mechanism(sasl.child("method").text(), "")
	d.security(useTLS, method != "")
	switch {
	case method == "":
	case sasl.child("is_token").yes():
		d.token(method, sasl.child("user"), sasl.child("pass"))
	default:
		d.login(method, sasl.child("user"), sasl.child("pass"), "")
	}
	return d.done()
}

// mayVary tells whether variables of the environment count for a part.
func (p part) mayVary() bool { return p.file.variables != nil && p.file.variables(p.at) != nil }

// token takes the id and the HMAC of a delegation token, which only a JAAS line can say to be one.
func (d *draft) token(mechanism string, user, password part) {
	name := user.text()
	secret, ref := password.textFrom()
	if strings.ContainsAny(name+ref, "\"\\\r\n") {
		d.file.note("user and password of the delegation token can't be put into %s: they hold quotes", keyJAAS)
		return
	}
	if d.leadsTo(ref, secret) {
		d.Settings[keyMechanism] = mechanism
		d.Settings[keyJAAS] = fmt.Sprintf(`org.apache.kafka.common.security.scram.ScramLoginModule required username="%s" password="%s" tokenauth="true";`, name, ref)
	}
}
