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

func (r *room) free(n int) {
	if r != nil {
		r.taken.Add(int64(-n))
	}
}

// ofClient tells whether a metric has series of clients, of which there may be any number.
func (m Metric) ofClient() bool { return m >= ProduceRate || m == ClientSoftware || m == IPConnections }

// JSON is held whole while it is read, an item at a time, so less of it is read than of a text page.
const (
	maxJSON    = 48 << 20  // bytes of the answer of one Jolokia
	maxAllJSON = 128 << 20 // bytes of the answers that are being read at the same time
	maxItem    = 4 << 20   // bytes of one series of a Prometheus server's answer
)

// held reads an answer, and counts its bytes among those of the answers that are being read.
type held struct {
	in  io.Reader
	all *atomic.Int64
	n   int64
}

func (h *held) Read(b []byte) (int, error) {
	n, err := h.in.Read(b)
	h.n += int64(n)
	switch all := h.all.Add(int64(n)); {
	case h.n > maxJSON:
		return 0, fmt.Errorf("its answer is larger than %d MB: given up", maxJSON>>20)
	case all > maxAllJSON:
		return 0, fmt.Errorf("the answers of all brokers are larger than %d MB together: given up", maxAllJSON>>20)
	}
	return n, err
}

func (h *held) free() { h.all.Add(-h.n) }

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
