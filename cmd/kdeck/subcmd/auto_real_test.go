package subcmd_test

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"kdeck/ops/kafkatest"
	"kdeck/ops/plan"
)

// A drain on a loaded cluster, with the throttle that it chooses itself and with fixed ones: what producers see meanwhile is logged.
// KDECK_SOAK runs it.
func TestAThrottleThatTheRunChoosesOnRealKafka(t *testing.T) {
	if soaking() == 0 {
		t.Skip("it takes a quarter of an hour: make soak runs it")
	}
	kafkatest.Require(t)
	for _, exporters := range []bool{true, false} {
		t.Run(fmt.Sprintf("exporters %v", exporters), func(t *testing.T) {
			c := kafkatest.Start(t, kafkatest.Options{Brokers: 4, JMXExporter: exporters, ExporterConfig: whatARunReads})
			loaded := kafkatest.Topic{Name: "loaded"}
			for i := range 12 {
				loaded.Assignment = append(loaded.Assignment, []int32{int32(i%3) + 1, 4})
			}
			must(t, c.CreateTopics(t.Context(), loaded, kafkatest.Topic{Name: "watched", Assignment: [][]int32{{1, 2}, {2, 3}, {3, 1}}}))
			fill := kafkatest.StartLoad(t, kafkatest.LoadOptions{Dial: kafkatest.Dial{Bootstrap: c.Bootstrap()}, Topics: []string{"loaded"}, Rate: 200, Bytes: 100_000, Plain: true})
			<-time.After(170 * time.Second) // more than three gigabytes
			if err := fill.Stop(); err != nil {
				t.Log(err)
			}
			kafkatest.StartLoad(t, kafkatest.LoadOptions{Dial: kafkatest.Dial{Bootstrap: c.Bootstrap()}, Topics: []string{"watched"}, Rate: 200, Bytes: 5_000})
			l := startLatency(t, c.Bootstrap(), "watched", 100)
			o := &operator{t: t, state: t.TempDir(), bootstrap: c.Bootstrap()}
			if exporters {
				o.bootstrap = ""
				exported(t, c, o.state)
				scraped(t, c)
			}
			for _, rate := range []string{"30MB -m 3", "auto", "10MB -m 3", "auto", "20MB -m 3"} { // the first one warms the brokers up
				syscall.Sync()                 // what the moves back have written is no cost of a drain
				<-time.After(70 * time.Second) // Kafka deletes the files of replicas that left after file.delete.delay.ms
				quiet := time.Now()
				<-time.After(40 * time.Second) // in 10 s the 99th percentile differs by a factor of ten
				before := l.percentile(quiet, time.Now(), 0.99)
				words := []string{"drain", "4"}
				args := append(append(slices.Clone(words), "--execute", "--confirm", o.phrase(words...), "--throttle"), strings.Fields(rate)...)
				began := time.Now()
				r := o.start(args...)
				if code := r.code(); code != 0 {
					t.Fatalf("%s: exit %d\n%s%s", rate, code, tail(r.out.String()), r.err)
				}
				took, during := time.Since(began), l.percentile(began, time.Now(), 0.99)
				t.Logf("%-10s %8v p99 %v before, %v meanwhile (%.2fx), p50 %v and %v", rate, took.Round(100*time.Millisecond), before, during, float64(during)/float64(cmp.Or(before, 1)),
					l.percentile(quiet, began, 0.5), l.percentile(began, time.Now(), 0.5))
				for line := range strings.Lines(r.out.String()) {
					if strings.Contains(line, "throttle raised") || strings.Contains(line, "throttle lowered") {
						t.Log("    ", strings.TrimSpace(line))
					}
				}
				var back []plan.Assignment
				for i, a := range loaded.Assignment {
					back = append(back, plan.Assignment{Topic: "loaded", Partition: int32(i), Replicas: a})
				}
				words = []string{"apply", planFile(t, back)}
				if r := o.run(append(words, "--execute", "--throttle", "none", "--confirm", o.phrase(words...))...); r.code != 0 {
					t.Fatalf("back: exit %d\n%s%s", r.code, tail(r.out), r.err)
				}
				must(t, c.AwaitInSync(t.Context()))
			}
		})
	}
}

// whatARunReads is all that the exporters show: reading every bean of four brokers takes a machine with two cores most of its time, and the 99th percentile is the
// exporters' then.
const whatARunReads = `includeObjectNames:
- "kafka.network:type=RequestMetrics,name=TotalTimeMs,request=Produce"
- "kafka.network:type=SocketServer,name=NetworkProcessorAvgIdlePercent"
- "kafka.server:type=KafkaRequestHandlerPool,name=RequestHandlerAvgIdlePercent"
`

// scraped reads the brokers' exporters every five seconds, as a console that is open does: what that costs them is no cost of a drain.
func scraped(t *testing.T, c *kafkatest.Cluster) {
	var reading sync.WaitGroup
	for _, n := range c.Brokers() {
		reading.Go(func() {
			for every := time.Tick(5 * time.Second); ; {
				select {
				case <-t.Context().Done():
					return
				case <-every:
				}
				req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, n.MetricsURL(), nil)
				if err != nil {
					t.Error(err)
					return
				}
				if resp, err := http.DefaultClient.Do(req); err == nil {
					_, _ = io.Copy(io.Discard, resp.Body)
					resp.Body.Close()
				}
			}
		})
	}
	t.Cleanup(reading.Wait)
}

// exported writes a configuration with the brokers' exporters.
func exported(t *testing.T, c *kafkatest.Cluster, dir string) {
	t.Helper()
	must(t, os.MkdirAll(filepath.Join(dir, "kdeck"), 0o700))
	must(t, os.WriteFile(filepath.Join(dir, "kdeck", "config.yaml"), []byte(withExporters(c)), 0o600))
}
