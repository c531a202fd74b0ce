package subcmd_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"kdeck/ops/config"
	"kdeck/ops/kafkatest"
	"kdeck/ops/metrics"
	"kdeck/ops/state"
)

// networkThread is a network thread in a thread dump: listener (Kafka 3.9 writes ListenerName(L), 4.3 L), processor, and
// its id in the kernel.
var networkThread = regexp.MustCompile(`"data-plane-kafka-network-thread-\d+-(?:ListenerName\()?(\w+)\)?-\w+-(\d+)".* nid=(0x[0-9a-f]+|\d+)`)

// networkThreads asks a broker for a thread dump, which goes to its log, and returns the kernel's ids of its network
// threads by "listener processor". The kernel cuts their names to 15 characters.
func networkThreads(t *testing.T, n *kafkatest.Node, want int) map[string]int64 {
	t.Helper()
	before, err := os.ReadFile(n.LogFile())
	must(t, err)
	must(t, syscall.Kill(n.PID(), syscall.SIGQUIT))
	threads := map[string]int64{}
	eventually(t, "a thread dump", func() (bool, string) {
		log, err := os.ReadFile(n.LogFile())
		must(t, err)
		for _, m := range networkThread.FindAllStringSubmatch(string(log[len(before):]), -1) {
			id, err := strconv.ParseInt(m[3], 0, 64)
			must(t, err)
			threads[m[1]+" "+m[2]] = id
		}
		return len(threads) >= want, fmt.Sprint(threads)
	})
	return threads
}

// onCPU is how long a thread has run, and how long it was ready to and had to wait for a core.
type onCPU struct{ ran, waited time.Duration }

// kernelTime reads it from the scheduler's statistics (proc(5), schedstat).
func kernelTime(t *testing.T, pid int, thread int64) onCPU {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("/proc", fmt.Sprint(pid), "task", fmt.Sprint(thread), "schedstat"))
	must(t, err)
	var ran, waited int64
	_, err = fmt.Sscan(string(text), &ran, &waited)
	must(t, err)
	return onCPU{time.Duration(ran), time.Duration(waited)}
}

// The tolerances between an exporter's idle time of a network thread, which is the time in select() by Kafka's clock
// around the call, and the kernel's account of the same thread.
const (
	// selectShare is how much of a thread's CPU time may be in select() itself, idle to Kafka: it wakes thousands of times a
	// second.
	selectShare = 0.25
	// skew is how much of the time between two looks, of four seconds, the page and the kernel may be apart. Kafka counts a
	// select() when it is over, and one that nothing ends takes 300 ms (Processor.poll): at either look up to 0.075 of that
	// time is not counted yet. The page is made over some time besides, and the kernel is asked beside it.
	skew = 0.1
)

// idleAsTheKernelSays holds each network thread's idle time against the kernel's account of the same thread, under load.
// A thread is busy for at least as long as it runs. It may be so for longer, where it is ready and gets no core (on a
// machine with few cores that is more than it runs) or waits for a lock; one that hardly runs has no locks to wait for.
func idleAsTheKernelSays(t *testing.T, c *kafkatest.Cluster) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells the CPU time of single threads by files")
	}
	poller := metrics.NewPoller(exporters(c, (*kafkatest.Node).MetricsURL, false), metrics.Options{})
	defer poller.Close()
	threads, at := map[int32]map[string]int64{}, map[int32]time.Time{}
	total, share := map[string]onCPU{}, map[string]onCPU{} // since the thread began; of a second, between the last two looks
	for _, n := range c.Brokers() {
		want := 4 // two for each listener
		if n.Controller {
			want += 2
		}
		threads[n.ID] = networkThreads(t, n, want)
	}
	look := func(id int32) *state.BrokerMetrics {
		n := c.Node(id)
		a := poller.Poll(t.Context(), []metrics.Target{{ID: id, Host: "127.0.0.1"}})[0]
		must(t, a.Err)
		now := time.Now()
		over := now.Sub(at[id])
		for name, thread := range threads[id] {
			k, key := kernelTime(t, n.PID(), thread), fmt.Sprint(id, " ", name)
			if before, ok := total[key]; ok {
				share[key] = onCPU{(k.ran - before.ran) * time.Second / over, (k.waited - before.waited) * time.Second / over}
			}
			total[key] = k
		}
		at[id] = now
		return a.Broker
	}
	for _, n := range c.Brokers() {
		look(n.ID)
	}
	// On a busy machine the page and the kernel may be further apart for once; what is wrong is so each time.
	eventually(t, "metrics and kernel agree", func() (bool, string) {
		wait(t, 4*time.Second)
		var said, wrong strings.Builder
		compare(&said, &wrong, c, look, share)
		if wrong.Len() == 0 {
			t.Log(said.String())
		}
		return wrong.Len() == 0, wrong.String() + said.String()
	})
}

// compare takes the second of two looks at every broker, and says what the kernel has seen and what doesn't fit it.
func compare(said, wrong *strings.Builder, c *kafkatest.Cluster, look func(int32) *state.BrokerMetrics, share map[string]onCPU) {
	hot, hotBusy, hotReady := "", 0.0, 0.0
	var most string
	var mostRan float64
	for _, n := range c.Brokers() {
		b := look(n.ID)
		for _, p := range b.Processors {
			key := fmt.Sprintf("%d %s %s", n.ID, p.Listener, p.Number)
			k, ok := share[key]
			if !ok || !p.Idle.Known {
				fmt.Fprintf(wrong, "\nthread %s: %v, the kernel knows it: %v", key, p.Idle, ok)
				continue
			}
			busy, ran, waited := 1-p.Idle.Value, k.ran.Seconds(), k.waited.Seconds()
			fmt.Fprintf(said, "\nbroker, listener and processor %s: busy %.3f, on a core %.3f, waited for one %.3f", key, busy, ran, waited)
			if low := ran*(1-selectShare) - skew; busy < low {
				fmt.Fprintf(wrong, "\nthread %s is busy %.3f of the time by its metrics, and ran %.3f of it", key, busy, ran)
			}
			if ran < skew && busy > ran+waited+skew {
				fmt.Fprintf(wrong, "\nthread %s is busy %.3f of the time by its metrics, and ran %.3f and waited for a core %.3f of it", key, busy, ran, waited)
			}
			if busy > hotBusy {
				hot, hotBusy, hotReady = key, busy, ran+waited
			}
			if ran > mostRan {
				most, mostRan = key, ran
			}
		}
	}
	if hot == "" || hotReady < mostRan*(1-selectShare)-skew {
		fmt.Fprintf(wrong, "\nthe hottest thread is %s by its metrics, %s by the kernel", hot, most)
	}
}

// exporters is where kdeck finds the metrics of a cluster's brokers.
func exporters(c *kafkatest.Cluster, url func(*kafkatest.Node) string, jolokia bool) config.Metrics {
	e := config.Exporter{ByBroker: map[int32]config.URL{}}
	for _, n := range c.Brokers() {
		e.ByBroker[n.ID] = config.URL(url(n))
	}
	if jolokia {
		return config.Metrics{Jolokia: e}
	}
	return config.Metrics{Prometheus: e}
}
