package subcmd_test

import (
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"kdeck/ops/sim"
)

// received fails unless the process gets the signal where the test listens.
func received(t *testing.T, signals <-chan os.Signal) {
	t.Helper()
	select {
	case <-signals:
	case <-time.After(patience):
		t.Error("the signal did not arrive")
	}
}

func TestATemporaryLimitIsRestoredWhenTheProcessIsAskedToEnd(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGHUP, syscall.SIGTERM, syscall.SIGINT, syscall.SIGQUIT} {
		t.Run(sig.String(), func(t *testing.T) {
			d, _ := onSim(t, sim.Options{Brokers: 3, Topics: 2})
			d.interrupts = nil // those of the process
			d.set("set", "--client", "app", "consumer_byte_rate=777")
			out, ended := &shared{}, make(chan int, 1)
			go func() {
				ended <- d.runTo(out, out, "quota", "set", "--client", "app", "consumer_byte_rate=5000", "--for", "1h",
					"--execute", "--confirm", "quota set clients/app consumer_byte_rate=5000 for 1h0m0s "+d.flags[1])
			}()
			eventually(t, "the limit is set", func() (bool, string) {
				return strings.Contains(out.String(), "clients/app changed") && strings.Contains(out.String(), "until "), out.String()
			})
			must(t, syscall.Kill(os.Getpid(), sig))
			select {
			case code := <-ended:
				if code != 0 {
					t.Errorf("exit %d: %s", code, out)
				}
			case <-time.After(patience):
				t.Fatalf("it did not end: %s", out)
			}
			if list := d.ok(0, "quota", "list"); !strings.Contains(list, "777B/s") {
				t.Errorf("the limit was not put back:\n%s", list)
			}
		})
	}
}

func TestADrainTakesTheHangUpFromNobodyElse(t *testing.T) {
	d, _ := onSim(t, quick("healthy"))
	d.interrupts = nil // those of the process
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP) // as the console does
	defer signal.Stop(hangups)
	d.ok(0, "drain", "6", "--execute", "--throttle", "none", "--confirm", d.phrase("drain", "6"))
	must(t, syscall.Kill(os.Getpid(), syscall.SIGHUP))
	received(t, hangups)
}
