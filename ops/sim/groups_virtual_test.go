package sim_test

import (
	"context"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kdeck/ops/sim"
)

func TestAConsumerAtTheEndOfALogWaitsForRecords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t, sim.Options{Virtual: true, Groups: true})
		for topic, atMost := range map[string]int{"exports.nightly": 10, "audit-log": 400} { // idle; some batches a minute
			before := fetches(c)
			cl := client(t, c, kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtEnd()))
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			records := 0
			for ctx.Err() == nil {
				records += cl.PollFetches(ctx).NumRecords()
			}
			cancel()
			cl.Close()
			if asked := fetches(c) - before; asked < 3 || asked > atMost*3 { // three brokers lead exports.nightly
				t.Errorf("%s: %d requests in thirty seconds", topic, asked)
			}
			if (records > 0) != (topic == "audit-log") {
				t.Errorf("%s: %d records", topic, records)
			}
		}
	})
}

// fetches counts the requests for records since the start.
func fetches(c *sim.Cluster) int {
	n := 0
	for _, counts := range c.Requests() {
		n += counts[int16(kmsg.Fetch)]
	}
	return n
}

func TestGroupsMoveOnInVirtualTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t, sim.Options{Virtual: true, Groups: true, Scenario: "hanging-group"})
		adm := kadm.NewClient(client(t, c))
		before, hung := lagOf(t, adm, "wms-sync"), lagOf(t, adm, "checkout-orders")
		time.Sleep(time.Hour)
		if p := (progress{before, lagOf(t, adm, "wms-sync")}); p.read(all) == 0 || p.lagAfter() > 10_000 {
			t.Errorf("in an hour wms-sync read %d and lags %d", p.read(all), p.lagAfter())
		}
		if p := (progress{hung, lagOf(t, adm, "checkout-orders")}); p.read(all) != 0 || p.lagAfter() < p.lagBefore()+100_000 {
			t.Errorf("in an hour checkout-orders read %d and lags %d after %d", p.read(all), p.lagAfter(), p.lagBefore())
		}
	})
}

func TestAThousandGroupsTakeNoGoroutines(t *testing.T) {
	running := func(groups int) int {
		before := runtime.NumGoroutine()
		c := start(t, sim.Options{Virtual: true, Groups: true, Topics: 102, Partitions: 102 * 30, MoreGroups: groups, GroupTopics: 100, Clock: sim.FrozenClock(noon)})
		defer c.Close()
		return runtime.NumGoroutine() - before
	}
	if few, many := running(1), running(1000); many > few+10 {
		t.Errorf("%d goroutines with one group, %d with a thousand", few, many)
	}
}
