package metrics

import (
	"context"
	"net"
	"sync/atomic"
)

// Traffic is how many bytes have gone over the poller's connections, in both directions.
func (p *Poller) Traffic() int64 { return p.traffic.Load() }

func (p *Poller) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	conn, err := p.o.Dial(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	return countingConn{conn, &p.traffic}, nil
}

// countingConn is a connection whose bytes are counted.
type countingConn struct {
	net.Conn
	bytes *atomic.Int64
}

func (c countingConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.bytes.Add(int64(n))
	return n, err
}

func (c countingConn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.bytes.Add(int64(n))
	return n, err
}
