package config

import (
	"net/url"
	"strings"
)

// URL is the address of a server as it was given. It may hold credentials, before an @ or in its query, so every way of printing
// it leaves these out. A conversion to string is the one way to the whole, for the one place that dials it.
type URL string

// String returns the address without user, password and the values of its query. Of one that can't be read it shows nothing
// before the last @: a password may hold whatever a URL may not.
func (u URL) String() string {
	text := string(u)
	scheme, rest, found := strings.Cut(text, "://")
	if scheme += "://"; !found || strings.Trim(scheme, "abcdefghijklmnopqrstuvwxyz:/") != "" {
		scheme, rest = "", text
	}
	if parsed, err := url.Parse(text); err == nil && parsed.Host != "" {
		switch {
		case parsed.User == nil:
		case strings.HasPrefix(rest, parsed.User.String()+"@"):
			rest = rest[len(parsed.User.String())+1:]
		default: // written in another way than Go writes it
			rest = rest[strings.LastIndexByte(rest, '@')+1:]
		}
		if strings.Contains(rest, "@") { // where the password ends can't be told
			return scheme + "…"
		}
	} else {
		rest = rest[strings.LastIndexByte(rest, '@')+1:]
	}
	if i := strings.IndexAny(rest, "?#"); i >= 0 {
		rest = rest[:i] + "?…"
	}
	return scheme + rest
}

// GoString is String.
func (u URL) GoString() string { return u.String() }

// MarshalText writes what String returns.
func (u URL) MarshalText() ([]byte, error) { return []byte(u.String()), nil }

// HasCredentials tells whether a user, a password or a query stands in the address.
func (u URL) HasCredentials() bool { return strings.ContainsAny(string(u), "@?") }
