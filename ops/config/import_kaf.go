package config

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// kafPlaces is where kaf looks for its file. No variable moves it.
func kafPlaces(s surroundings) []string { return s.home(".kaf", "config") }

func isKaf(root *yaml.Node) bool {
	clusters := valueOf(root, "clusters")
	return clusters != nil && clusters.Kind == yaml.SequenceNode
}

// importKaf reads kaf's clusters (pkg/config in its source, and getConfig for what they mean).
func importKaf(f *toolFile) *Imported {
	root := f.top()
	imported := &Imported{Current: root.child("current-cluster").text()}
	for _, p := range root.child("clusters").items() {
		imported.Contexts = append(imported.Contexts, kafContext(p))
	}
	return imported
}

func kafContext(p part) ImportedContext {
	d := p.draft(p.child("name").text())
	d.addresses(p.child("brokers").texts())
	p.skip("version") // of Kafka
	protocol, tls, sasl := strings.ToUpper(p.child("security-protocol").text()), p.child("TLS"), p.child("SASL")
	sasl.skip("version") // of the handshake
	// A section TLS or SASL counts without a protocol too.
	useTLS := tls.has() || protocol == string(SSL) || protocol == string(SASLSSL)
	useSASL := sasl.has() || strings.HasPrefix(protocol, "SASL_")
	d.security(useTLS, useSASL)
	d.tls(tls, tlsKeys{ca: "cafile", certificate: "clientfile", key: "clientkeyfile", insecure: "insecure"})
	if !useSASL {
		return d.done()
	}
	how := mechanism(sasl.child("mechanism").text(), "PLAIN")
	if how != "OAUTHBEARER" {
		d.login(how, sasl.child("username"), sasl.child("password"), noPassword("kaf has no password there"))
		return d.done()
	}
	sasl.skip("username", "password") // are of no use
	d.Settings[keyMechanism] = how
	if d.secret(keyToken, sasl.child("token")) {
		sasl.skip("clientID", "clientSecret", "tokenURL", "scopes")
		return d.done()
	}
	d.set(keyTokenEndpoint, sasl.child("tokenURL"))
	d.set(keyOAuthID, sasl.child("clientID"))
	d.secret(keyOAuthSecret, sasl.child("clientSecret"))
	if scopes := sasl.child("scopes").texts(); len(scopes) > 0 {
		d.Settings[keyOAuthScope] = strings.Join(scopes, " ")
	}
	return d.done()
}
