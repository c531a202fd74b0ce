package config

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"

	"kdeck/protocol/printable"
)

// A draft is a context that is made of a part of another tool's file.
type draft struct {
	ImportedContext
	file *toolFile
	in   part
}

func (p part) draft(name string) *draft {
	p.file.notes = nil
	d := &draft{file: p.file, in: p}
	d.Name = strings.Map(func(r rune) rune {
		if r == ' ' || !printable.Rune(r) {
			return '-'
		}
		return r
	}, strings.TrimSpace(name))
	if d.Name != name {
		p.file.note("its name there is %q", name)
	}
	if name == "" {
		d.Refuse = "it has no name"
	}
	d.Settings = map[string]string{}
	return d
}

// done ends a draft: what wasn't read of its part is named, by the keys below it.
func (d *draft) done() ImportedContext {
	var left []string
	for _, at := range d.in.left() {
		left = append(left, strings.TrimPrefix(at, d.in.at+"."))
	}
	if left != nil {
		d.file.note("not taken over, for kdeck has nothing like it: %s", strings.Join(left, ", "))
	}
	if len(d.Bootstrap) == 0 && d.Properties == "" && d.Refuse == "" {
		d.Refuse = "it has no address"
	}
	if len(d.Settings) == 0 {
		d.Settings = nil
	}
	d.Notes = d.file.notes
	return d.ImportedContext
}

// usual is the port that clients take where an address has none.
const usual = "9092"

// addresses takes the brokers' addresses.
func (d *draft) addresses(texts []string) {
	for _, text := range texts {
		word := text
		if _, after, found := strings.Cut(word, "://"); found {
			word = after
		}
		if _, _, err := net.SplitHostPort(word); err != nil {
			switch host := strings.Trim(word, "[]"); {
			case net.ParseIP(host) != nil:
				word = net.JoinHostPort(host, usual)
			case !strings.Contains(word, ":"):
				word += ":" + usual
			}
		}
		addr, err := address(word)
		if err != nil {
			d.file.note("left out: %v", err)
			continue
		}
		d.Bootstrap = append(d.Bootstrap, addr)
	}
}

// set takes a setting as it is. A text that would be read as a reference is referred to itself, and so is a URL that may hold a
// password.
func (d *draft) set(key string, from part) {
	text := from.text()
	if reference.MatchString(text) || strings.Contains(text, "://") && strings.Contains(text, "@") {
		d.secret(key, from)
	} else if text != "" {
		d.Settings[key] = text
	}
}

// secret refers to a secret. It reports whether there is one.
func (d *draft) secret(key string, from part) bool {
	text, ref := from.textFrom()
	if text == "" {
		return false
	}
	if d.leadsTo(ref, text) {
		d.Settings[key] = ref
	}
	return true
}

// leadsTo tries a reference, and says where it fails: a path may hold what a reference can't.
func (d *draft) leadsTo(ref, text string) bool {
	got, err := expander{getenv: d.file.around.lookup}.expand(ref)
	if err == nil && got == text && isReference(ref) {
		return true
	}
	d.file.note("%s can't be found again by a reference: give it in the context as ${env:NAME} or ${file:/path}", strings.TrimSuffix(strings.TrimPrefix(ref, "${file:"), "}"))
	return false
}

// path takes the path of a file. Where it is relative it is looked for in those directories; without any, in the working directory,
// where the tools look for it, and beside the tool's own file.
func (d *draft) path(key string, from part, dirs ...string) {
	text := from.text()
	if text == "" {
		return
	}
	if !filepath.IsAbs(text) {
		if dirs == nil {
			dirs = []string{d.file.around.wd, filepath.Dir(d.file.path)}
		}
		found := filepath.Join(dirs[0], text)
		for _, dir := range dirs {
			if _, err := os.Stat(filepath.Join(dir, text)); err == nil {
				found = filepath.Join(dir, text)
				break
			}
		}
		text = found
	}
	if _, err := os.Stat(text); err != nil {
		d.file.note("%s: %s isn't there", from.at, text)
	}
	d.Settings[key] = text
}

// tlsKeys are the keys by which a tool names the files of TLS; "" where it has none.
type tlsKeys struct{ ca, certificate, key, insecure, serverName string }

// tls takes the files of TLS, and reports whether there are any.
func (d *draft) tls(p part, keys tlsKeys, dirs ...string) (some bool) {
	d.path(keyTrustLocation, p.child(keys.ca), dirs...)
	d.path(keyCertificateFile, p.child(keys.certificate), dirs...)
	d.path(keyKeyFile, p.child(keys.key), dirs...)
	some = len(d.Settings) > 0
	if p.child(keys.insecure).yes() {
		some = true
		d.Settings[keyVerify] = "false"
		d.file.note("the brokers' certificates are not verified (%s): %s=false", p.child(keys.insecure).at, keyVerify)
	}
	if keys.serverName != "" {
		if name := p.child(keys.serverName).text(); name != "" {
			d.file.note("%s is %q: kdeck always expects the name of the address; where certificates have only the other, set %s to nothing",
				p.child(keys.serverName).at, name, keyIdentification)
		}
	}
	return some
}

// security says whether connections use TLS and SASL. Plaintext without either is left unsaid.
func (d *draft) security(tls, sasl bool) {
	switch {
	case tls && sasl:
		d.Settings[keySecurity] = string(SASLSSL)
	case tls:
		d.Settings[keySecurity] = string(SSL)
	case sasl:
		d.Settings[keySecurity] = string(SASLPlaintext)
	}
}

// login takes user and password, and a mechanism by Kafka's name. Where there is no password, missing says what the tool does.
func (d *draft) login(mechanism string, user, password part, missing string) {
	d.Settings[keyMechanism] = mechanism
	if mechanism == "AWS_MSK_IAM" {
		user.text() // are of no use
		password.text()
		return
	}
	d.set(keyUser, user)
	if !d.secret(keyPassword, password) && missing != "" {
		d.file.note("%s", missing)
	}
}

// mechanism returns Kafka's name of a mechanism; those that kdeck doesn't know stay as they are.
func mechanism(name, usual string) string {
	switch strings.NewReplacer("-", "", "_", "", " ", "").Replace(strings.ToUpper(name)) {
	case "":
		return usual
	case "PLAIN", "PLAINTEXT":
		return "PLAIN"
	case "SCRAMSHA256":
		return "SCRAM-SHA-256"
	case "SCRAMSHA512":
		return "SCRAM-SHA-512"
	case "OAUTH", "OAUTHBEARER":
		return "OAUTHBEARER"
	case "AWSMSKIAM":
		return "AWS_MSK_IAM"
	}
	return name
}

// noPassword is what is said where a tool has a user without a password.
func noPassword(instead string) string {
	return fmt.Sprintf("%s; give it in the context as %s: ${env:NAME}", instead, keyPassword)
}
