package config

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"kdeck/ops/files"
)

// kafkactlPlaces is where kafkactl looks for its file (internal/global in its source): a variable; a file of the project, up to the
// root of its git repository; then a list of directories.
func kafkactlPlaces(s surroundings) []string {
	if path := s.given("KAFKA_CTL_CONFIG"); path != nil {
		return path
	}
	var places []string
	for dir := s.wd; ; dir = filepath.Dir(dir) {
		places = append(places, filepath.Join(dir, "kafkactl.yml"), filepath.Join(dir, ".kafkactl.yml"))
		if info, err := os.Stat(filepath.Join(dir, ".git")); err == nil && info.IsDir() || dir == filepath.Dir(dir) {
			break
		}
	}
	places = slices.DeleteFunc(places, func(path string) bool {
		_, err := os.Stat(path)
		return err != nil // what isn't there says nothing: a long list of them would hide the others
	})
	for _, dir := range kafkactlDirs(s) {
		places = append(places, filepath.Join(dir, "config.yml"), filepath.Join(dir, "config.yaml"))
	}
	return places
}

func kafkactlDirs(s surroundings) []string {
	dirs := append(s.home(".config", "kafkactl"), s.home(".kafkactl")...)
	return append(dirs, "/etc/kafkactl")
}

func isKafkactl(root *yaml.Node) bool {
	found := false
	if contexts := valueOf(root, "contexts"); contexts != nil {
		children(contexts, func(_ string, c *yaml.Node) {
			children(c, func(key string, _ *yaml.Node) { found = found || strings.EqualFold(key, "brokers") })
		})
	}
	return found
}

// importKafkactl reads kafkactl's contexts. For each key there is a variable, CONTEXTS_NAME_KEY, that counts before the file; for
// the context default also KEY alone.
func importKafkactl(f *toolFile) *Imported {
	root := f.top()
	f.variables = func(at string) []string {
		long := strings.ToUpper(strings.NewReplacer(".", "_", "-", "_").Replace(at))
		names := []string{long}
		if short, ok := strings.CutPrefix(long, "CONTEXTS_DEFAULT_"); ok {
			names = append(names, short)
		}
		return names
	}
	contexts := root.child("contexts")
	imported := &Imported{}
	for _, name := range contexts.names() {
		imported.Contexts = append(imported.Contexts, kafkactlContext(name, contexts.child(name)))
	}
	imported.Current = kafkactlCurrent(f, contexts.names())
	return imported
}

// kafkactlCurrent finds the current context, which stands in a file of its own. It is written in any case: keys have none there.
func kafkactlCurrent(f *toolFile, names []string) string {
	s := f.around
	current := s.get("CURRENT_CONTEXT")
	places := s.given("KAFKA_CTL_WRITABLE_CONFIG")
	if places == nil && s.get("KAFKA_CTL_CONFIG") != "" {
		places = []string{filepath.Join(filepath.Dir(f.path), "current-context.yml")}
	}
	if places == nil {
		for _, dir := range append([]string{filepath.Dir(f.path)}, kafkactlDirs(s)...) {
			places = append(places, filepath.Join(dir, "current-context.yml"))
		}
	}
	for _, path := range places {
		if current != "" {
			break
		}
		if data, err := files.Read(path, files.MaxSettings); err == nil {
			if tree, err := parseYAML(path, data); err == nil && tree != nil {
				current, _ = find(tree, "current-context")
			}
		}
	}
	if current == "" { // older versions
		current = f.top().child("current-context").text()
	}
	for _, name := range names {
		if strings.EqualFold(name, current) {
			return name
		}
	}
	if current == "" && len(names) > 0 {
		return slices.Min(names)
	}
	return ""
}

func kafkactlContext(name string, p part) ImportedContext {
	d := p.draft(name)
	p.skip("kafkaVersion", "requestTimeout", "avro", "protobuf", "producer", "consumer")
	d.addresses(p.child("brokers").texts())
	tls, sasl := p.child("tls"), p.child("sasl")
	sasl.skip("version") // of the handshake
	dirs := append([]string{p.file.around.wd, filepath.Dir(p.file.path)}, filepath.SplitList(p.file.around.get("EXTRA_PATHS"))...)
	useTLS, useSASL := tls.child("enabled").yes(), sasl.child("enabled").yes()
	d.security(useTLS, useSASL)
	if useTLS {
		d.tls(tls, tlsKeys{ca: "ca", certificate: "cert", key: "certKey", insecure: "insecure"}, dirs...)
		d.secret(keyKeyPassword, tls.child("certKeyPassphrase"))
	} else {
		p.skip("tls") // isn't in force
	}
	if useSASL {
		d.kafkactlLogin(sasl)
	} else {
		p.skip("sasl")
	}
	d.set(keyClientID, p.child("clientID"))
	if k := p.child("kubernetes"); k.child("enabled").yes() {
		p.file.note("kafkactl works in a pod of Kubernetes there: from here the addresses may need tunnels and address_map, and paths of files may be those of the pod")
	} else {
		p.skip("kubernetes") // isn't in force
	}
	return d.done()
}

func (d *draft) kafkactlLogin(sasl part) {
	how, provider := mechanism(sasl.child("mechanism").text(), "PLAIN"), sasl.child("tokenProvider")
	if how != "OAUTHBEARER" {
		sasl.skip("tokenProvider")
		d.login(how, sasl.child("username"), sasl.child("password"),
			noPassword("kafkactl asks for the password or has it in the system's keyring, which kdeck doesn't read"))
		return
	}
	sasl.skip("username", "password")
	plugin := provider.child("plugin").text()
	if plugin == "aws" { // signs tokens with AWS credentials
		d.Settings[keyMechanism] = "AWS_MSK_IAM"
		return
	}
	d.Settings[keyMechanism] = how
	d.file.note("tokens come from kafkactl's plugin %q, which kdeck can't run: give %s, or %s with a client, in the context", plugin, keyToken, keyTokenEndpoint)
}
