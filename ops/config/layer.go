package config

import (
	"fmt"
	"maps"
)

// layer is what one source sets, by canonical key: aliases are resolved, the JAAS line is taken apart, secrets
// are in their places.
type layer map[string]pair

// newLayer reads the settings of one source. Where a source sets a key by Java's name and by an alias, Java's
// counts; where it sets it twice by the same name, the later one.
func newLayer(pairs []pair, x expander) (layer, error) {
	l := layer{}
	for _, p := range pairs {
		name, known := canonical(p.key)
		if !known {
			return nil, &UnknownKeyError{Key: shownKey(p.key), Where: p.where, Known: knownSettings()}
		}
		if name == "" {
			continue
		}
		if before, set := l[name]; !set || before.key != name || p.key == name {
			l[name] = p
		}
	}
	whole := isReference(l.text(keyJAAS))
	for name, p := range l {
		if name == keyJAAS && !whole {
			continue // its options are expanded one by one: a password may hold quotes
		}
		value, err := x.expand(p.value)
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", p.where, p.key, err)
		}
		p.referred = value != p.value
		p.value = value
		l[name] = p
	}
	if err := l.takeJAASApart(x, whole); err != nil {
		return nil, err
	}
	return l, nil
}

// isReference reports whether a value is one ${…} and nothing else.
func isReference(value string) bool {
	at := reference.FindStringIndex(value)
	return at != nil && at[0] == 0 && at[1] == len(value)
}

// Settings that replace each other: a layer that sets one of the first list takes away all of the second from
// the layers below it, so that a key store of one source is never mixed with a key of another.
var replaces = []struct{ by, gone []string }{
	{[]string{keyTrustLocation, keyTrustText}, []string{keyTrustLocation, keyTrustText, keyTrustPassword, keyTrustType}},
	{[]string{keyKeystore, keyKeystoreText, keyCertificateFile}, []string{keyKeystore, keyKeystoreText, keyKeystoreKey,
		keyCertificateFile, keyKeyFile, keyKeystorePass, keyKeystoreType, keyKeystoreAlias, keyKeyPassword}},
	{[]string{keyToken, keyTokenEndpoint, keyTokenFile}, []string{keyToken, keyTokenEndpoint, keyTokenFile,
		keyLoginHandler, keyClientHandler, keyLoginClass, keyTokenClass, keyUnknownOptions}},
	{[]string{keyOAuthCA, keyOAuthCAText}, []string{keyOAuthCA, keyOAuthCAText, keyOAuthCAPassword}},
	{[]string{keyKrbKeytab, keyKrbModule}, []string{keyKrbKeytab, keyKrbPrincipal, keyKrbUseKeytab, keyKrbUseCache, keyKrbCache,
		keyKrbJAASService, keyKrbModule, keyUnknownOptions}},
	{[]string{keyUser}, []string{keyUser, keyPassword, keySCRAMToken, keyLoginHandler, keyClientHandler, keyLoginClass, keyUnknownOptions}},
}

// under lays another layer over this one.
func (l layer) under(over layer) {
	for _, r := range replaces {
		for _, key := range r.by {
			if _, set := over[key]; set {
				for _, gone := range r.gone {
					delete(l, gone)
				}
			}
		}
	}
	maps.Copy(l, over)
}

// text returns a setting's value, or nothing.
func (l layer) text(key string) string { return l[key].value }

// bad is an error about a setting's value, which it shows unless that may hold a secret.
func (l layer) bad(key, want string) error {
	p := l[key]
	if Sensitive(p.key) || p.referred {
		return fmt.Errorf("%s: %s: %s", p.where, p.key, want)
	}
	return fmt.Errorf("%s: %s=%q: %s", p.where, p.key, Shown(key, p.value), want)
}
