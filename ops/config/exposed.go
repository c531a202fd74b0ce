package config

import (
	"fmt"
	"os"
	"slices"
)

// exposures are warnings of files through which others than the user get at secrets, or choose where they are sent. Kafka's users have such
// files, so they are read all the same.
type exposures struct{ warnings []string }

// note warns of a file that the group and others can read, where it holds a secret, or that they can write.
func (e *exposures) note(path string, secret bool) {
	info, err := os.Stat(path)
	if e == nil || path == "" || err != nil || !info.Mode().IsRegular() {
		return
	}
	mode, why := info.Mode().Perm(), ""
	switch {
	case mode&0o002 != 0 || secret && mode&0o020 != 0:
		why = "others can write it, and with that choose whom secrets are sent to"
	case secret && mode&0o044 != 0:
		why = "it holds secrets, and others can read it"
	default:
		return
	}
	if w := fmt.Sprintf("%s: %s (mode %04o): run chmod 600 %[1]s", path, why, mode); !slices.Contains(e.warnings, w) {
		e.warnings = append(e.warnings, w)
	}
}

// noteProperties warns of a properties file.
func (e *exposures) noteProperties(path string, pairs []pair) {
	e.note(path, slices.ContainsFunc(pairs, func(p pair) bool { return Sensitive(p.key) && p.value != "" && !isReference(p.value) }))
}

// noteFiles warns of the files that a cluster's settings name.
func (e *exposures) noteFiles(c *Cluster) {
	metrics := c.Metrics.TLS()
	for _, s := range []Store{c.TLS.Truststore, c.SASL.OAuth.Truststore, metrics.Truststore} {
		e.note(s.Location, false)
	}
	for _, s := range []Store{c.TLS.Keystore, metrics.Keystore} {
		e.note(s.Location, s.Key == "") // where the key is in another file, this one holds certificates alone
		e.note(s.Key, true)
	}
	e.note(c.SASL.OAuth.TokenFile, true)
	if k := c.SASL.Kerberos; k != nil {
		e.note(k.Keytab, true)
	}
}
