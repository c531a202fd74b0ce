package subcmd_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"kdeck/ops/kafkatest"
	"kdeck/ops/metrics"
	"kdeck/ops/state"
	"kdeck/ops/tenant"
)

// exposition is one way in which a broker's metrics come: through the JMX exporter under some rules, or by Jolokia.
type exposition struct {
	name   string
	quotas bool // it shows what each client uses
	poller *metrics.Poller
}

// expositions are all ways that the metrics' own tests have rules for.
func expositions(c *kafkatest.Cluster) []exposition {
	var list []exposition
	for _, name := range []string{"none", "strimzi", "example-2", "example-kraft", "confluent", "bitnami"} {
		list = append(list, exposition{name, slices.Contains([]string{"none", "example-2", "confluent"}, name),
			metrics.NewPoller(exporters(c, (*kafkatest.Node).MetricsURL, false), metrics.Options{})})
	}
	return append(list, exposition{"jolokia", true, metrics.NewPoller(exporters(c, (*kafkatest.Node).JolokiaURL, true), metrics.Options{})})
}

// ruleChanges counts them over all clusters: the exporter reads its file anew when that is younger.
var ruleChanges atomic.Int64

// use has the brokers' exporters show their metrics so.
func (e exposition) use(t *testing.T, c *kafkatest.Cluster) {
	t.Helper()
	rules := []byte("{}\n")
	if e.name == "jolokia" {
		return
	}
	if e.name != "none" {
		var err error
		rules, err = os.ReadFile(filepath.Join("..", "..", "..", "ops", "metrics", "testdata", "rules", e.name+".yml"))
		must(t, err)
	}
	file := filepath.Join(c.Dir, "exporter.yml")
	must(t, os.WriteFile(file, rules, 0o644))
	younger := time.Now().Add(time.Duration(ruleChanges.Add(1)) * time.Minute)
	must(t, os.Chtimes(file, younger, younger))
}

func (e exposition) poll(t *testing.T, ids ...int32) map[int32]*state.BrokerMetrics {
	t.Helper()
	var targets []metrics.Target
	for _, id := range ids {
		targets = append(targets, metrics.Target{ID: id, Host: "127.0.0.1"})
	}
	byBroker := map[int32]*state.BrokerMetrics{}
	for _, a := range e.poller.Poll(t.Context(), targets) {
		if a.Err != nil {
			t.Fatalf("%s: broker %d: %v", e.name, a.ID, a.Err)
		}
		byBroker[a.ID] = a.Broker
	}
	return byBroker
}

// told is what a broker tells over the protocol and in its metrics.
type told struct{ Leaders, Partitions, UnderReplicated, UnderMinISR, OfflineLogDirs, ActiveController float64 }

// byProtocol is what kdeck says of the brokers without any metrics.
func (d *deck) byProtocol() map[int32]told {
	d.t.Helper()
	var partitions struct {
		Partitions []struct {
			Leader          int32
			Replicas        []int32
			UnderReplicated bool  `json:"under_replicated"`
			UnderMinISR     *bool `json:"under_min_isr"`
		}
	}
	must(d.t, json.Unmarshal([]byte(d.ok(0, "partitions", "-o", "json")), &partitions))
	var brokers struct {
		Brokers []struct {
			ID         int32
			Controller *bool
			LogDirs    []struct{ Error *string } `json:"log_dirs"`
		}
	}
	must(d.t, json.Unmarshal([]byte(d.run("brokers", "-o", "json").out), &brokers))
	byBroker := map[int32]told{}
	for _, b := range brokers.Brokers {
		var is told
		for _, p := range partitions.Partitions {
			if slices.Contains(p.Replicas, b.ID) {
				is.Partitions++
			}
			if p.Leader != b.ID {
				continue
			}
			is.Leaders++
			if p.UnderReplicated {
				is.UnderReplicated++
			}
			if p.UnderMinISR != nil && *p.UnderMinISR {
				is.UnderMinISR++
			}
		}
		for _, dir := range b.LogDirs {
			if dir.Error != nil && *dir.Error != "" {
				is.OfflineLogDirs++
			}
		}
		if b.Controller != nil && *b.Controller {
			is.ActiveController = 1
		}
		byBroker[b.ID] = is
	}
	return byBroker
}

