package config

import (
	"bytes"
	"errors"
	"net"
	"path/filepath"
	"slices"
	"strings"
)

// kcatPlaces is where kcat looks for its file (read_default_conf_files in its source).
func kcatPlaces(s surroundings) []string {
	for _, name := range []string{"KCAT_CONFIG", "KAFKACAT_CONFIG"} {
		if path := s.given(name); path != nil {
			return path
		}
	}
	return append(s.home(".config", "kcat.conf"), s.home(".config", "kafkacat.conf")...)
}

// hasAddresses tells whether a file is one of properties that has a cluster's addresses.
func hasAddresses(path string, data []byte) bool {
	pairs, err := parseProperties(path, data)
	return err == nil && slices.ContainsFunc(pairs, func(p pair) bool {
		name, _ := canonical(p.key)
		return name == keyBootstrap || name == keyControllers
	})
}

// tooGeneral are names of files that say nothing of the cluster.
var tooGeneral = []string{"client", "config", "java", "admin", "kafka", "command-config", "consumer", "producer"}

// importProperties reads a file of Java's or librdkafka's settings. The context refers to it whole; where the file has keys that
// kdeck refuses, to those that it takes.
func importProperties(f *toolFile) *Imported {
	pairs, _ := parseProperties(f.path, f.data)
	name := strings.TrimSuffix(filepath.Base(f.path), filepath.Ext(f.path))
	d := part{file: f}.draft("")
	d.Refuse = "it has no address (bootstrap.servers)"
	values := map[string]string{}
	for _, p := range pairs {
		if key, _ := canonical(p.key); key != "" {
			values[key] = p.value
		}
	}
	for _, key := range []string{keyControllers, keyBootstrap} {
		if addrs, err := Addresses(values[key]); err == nil {
			d.Refuse = ""
			if host, _, err := net.SplitHostPort(addrs[0]); err == nil && slices.Contains(tooGeneral, name) {
				name = host
			}
		}
	}
	d.Name = name
	f.notes = nil
	for _, key := range []string{keyTrustLocation, keyKeystore, keyCertificateFile, keyKeyFile, keyOAuthCA} {
		if value := values[key]; value != "" && !filepath.IsAbs(value) && !strings.Contains(value, "${") {
			f.note("%s is a relative path: it counts from the directory in which kdeck is started", key)
		}
	}
	if f.tool == "kcat" {
		d.kcatSpelling()
	}
	var others []string
	for _, p := range pairs {
		if p.value != "" && slices.ContainsFunc(ignoredPrefixes, func(prefix string) bool { return strings.HasPrefix(p.key, prefix) }) {
			others = append(others, p.key)
		}
	}
	if others != nil {
		f.note("of no use to kdeck: %s", strings.Join(others, ", "))
	}
	_, err := newLayer(pairs, expander{getenv: f.around.lookup})
	var unknown *UnknownKeyError
	if errors.As(err, &unknown) {
		d.oneByOne(pairs)
	} else {
		d.Properties = f.path
	}
	return &Imported{Contexts: []ImportedContext{d.done()}, Current: d.Name}
}

// oneByOne takes those settings that are known, and refers to the secrets among them.
func (d *draft) oneByOne(pairs []pair) {
	var unknown []string
	for _, p := range pairs {
		name, known := canonical(p.key)
		switch {
		case !known && !strings.HasPrefix(p.key, "topic."): // kcat's prefix for settings of topics
			unknown = append(unknown, p.key)
		case name == "" || p.value == "" || name == keyTimeout:
		case name == keyBootstrap:
			d.addresses(strings.FieldsFunc(p.value, func(r rune) bool { return r == ',' || r == ' ' }))
		case Sensitive(p.key) && reference.MatchString(p.value) && !isReference(p.value):
			d.file.note("%s isn't taken over: it holds references, to which none can lead", p.key)
		case Sensitive(p.key) && !isReference(p.value):
			if ref := "${file:" + d.file.path + ":" + p.key + "}"; d.leadsTo(ref, p.value) {
				d.Settings[p.key] = ref
			}
		default:
			d.Settings[p.key] = p.value
		}
	}
	d.file.note("the file has keys that kdeck doesn't know and that are not taken over: %s; so its other settings are copied, but for secrets", strings.Join(unknown, ", "))
}

// kcatSpelling names the lines that kcat reads otherwise than Java does: it keeps backslashes, and takes bytes as they are.
func (d *draft) kcatSpelling() {
	for line := range bytes.Lines(d.file.data) {
		key, value, _ := strings.Cut(strings.TrimSpace(string(line)), "=")
		name, _ := canonical(strings.TrimSpace(key))
		value = strings.NewReplacer(`\:`, ":", `\=`, "=").Replace(value)
		odd := strings.Contains(value, `\`) || strings.ContainsFunc(value, func(r rune) bool { return r > 127 })
		if odd && name != "" && name != keyJAAS {
			d.file.note("%s: kcat takes a backslash and letters outside ASCII as they are, kdeck as Java does: put the value into a file of its own and give it in the context as %s: ${file:/path}", key, name)
		}
	}
}
