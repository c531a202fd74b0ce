package watch

import (
	"context"
	"sync"
	"time"

	"kdeck/ops/health"
	"kdeck/ops/state"
)

// seenLongAgo is the age from which a certificate that ends soon is looked at again: connections last, and it may have been renewed.
const seenLongAgo = 10 * time.Minute

// certificate is the one that a broker showed when kdeck last connected to it, or when that failed.
func (l *look) certificate(addr string) state.Reading[state.Certificate] {
	c, at, ok := l.session.Certificate(addr)
	if !ok {
		return state.Missing[state.Certificate]("no TLS", l.o.Now(), addr)
	}
	return state.Read(state.Certificate(c), at, addr)
}

// lookAtCertificates shakes hands anew with brokers whose certificates end soon by what they showed some time ago, with a few of them at a look. Whoever
// doesn't answer showed it last as is known.
func (l *look) lookAtCertificates(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, l.o.Deadline)
	defer cancel()
	var asking sync.WaitGroup
	left := slowest
	for _, b := range l.metadata.brokers {
		addr := address(b.Host, b.Port)
		if c := l.certificate(addr); c.Known && left > 0 && l.taken.Sub(c.At) > seenLongAgo && health.CertificateEnds(c.Value, l.taken) != "" {
			left--
			asking.Go(func() { _ = l.session.Handshake(ctx, addr) })
		}
	}
	asking.Wait()
}
