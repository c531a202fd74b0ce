package metrics

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"strings"
)

// tlsHint says in words why an exporter can't be reached by https, and which setting of the context helps; "" where that isn't why.
func tlsHint(err error) string {
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	var remote *net.OpError
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &authority):
		return "its certificate is signed by none of the authorities that are trusted: name its own in the context, metrics: {ca: FILE}"
	case errors.As(err, &host):
		return "its certificate is for another host: name it in the address as the certificate does"
	case errors.As(err, &invalid):
		return "its certificate isn't valid"
	case errors.As(err, &record), strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return "it doesn't speak TLS: write http:// in the context"
	case errors.As(err, &remote) && remote.Op == "remote error": // how crypto/tls marks an alert of the other side
		return "it refuses the connection, perhaps for want of a client's certificate: metrics: {certificate: FILE, key: FILE}"
	}
	return ""
}