// differences compares what an exporter shows of a broker with what the protocol says. What it doesn't show is no difference.
func differences(got *state.BrokerMetrics, want told, controller bool) (list []string, compared int) {
	figures := []struct {
		name string
		got  state.Reading[float64]
		want float64
	}{
		{"leaders", got.Leaders, want.Leaders}, {"partitions", got.Partitions, want.Partitions},
		{"under-replicated", got.UnderReplicated, want.UnderReplicated}, {"under min ISR", got.UnderMinISR, want.UnderMinISR},
		{"offline log dirs", got.OfflineLogDirs, want.OfflineLogDirs},
	}
	if controller { // a broker that is no controller has no such bean
		figures = append(figures, struct {
			name string
			got  state.Reading[float64]
			want float64
		}{"active controller", got.ActiveController, want.ActiveController})
	}
	for _, f := range figures {
		if f.got.Known {
			compared++
			if f.got.Value != f.want {
				list = append(list, fmt.Sprintf("broker %d: %s %v, by the protocol %v", got.ID, f.name, f.got.Value, f.want))
			}
		}
	}
	return list, compared
}

// sameAsTheProtocol compares every exposition with the protocol and with a load's own count, while all is well, and again
// with a broker dead and a log dir lost.
func sameAsTheProtocol(t *testing.T, d *deck, c *kafkatest.Cluster) {
	d.set("set", "--user-default", "producer_byte_rate=50000000")
	load := startCounted(t, c)
	ways, want := expositions(c), d.byProtocol()
	for _, way := range ways {
		way.use(t, c)
		var first look
		eventually(t, way.name+" says what the protocol says", func() (bool, string) {
			first = load.look(t, way, c.BrokerIDs()...)
			return agrees(c, first.brokers, want)
		})
		wait(t, 700*time.Millisecond)
		load.agrees(t, way, first, load.look(t, way, 1))
	}
	ways[0].use(t, c)
	var doc struct{ Tenants []tenantShare }
	must(t, json.Unmarshal([]byte(d.ok(0, "tenants", "--broker", "1", "--type", "producer_byte_rate", "-o", "json")), &doc))
	if !slices.ContainsFunc(doc.Tenants, func(r tenantShare) bool {
		return r.User != nil && *r.User == "ANONYMOUS" && r.Limit != nil && *r.Limit == 50000000 && *r.Level == 6
	}) {
		t.Errorf("the load's user and its limit: %+v", doc.Tenants)
	}
	load.stop()

	must(t, c.Node(2).Kill())
	must(t, c.Node(1).TakeLogDirAway(0))
	eventually(t, "the protocol tells of the dead broker and of the lost dir", func() (bool, string) {
		want = d.byProtocol()
		is := want[1]
		return is.UnderReplicated > 0 && is.UnderMinISR > 0 && is.OfflineLogDirs == 1, fmt.Sprint(is)
	})
	for _, way := range ways {
		way.use(t, c)
		eventually(t, way.name+" says what the protocol says of trouble", func() (bool, string) {
			return agrees(c, way.poll(t, 1), want)
		})
	}
	t.Logf("with broker 2 dead and a log dir lost, of broker 1: %+v", want[1])
}

// agrees compares brokers. Every exposition has their leaders, partitions and under-replicated partitions.
func agrees(c *kafkatest.Cluster, got map[int32]*state.BrokerMetrics, want map[int32]told) (bool, string) {
	var all []string
	for id, b := range got {
		list, compared := differences(b, want[id], c.Node(id).Controller)
		if compared < 3 {
			list = append(list, fmt.Sprintf("broker %d shows only %d figures", id, compared))
		}
		all = append(all, list...)
	}
	return len(all) == 0, strings.Join(all, "; ")
}

// counted is a load on broker 1 that knows its own bytes: records of 10 kB, 100 a second, which are read as well.
type counted struct {
	stop                  func()
	sent, acked, consumed atomic.Int64
}

const countedBytes = 10_000

