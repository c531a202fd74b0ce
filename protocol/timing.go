package protocol

import (
	"context"
	"net/http/httptrace"
	"time"
)

// Timing is where the time of an exchange went. The stages up to SASL belong to the making of the connection:
// they are zero in all exchanges but the first one on it. A stage that didn't happen is zero.
type Timing struct {
	DNS   time.Duration // looking up the host; zero where the dialer doesn't report it
	TCP   time.Duration // connecting, without DNS
	TLS   time.Duration // the TLS handshake
	SASL  time.Duration // asking for ApiVersions and authenticating
	Write time.Duration // writing the request
	Wait  time.Duration // from the request's last byte to the answer's first
	Read  time.Duration // from the answer's first byte to its last
}

// Total is the sum of all stages.
func (t Timing) Total() time.Duration {
	return t.DNS + t.TCP + t.TLS + t.SASL + t.Write + t.Wait + t.Read
}

// Milliseconds are the stages by their names, and their "total", as documents have them.
func (t Timing) Milliseconds() map[string]float64 {
	ms := func(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
	return map[string]float64{"dns": ms(t.DNS), "tcp": ms(t.TCP), "tls": ms(t.TLS), "sasl": ms(t.SASL), "write": ms(t.Write),
		"wait": ms(t.Wait), "read": ms(t.Read), "total": ms(t.Total())}
}

// watchDNS returns a context under which a [net.Dialer] reports how long it looked the host up.
func watchDNS(ctx context.Context, now func() time.Time, took *time.Duration) context.Context {
	var started time.Time
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		DNSStart: func(httptrace.DNSStartInfo) { started = now() },
		DNSDone:  func(httptrace.DNSDoneInfo) { *took = now().Sub(started) },
	})
}
