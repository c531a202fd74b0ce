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
	maxTopicSeries  = 50_000  // of one page: a broker counts two for each topic of which it leads partitions
	maxSeries       = maxClientSeries + maxOwnSeries + maxTopicSeries
	maxAllSeries    = 1_000_000 // series of clients, of all brokers
	maxAllTopics    = 400_000   // series of topics, of all brokers
)

// room counts the series of clients and of topics that the pages of all brokers hold. A nil room has no bound.
type room struct{ taken, topics atomic.Int64 }

func (r *room) take() bool { return r == nil || takeOne(&r.taken, maxAllSeries) }

func (r *room) takeTopic() bool { return r == nil || takeOne(&r.topics, maxAllTopics) }

// takeOne counts one more, unless there are as many as there may be.
func takeOne(n *atomic.Int64, most int64) bool {
	if n.Add(1) > most {
		n.Add(-1)
		return false
	}
	return true
}

func (r *room) full() bool { return r != nil && r.taken.Load() >= maxAllSeries }

func (r *room) free(clients, topics int) {
	if r != nil {
		r.taken.Add(int64(-clients))
		r.topics.Add(int64(-topics))
	}
}

// ofClient tells whether a metric has series of clients, of which there may be any number.
func (m Metric) ofClient() bool { return m >= ProduceRate || m == ClientSoftware || m == IPConnections }

// ofTopic tells whether a metric has series of single topics.
func (m Metric) ofTopic() bool { return m == TopicBytesIn || m == TopicBytesOut }

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
