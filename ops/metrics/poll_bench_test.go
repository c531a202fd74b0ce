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

// clientsBean is an answer of Jolokia of a real broker, with so many clients more, each with the three beans of its quotas.
func clientsBean(b *testing.B, clients int) []byte {
	out := bytes.NewBuffer(bytes.TrimSuffix(recorded(b, "4.3.1-jolokia.json.gz"), []byte("]")))
	for _, bean := range []struct{ kind, attributes string }{
		{"Produce", `{"byte-rate":4445.553021664767,"throttle-time":3158.1}`},
		{"Fetch", `{"byte-rate":4395.344506517691,"throttle-time":null}`},
		{"Request", `{"request-time":0.5404364700285443,"throttle-time":null}`},
	} {
		fmt.Fprintf(out, `,{"request":{"mbean":"kafka.server:type=%s,*","type":"read"},"value":{`, bean.kind)
		for i := range clients {
			if i > 0 {
				out.WriteByte(',')
			}
			fmt.Fprintf(out, `"kafka.server:client-id=client-%06d,type=%s,user=ANONYMOUS":%s`, i, bean.kind, bean.attributes)
		}
		out.WriteString(`},"status":200,"timestamp":1795358268}`)
	}
	out.WriteString("]")
	return out.Bytes()
}

// Twelve brokers of which each has 120,000 clients have more series than there is room for. Reported is what one poll takes, the
// second and those after it, which have the page before in memory; the CPU time is this process's, and so is the memory at its peak.
func BenchmarkTwelveJolokiasOf120000Clients(b *testing.B) {
	const brokers = 12
	page := clientsBean(b, 120_000)
	urls, targets := map[int32]string{}, make([]Target, brokers)
	for i, address := range exporters(b, page)[:brokers] {
		targets[i] = Target{ID: int32(i)}
		urls[int32(i)] = "http://" + address + "/plain"
	}
	for _, deadline := range []time.Duration{DefaultDeadline, 10 * time.Minute} {
		b.Run(deadline.String(), func(b *testing.B) {
			p := NewPoller(config.Metrics{Jolokia: config.ExporterByBroker(urls)}, Options{Deadline: deadline})
			defer p.Close()
			p.Poll(b.Context(), targets)
			failed, cut := 0, 0
			poll := func() {
				for _, a := range p.Poll(b.Context(), targets) {
					if a.Err != nil {
						failed++
					} else if strings.Contains(a.Broker.Coverage.Swallowed, "there are more of clients") {
						cut++
					}
				}
			}
			before := cpu(b)
			for b.Loop() {
				poll()
			}
			n := float64(b.N)
			var use syscall.Rusage
			if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric((cpu(b)-before).Seconds()/n, "cpu-s/poll")
			b.ReportMetric(float64(brokers*len(page))/1e6, "MB-read/poll")
			b.ReportMetric(float64(use.Maxrss)/1e3, "MB-peak")
			b.ReportMetric(float64(failed)/n, "failed/poll")
			b.ReportMetric(float64(cut)/n, "cut/poll")
		})
	}
}
