package subcmd_test

import (
	"context"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// countOpen counts the connections that are open.
func (d *deck) countOpen() *atomic.Int64 {
	open := new(atomic.Int64)
	dial := d.dial
	d.dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		open.Add(1)
		return &countedConn{Conn: conn, closed: sync.OnceFunc(func() { open.Add(-1) })}, nil
	}
	return open
}

type countedConn struct {
	net.Conn
	closed func()
}

func (c *countedConn) Close() error {
	c.closed()
	return c.Conn.Close()
}

func TestEveryCommandClosesItsConnections(t *testing.T) {
	d, _ := onSim(t, quick("healthy"))
	open := d.countOpen()
	for _, line := range []string{
		"status", "brokers", "partitions", "moves", "tenants", "doctor", "quota list", "quota explain --user alice",
		"quota set --user alice producer_byte_rate=5", "quota observe --by user", "quota observe --by topic", "plan drain 2", "drain 2",
		"configs broker --diff", "configs topic orders set retention.ms=3d", "moves cancel", "request Metadata --to 1", "request Metadata --to nobody", "api --to 1", "records orders/0", "records nowhere/0",
		"transactions", "transactions abort --topic orders --partition 0 --start-offset 7",
		"compare", "compare partition orders/0", "safe-to-stop 2", "quorum", "changed", "changed --since 1h", "impact", "status --exonerate orders",
		"host --ask 1", "probe --read-only --once", "probe --once", "probe create",
		"partitions --broker 99", "partitions --topic nope", "plan drain 99",
		"snapshot save " + filepath.Join(t.TempDir(), "saved.json"), "snapshot save " + filepath.Join(t.TempDir(), "no", "such", "place"),
	} {
		d.run(strings.Fields(line)...)
		eventually(t, "kdeck "+line+" closes its connections", func() (bool, string) {
			return open.Load() == 0, "some are open"
		})
	}
}
