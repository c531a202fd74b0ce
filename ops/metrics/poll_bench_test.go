//go:build unix

package metrics

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"kdeck/ops/config"
)

const (
	brokersPolled = 100
	pollInterval  = 5 * time.Second
	servePages    = "KDECK_TEST_SERVE_PAGES" // tells this program to be the exporters
)

func TestMain(m *testing.M) {
	if pages := os.Getenv(servePages); pages != "" {
		if err := serve(strings.Split(pages, ",")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// serve answers with those files in turn, on a port of its own for every broker, until standard input ends. The ports are
// printed.
func serve(names []string) error {
	plain, packed := make([][]byte, len(names)), make([][]byte, len(names))
	for i, name := range names {
		page, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		if _, err := z.Write(page); err != nil {
			return err
		}
		if err := z.Close(); err != nil {
			return err
		}
		plain[i], packed[i] = page, b.Bytes()
	}
	for range brokersPolled {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		asked := 0
		go http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body := plain[asked%len(plain)]
			if r.URL.Path == "/packed" {
				body = packed[asked%len(packed)]
				w.Header().Set("Content-Encoding", "gzip")
			}
			asked++ // of one broker nothing is asked twice at once
			w.Header().Set("Content-Type", "text/plain; version=0.0.4")
			w.Write(body)
		}))
		fmt.Println(l.Addr())
	}
	_, err := io.Copy(io.Discard, os.Stdin)
	return err
}

// exporters starts a process that serves the pages, and returns where it listens.
func exporters(b *testing.B, pages ...[]byte) []string {
	b.Helper()
	var names []string
	for i, page := range pages {
		name := fmt.Sprintf("%s/%d.txt", b.TempDir(), i)
		if err := os.WriteFile(name, page, 0o600); err != nil {
			b.Fatal(err)
		}
		names = append(names, name)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), servePages+"="+strings.Join(names, ","))
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		stdin.Close()
		if err := cmd.Wait(); err != nil {
			b.Error(err)
		}
	})
	var addresses []string
	lines := bufio.NewScanner(stdout)
	for len(addresses) < brokersPolled && lines.Scan() {
		addresses = append(addresses, lines.Text())
	}
	if len(addresses) < brokersPolled {
		b.Fatal("the exporters didn't start")
	}
	return addresses
}

var counts = regexp.MustCompile(`(?m)^(kafka\w+_Count(?:{[^}]*})?) (\S+)$`)

// later is the page after some time: every counter has grown.
func later(page []byte) []byte {
	return counts.ReplaceAllFunc(page, func(line []byte) []byte {
		m := counts.FindSubmatch(line)
		v, err := strconv.ParseFloat(string(m[2]), 64)
		if err != nil {
			panic(err)
		}
		return fmt.Appendf(nil, "%s %v", m[1], v+1000)
	})
}

// partitionsPage is a page of a real broker, with more partitions until it has that many series.
func partitionsPage(b *testing.B, series int) []byte {
	page := recorded(b, "4.3.1-none.txt.gz")
	out := bytes.NewBuffer(page)
	for i := bytes.Count(page, []byte("\nkafka")); i < series; i++ {
		fmt.Fprintf(out, "kafka_cluster_Partition_Value{name=\"UnderReplicated\",partition=\"%d\",topic=\"topic-%d\"} 0.0\n", i%60, i/60)
	}
	return out.Bytes()
}

// Budget: 100 brokers of 15,000 series each, every 5 s, within 10 % of one core. Reported is the CPU time of this process,
// that of the kernel for it among it; the exporters are another one.
func BenchmarkHundredBrokersEvery5s(b *testing.B) {
	for _, kind := range []struct {
		name string
		page []byte
	}{{"clients", largePage(b, 15000)}, {"partitions", partitionsPage(b, 15000)}} {
		addresses := exporters(b, kind.page, later(kind.page))
		for _, path := range []string{"plain", "packed"} {
			b.Run(kind.name+"/"+path, func(b *testing.B) {
				urls, targets := map[int32]string{}, make([]Target, len(addresses))
				for i, address := range addresses {
					targets[i] = Target{ID: int32(i)}
					urls[int32(i)] = "http://" + address + "/" + path
				}
				p := NewPoller(config.Metrics{Prometheus: config.ExporterByBroker(urls)}, Options{Deadline: time.Minute})
				defer p.Close()
				poll := func() {
					for _, a := range p.Poll(b.Context(), targets) {
						if a.Err != nil {
							b.Fatal(a.Err)
						}
					}
				}
				poll()
				poll()
				b.ReportAllocs()
				before := cpu(b)
				for b.Loop() {
					poll()
				}
				used := cpu(b) - before
				var memory runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&memory)
				b.ReportMetric(float64(memory.HeapAlloc)/1e6, "MB-held")
				b.ReportMetric(100*used.Seconds()/float64(b.N)/pollInterval.Seconds(), "%core")
			})
		}
	}
}

func cpu(b *testing.B) time.Duration {
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		b.Fatal(err)
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}
