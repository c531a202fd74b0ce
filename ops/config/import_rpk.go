package config

import (
	"net"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// rpkPlaces is where rpk looks for rpk.yaml, and where it and older versions look for redpanda.yaml (Params.Load and LocateConfig in
// its source).
func rpkPlaces(s surroundings) []string {
	places := s.userConfig("rpk", "rpk.yaml")
	places = append(places, s.abs("redpanda.yaml"), "/etc/redpanda/redpanda.yaml")
	return append(places, s.home("redpanda.yaml")...)
}

func isRPK(root *yaml.Node) bool {
	profiles, rpk, redpanda := valueOf(root, "profiles"), valueOf(root, "rpk"), valueOf(root, "redpanda")
	return profiles != nil && profiles.Kind == yaml.SequenceNode || rpk != nil && rpk.Kind == yaml.MappingNode ||
		redpanda != nil && redpanda.Kind == yaml.MappingNode
}

// rpkVariables are those that count before the current profile, the newer ones first.
var rpkVariables = map[string][]string{
	"kafka_api.brokers":                  {"RPK_BROKERS", "REDPANDA_BROKERS"},
	"kafka_api.tls.ca_file":              {"RPK_TLS_CA", "REDPANDA_TLS_CA", "REDPANDA_TLS_TRUSTSTORE"},
	"kafka_api.tls.cert_file":            {"RPK_TLS_CERT", "REDPANDA_TLS_CERT"},
	"kafka_api.tls.key_file":             {"RPK_TLS_KEY", "REDPANDA_TLS_KEY"},
	"kafka_api.tls.insecure_skip_verify": {"RPK_TLS_INSECURE_SKIP_VERIFY"},
	"kafka_api.sasl.mechanism":           {"RPK_SASL_MECHANISM", "REDPANDA_SASL_MECHANISM"},
	"kafka_api.sasl.user":                {"RPK_USER", "REDPANDA_SASL_USERNAME"},
	"kafka_api.sasl.password":            {"RPK_PASS", "REDPANDA_SASL_PASSWORD"},
}

// importRPK reads rpk's profiles, or the section rpk of a broker's redpanda.yaml.
func importRPK(f *toolFile) *Imported {
	root := f.top()
	profiles := root.child("profiles")
	if !profiles.has() {
		return importRedpanda(root)
	}
	imported := &Imported{Current: root.child("current_profile").text()}
	for _, p := range profiles.items() {
		name := p.child("name").text()
		current := ""
		if name == imported.Current {
			current = p.at + "."
		}
		f.variables = func(at string) []string {
			if key, ok := strings.CutPrefix(at, current); ok && current != "" {
				return rpkVariables[key]
			}
			return nil
		}
		p.skip("description", "prompt", "license_check")
		imported.Contexts = append(imported.Contexts, rpkContext(name, p, p.child("kafka_api"), listening{}))
	}
	return imported
}

// listening are the addresses that a broker listens on, in place of those that a file doesn't name.
type listening struct {
	addresses []string
	encrypted bool
}

func rpkContext(name string, p, kafka part, broker listening) ImportedContext {
	d := p.draft(name)
	d.addresses(kafka.child("brokers").texts())
	tls, sasl := kafka.child("tls"), kafka.child("sasl")
	if !tls.has() {
		tls = p.child("tls") // older files: rpk.tls and rpk.sasl
	}
	if !sasl.has() && p.child("sasl").has() {
		sasl = p.child("sasl")
	}
	useTLS := tls.has() || p.file.around.get("RPK_TLS_ENABLED") != "" && kafka.child("brokers").mayVary()
	if len(d.Bootstrap) == 0 {
		d.addresses(broker.addresses)
		useTLS = useTLS || broker.encrypted
	}
	if len(d.Bootstrap) == 0 {
		d.addresses([]string{"127.0.0.1:9092"})
		p.file.note("it names no brokers: rpk means 127.0.0.1:9092 then")
	}
	if d.tls(tls, tlsKeys{ca: "ca_file", certificate: "cert_file", key: "key_file", insecure: "insecure_skip_verify"}) {
		useTLS = true
	}
	if _, set := d.Settings[keyTrustLocation]; !set {
		d.path(keyTrustLocation, tls.child("truststore_file")) // older files
	}
	how := sasl.child("mechanism").text()
	if sasl.child("user").text() != "" {
		d.security(useTLS, true)
		d.login(mechanism(how, "SCRAM-SHA-256"), sasl.child("user"), sasl.child("password"), noPassword("rpk has no password there"))
		return d.done()
	}
	d.security(useTLS, false)
	if how != "" {
		p.file.note("its login, %s without a user, isn't taken over: give %s and what belongs to it in the context", how, keyMechanism)
	}
	return d.done()
}

// importRedpanda reads a broker's redpanda.yaml: the section rpk, and the broker's own listeners where that names no brokers.
func importRedpanda(root part) *Imported {
	rpk := root.child("rpk")
	rpk.skip("enable_usage_stats", "coredump_dir", "overprovisioned", "additional_start_flags", "enable_memory_locking", "smp", "well_known_io")
	for _, key := range rpk.names() {
		if strings.HasPrefix(key, "tune_") || strings.HasPrefix(key, "ballast_") {
			rpk.skip(key)
		}
	}
	if !rpk.has() {
		rpk = part{root.file, &yaml.Node{Kind: yaml.MappingNode}, "rpk"}
	}
	root.file.variables = func(at string) []string { return rpkVariables[strings.TrimPrefix(at, "rpk.")] }
	return &Imported{Current: "redpanda", Contexts: []ImportedContext{rpkContext("redpanda", rpk, rpk.child("kafka_api"), listeners(root.child("redpanda")))}}
}

// listeners returns the addresses that a broker listens on; those without TLS, if there are any: rpk may have no certificates for the
// others.
func listeners(broker part) listening {
	plain, encrypted := listening{}, listening{encrypted: true}
	withTLS := broker.child("kafka_api_tls").items()
	for _, l := range broker.child("kafka_api").items() {
		host, port := l.child("address").text(), l.child("port").text()
		if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
			host = "127.0.0.1" // of all its interfaces one that is certain
		}
		if host == "" {
			continue
		}
		if port == "" {
			port = usual
		}
		to := &plain
		if slices.ContainsFunc(withTLS, func(t part) bool {
			return t.child("enabled").yes() && t.child("name").text() == l.child("name").text()
		}) {
			to = &encrypted
		}
		to.addresses = append(to.addresses, net.JoinHostPort(host, port))
	}
	if plain.addresses != nil {
		return plain
	}
	return encrypted
}