func startCounted(t *testing.T, c *kafkatest.Cluster) *counted {
	t.Helper()
	l := &counted{}
	client, err := kgo.NewClient(kgo.SeedBrokers(strings.Split(c.Bootstrap(), ",")...), kgo.ClientID("counted"), kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerBatchCompression(kgo.NoCompression()),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{"both": {0: kgo.NewOffset().AtEnd()}}))
	must(t, err)
	t.Cleanup(client.Close)
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() {
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				l.sent.Add(countedBytes)
				client.Produce(ctx, &kgo.Record{Topic: "both", Value: make([]byte, countedBytes)}, func(_ *kgo.Record, err error) {
					if err == nil {
						l.acked.Add(countedBytes)
					}
				})
			case <-ctx.Done():
				return
			}
		}
	})
	running.Go(func() {
		for ctx.Err() == nil {
			client.PollFetches(ctx).EachRecord(func(*kgo.Record) { l.consumed.Add(countedBytes) })
		}
	})
	l.stop = func() { cancel(); running.Wait() }
	t.Cleanup(l.stop)
	eventually(t, "the load is read", func() (bool, string) {
		return l.consumed.Load() > 50*countedBytes, fmt.Sprint(l.consumed.Load())
	})
	return l
}

// mark is what the load has counted at one moment.
type mark struct{ sent, acked, consumed float64 }

func (l *counted) mark() mark {
	// In the order in which a record passes, from its end: none is taken for consumed and not for sent.
	consumed, acked := float64(l.consumed.Load()), float64(l.acked.Load())
	return mark{float64(l.sent.Load()), acked, consumed}
}

// look is one look at the brokers' metrics, and what the load had counted before and after it.
type look struct {
	brokers       map[int32]*state.BrokerMetrics
	before, after mark
}

func (l *counted) look(t *testing.T, way exposition, ids ...int32) look {
	t.Helper()
	before := l.mark()
	brokers := way.poll(t, ids...)
	return look{brokers, before, l.mark()}
}

// agrees holds bytes in and out, as broker 1 counts them between two looks, against the load's own count. A look takes a
// time, somewhere within which the broker's counters are read: what went through between the looks is counted for
// certain, what went through during them may be. Besides that there is 1 % for what a batch is larger than its records.
func (l *counted) agrees(t *testing.T, way exposition, one, two look) {
	t.Helper()
	first, second := one.brokers[1], two.brokers[1]
	seconds := second.At.Sub(first.At).Seconds()
	for _, x := range []struct {
		name      string
		got       state.Reading[float64]
		low, high float64
	}{
		{"bytes in", second.BytesIn, two.before.acked - one.after.sent, two.after.sent - one.before.acked},
		{"bytes out", second.BytesOut, two.before.consumed - one.after.sent, two.after.sent - one.before.consumed},
	} {
		bytes := x.got.Value * seconds
		if !x.got.Known || !strings.Contains(x.got.From, "counted") || bytes < x.low*0.99 || bytes > x.high*1.01 {
			t.Errorf("%s: %s of broker 1: %.0f in %.2f s, by the load's own count %.0f to %.0f (%v)", way.name, x.name, bytes, seconds, x.low, x.high, x.got)
		}
		t.Logf("%s: %s %.0f in %.2f s, by the load's own count %.0f to %.0f", way.name, x.name, bytes, seconds, x.low, x.high)
	}
	i := slices.IndexFunc(second.Usage, func(u tenant.Usage) bool { return u.User == "ANONYMOUS" && u.Type == tenant.ProducerByteRate })
	if (i >= 0) != way.quotas && way.name != "example-kraft" { // which writes the user into the name, in lower case
		t.Errorf("%s: the load's user is there: %v, of %v", way.name, i >= 0, second.Usage)
	}
	// The quota's rate is of the last 1 to 11 seconds, in which the load was not always as fast.
	if rate := 1e8 / 100.0; i >= 0 && (second.Usage[i].Rate < rate/3 || second.Usage[i].Rate > rate*3) {
		t.Errorf("%s: the load's user sends %.0f bytes a second, the load %.0f", way.name, second.Usage[i].Rate, rate)
	}
}
