package config

import (
	"net"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// hostCharacters are those of hosts' names; an underscore is no character of theirs by the standard, and some have it.
const hostCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."

// ValidHost reports whether a host that a broker advertises is a host's name or an IP address, and nothing else that would change
// the meaning of a URL that it is put into.
func ValidHost(host string) bool {
	name := host != "" && len(host) <= 253 && strings.Trim(host, hostCharacters) == "" && !strings.ContainsAny(host[:1], "-.") &&
		!strings.HasSuffix(host, "-") && !strings.Contains(host, "..")
	return name || net.ParseIP(host) != nil
}

// TrustsHost reports whether credentials of exporters may be sent to a host that a broker advertises: it is one of the bootstrap
// hosts, in the domain of one, or named in the context (metrics: {hosts: […]}), as itself or by its domain (.example.com).
func (c *Cluster) TrustsHost(host string) bool {
	host = plainHost(host)
	for _, named := range c.Metrics.Hosts {
		if named = plainHost(named); host == named || strings.HasPrefix(named, ".") && strings.HasSuffix(host, named) {
			return true
		}
	}
	for _, addr := range slices.Concat(c.Bootstrap, c.Controllers) {
		own, _, err := net.SplitHostPort(addr)
		if own = plainHost(own); err != nil {
			continue
		}
		if host == own || net.ParseIP(own) == nil && net.ParseIP(host) == nil && domainOf(host) == domainOf(own) {
			return true
		}
	}
	return false
}

func plainHost(host string) string { return strings.ToLower(strings.TrimSuffix(host, ".")) }

// domainOf is what stands behind the first dot. Where anybody can have a name there (.com, .co.uk), the host is its own domain. A
// name without a dot has none: it is found by the search list of this machine.
func domainOf(host string) string {
	_, domain, found := strings.Cut(host, ".")
	if !found {
		return ""
	}
	if suffix, _ := publicsuffix.PublicSuffix(host); domain == suffix {
		return host
	}
	return domain
}
