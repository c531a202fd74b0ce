package ui

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// beWithout takes the same States as a console would, and shows nothing, until it is interrupted.
func beWithout(metered bool) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT)
	defer stop()
	states := &churning{every: time.Second, metered: metered}
	fmt.Println("no console: the brokers' States are taken and dropped")
	for after := uint64(0); ; after++ {
		if _, _, err := states.Next(ctx, after); err != nil {
			return 0
		}
	}
}

// liveFor is how long a live screen is looked at; the budgets are for 60 s: KDECK_LIVE=60s.
func liveFor(b *testing.B) time.Duration {
	d, err := time.ParseDuration(os.Getenv("KDECK_LIVE"))
	if err != nil {
		d = 10 * time.Second
	}
	return d
}

// spent is the processor time that a console in that mode takes over a while after its start and those keys, and what
// it writes.
func spent(b *testing.B, mode, keys string, d time.Duration) (cpu time.Duration, bytes int) {
	p, _ := testConsole(b, 200, 60, mode)
	if p.until("brokers"); mode == "large" {
		p.until("100,000 partitions", "topic-0000")
	}
	p.press(keys)
	time.Sleep(2 * time.Second) // the first States
	before, raw := processorTime(b, p.cmd.Process.Pid), p.written()
	time.Sleep(d)
	cpu, bytes = processorTime(b, p.cmd.Process.Pid)-before, p.written()-raw
	p.press("\x03")
	p.ended()
	return cpu, bytes
}

func (p *ptyScreen) written() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.raw
}

// processorTime reads what a process has spent so far, in ticks of 10 ms.
func processorTime(b *testing.B, pid int) time.Duration {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		b.Skip("needs /proc")
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	f := strings.Fields(rest)
	var user, system int64
	fmt.Sscan(f[11], &user)
	fmt.Sscan(f[12], &system)
	return time.Duration(user+system) * 10 * time.Millisecond
}

// BenchmarkLiveScreen is a screen of 100,000 partitions of which 2 % change every second: by topic, where rows stay in
// their places, and worst first, where every row of the screen is another one after every second. Budget: 1.5 % of a
// core more than without it, and 3 KB/s to the terminal.
func BenchmarkLiveScreen(b *testing.B) {
	for _, order := range []struct{ name, keys string }{{"by topic", ":sort topic\r"}, {"worst first", ""}} {
		b.Run(order.name, func(b *testing.B) {
			d := liveFor(b)
			for b.Loop() {
				with, bytes := spent(b, "large", order.keys, d)
				without, _ := spent(b, "large without", "", d)
				b.ReportMetric(float64(with-without)/float64(d)*100, "%core")
				b.ReportMetric(float64(bytes)/d.Seconds(), "B/s")
			}
		})
	}
}

// BenchmarkLiveMetrics is the brokers of the same cluster with metrics, every figure of which is another one after every
// second. The budgets are the same.
func BenchmarkLiveMetrics(b *testing.B) {
	for _, pane := range []string{"overview", "brokers"} {
		b.Run(pane, func(b *testing.B) {
			d := liveFor(b)
			for b.Loop() {
				with, bytes := spent(b, "metered "+pane, "", d)
				without, _ := spent(b, "metered without", "", d)
				b.ReportMetric(float64(with-without)/float64(d)*100, "%core")
				b.ReportMetric(float64(bytes)/d.Seconds(), "B/s")
			}
		})
	}
}

// BenchmarkKeyToScreen is from writing a key to the terminal to the screen that shows it, while States come in.
// Budget: 25 ms at the 99th percentile.
func BenchmarkKeyToScreen(b *testing.B) {
	p, _ := testConsole(b, 200, 60, "large")
	p.until("100,000 partitions", "topic-0000")
	cursor := func() int {
		for y, l := range strings.Split(p.text(), "\n") {
			if strings.Contains(l, "▸") {
				return y
			}
		}
		return -1
	}
	var took []time.Duration
	for b.Loop() {
		before, key := cursor(), keyDown
		if len(took)%2 == 1 {
			key = "\x1b[A"
		}
		start := time.Now()
		p.press(key)
		for cursor() == before && time.Since(start) < time.Second {
			time.Sleep(200 * time.Microsecond)
		}
		took = append(took, time.Since(start))
		time.Sleep(time.Duration(len(took)%17) * time.Millisecond) // out of step with the frames
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
}
