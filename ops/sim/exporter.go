package sim

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
)

// MetricsURLs returns the URLs of the brokers' metrics, by broker; none without [Options].Metrics. A broker's exporter is an
// agent in the broker's process: it dies and falls silent with it.
func (c *Cluster) MetricsURLs() map[int32]string {
	urls := map[int32]string{}
	for _, n := range c.nodes {
		if n.exporter != nil {
			urls[n.id] = "http://" + n.exporter.address + "/metrics"
		}
	}
	return urls
}

// MetricsPage returns what a broker's exporter would show now, even if the broker is down. It fails without
// [Options].Metrics.
func (c *Cluster) MetricsPage(id int32) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.catchUp()
	b := c.model.broker(id)
	if b == nil || c.model.traffic == nil {
		return nil, fmt.Errorf("sim: broker %d has no metrics", id)
	}
	return c.model.metricsPage(b), nil
}

// serveMetrics answers the HTTP requests of a connection.
func (c *Cluster) serveMetrics(n *node, conn net.Conn) {
	r := bufio.NewReader(conn)
	answerInOrder(conn, 0, func() (*http.Request, error) { return http.ReadRequest(r) }, func(gone <-chan struct{}, req *http.Request) error {
		if err := n.awaitResume(gone); err != nil {
			return err
		}
		return c.answerMetrics(n.id, conn, req)
	})
}

// answerMetrics writes the page, compressed for clients that accept gzip.
func (c *Cluster) answerMetrics(id int32, conn net.Conn, req *http.Request) error {
	header := http.Header{"Content-Type": {"text/plain; version=0.0.4; charset=utf-8"}}
	status := http.StatusOK
	var body []byte
	var err error
	if req.URL.Path != "/metrics" {
		status, body = http.StatusNotFound, []byte("metrics are at /metrics\n")
	} else if body, err = c.MetricsPage(id); err != nil {
		status, body = http.StatusServiceUnavailable, []byte(err.Error()+"\n")
	}
	if status == http.StatusOK && strings.Contains(req.Header.Get("Accept-Encoding"), "gzip") {
		var packed bytes.Buffer
		z, _ := gzip.NewWriterLevel(&packed, gzip.BestSpeed) // a level that there is
		_, _ = z.Write(body)                                 // into memory
		_ = z.Close()
		body = packed.Bytes()
		header.Set("Content-Encoding", "gzip")
	}
	header.Set("Content-Length", strconv.Itoa(len(body)))
	resp := http.Response{StatusCode: status, ProtoMajor: 1, ProtoMinor: 1, Header: header, ContentLength: int64(len(body)),
		Body: io.NopCloser(bytes.NewReader(body)), Request: req}
	return resp.Write(conn)
}
