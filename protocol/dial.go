package protocol

import (
	"bufio"
	"context"
	"crypto/tls"
	"net"
	"time"

	"github.com/twmb/franz-go/pkg/sasl"

	defs "kdeck/protocol/message"
)

// DefaultMaxFrame is how large an answer may be, in bytes, where Options don't say: 100 MiB, which is what a
// broker takes at the most by default (socket.request.max.bytes), and enough for the metadata of a million
// partitions.
const DefaultMaxFrame = 100 << 20

// Options say how nodes are reached. The zero value is plaintext without authentication.
type Options struct {
	// Dial opens the connection; nil is a net.Dialer. It may map the address to another one: TLS still expects
	// a certificate for the address that was asked for. An error with a method Advice() string says what to do next.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// TLS encrypts the connection where it isn't nil. An empty ServerName becomes the host that is dialed.
	TLS *tls.Config
	// SASL authenticates the connection where it isn't nil.
	SASL sasl.Mechanism
	// ClientID is what the requests carry; empty is "kdeck".
	ClientID string
	// MaxFrame bounds an answer, in bytes; 0 is DefaultMaxFrame.
	MaxFrame int
	// Memory bounds what the frames of the answers to Messages take together, on all connections that share it. Who drops
	// the bytes of an answer frees them. nil is no bound beside MaxFrame.
	Memory *defs.Memory
	// Decoding bounds what the frames of the answers to the client library's requests take together until they are decoded, on all
	// connections that share it: of nodes that are asked at the same time each may claim MaxFrame. nil is no bound.
	Decoding *defs.Memory
	// Now is the clock that timings and the end of a SASL session are read from; nil is time.Now. Deadlines
	// come with the contexts.
	Now func() time.Time
	// Mask hides secrets in what a node says of a failed authentication, which may repeat them; nil hides nothing.
	Mask func(string) string
}

func (o Options) withDefaults() Options {
	if o.Dial == nil {
		o.Dial = new(net.Dialer).DialContext
	}
	if o.Mask == nil {
		o.Mask = func(text string) string { return text }
	}
	if o.ClientID == "" {
		o.ClientID = "kdeck"
	}
	if o.MaxFrame == 0 {
		o.MaxFrame = DefaultMaxFrame
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// Dial connects to one node and makes the connection ready for requests: TCP, then TLS and SASL where the
// options ask for them. Before SASL the node is asked for its ApiVersions, which it answers to strangers;
// without SASL nothing is sent. Errors are [*Error].
func Dial(ctx context.Context, addr string, o Options) (*Conn, error) {
	o = o.withDefaults()
	c := &Conn{addr: addr, options: o}
	nc, making, err := connect(ctx, addr, o)
	if err != nil {
		return nil, err
	}
	c.making = making
	if o.TLS != nil {
		connected := o.Now()
		config := o.TLS
		if config.ServerName == "" {
			config = config.Clone()
			if config.ServerName, _, err = net.SplitHostPort(addr); err != nil {
				config.ServerName = addr
			}
		}
		tc := tls.Client(nc, config)
		if err := tc.HandshakeContext(ctx); err != nil {
			nc.Close()
			return nil, handshakeError(ctx, addr, err)
		}
		c.making.TLS = o.Now().Sub(connected)
		c.certificate = certificateOf(tc.ConnectionState().PeerCertificates)
		nc = tc
	}
	c.nc, c.in = nc, bufio.NewReaderSize(nc, 16<<10)
	if o.SASL != nil {
		encrypted := o.Now()
		if err := c.authenticate(ctx); err != nil {
			c.Close()
			return nil, err
		}
		c.making.SASL, c.made = o.Now().Sub(encrypted), false
	}
	return c, nil
}

// Connect measures how long it takes to look a node's host up and to connect to it, and closes the connection again. Nothing is sent. A node's operating
// system takes connections in its stead, so that this is the time of the path, and not of what runs on the node. Errors are [*Error].
func Connect(ctx context.Context, addr string, o Options) (Timing, error) {
	nc, took, err := connect(ctx, addr, o.withDefaults())
	if err != nil {
		return Timing{}, err
	}
	nc.Close()
	return took, nil
}

func connect(ctx context.Context, addr string, o Options) (nc net.Conn, took Timing, err error) {
	started := o.Now()
	if nc, err = o.Dial(watchDNS(ctx, o.Now, &took.DNS), "tcp", addr); err != nil {
		return nil, took, dialError(ctx, addr, err)
	}
	took.TCP = max(0, o.Now().Sub(started)-took.DNS)
	return nc, took, nil
}
