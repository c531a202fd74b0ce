package metrics

import (
	"fmt"
	"io"
	"sync/atomic"
)

// What is kept of pages is bounded, of each and of all together, so that exporters can't take the memory of the machine. Series of
// clients are the many; a broker's own are a few thousand, and are kept where there is no room for clients.
const (
	maxClientSeries = 250_000 // of one page: 10,000 clients have about 20 each
	maxOwnSeries    = 50_000  // of one page
	maxSeries       = maxClientSeries + maxOwnSeries
	maxAllSeries    = 1_000_000 // series of clients, of all brokers
)

// room counts the series of clients that the pages of all brokers hold. A nil room has no bound.
type room struct{ taken atomic.Int64 }

func (r *room) take() bool {
	if r == nil {
		return true
	}
	if r.taken.Add(1) > maxAllSeries {
		r.taken.Add(-1)
		return false
	}
	return true
}

func (r *room) full() bool { return r != nil && r.taken.Load() >= maxAllSeries }

func (r *room) free(n int) {
	if r != nil {
		r.taken.Add(int64(-n))
	}
}

// ofClient tells whether a metric has series of clients, of which there may be any number.
func (m Metric) ofClient() bool { return m >= ProduceRate || m == ClientSoftware || m == IPConnections }

// maxItem bounds the bytes of one series of a Prometheus server's answer, which are held while it is read.
const maxItem = 4 << 20

// byItem reads an answer of which no item is larger than maxItem. left is what remains of the present one.
type byItem struct {
	in   io.Reader
	left int
}

func (i *byItem) next() { i.left = maxItem }

func (i *byItem) Read(b []byte) (int, error) {
	if i.left <= 0 {
		return 0, fmt.Errorf("a series in its answer is larger than %d MB: given up", maxItem>>20)
	}
	n, err := i.in.Read(b[:min(len(b), i.left)])
	i.left -= n
	return n, err
}
