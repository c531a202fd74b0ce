package subcmd_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
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
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"kdeck/ops/kafkatest"
)

// One cluster a version holds it all: every exporter says what the protocol says; and on the latest version who hogs the
// brokers' threads is found, limited and let go, and the threads are as idle as the kernel says.
func TestTenantsOnRealKafka(t *testing.T) {
	for _, version := range kafkatest.Versions() {
		t.Run(version, func(t *testing.T) {
			c := kafkatest.Start(t, kafkatest.Options{Version: version, Brokers: 2, SASL: true, JMXExporter: true, Jolokia: true})
			must(t, c.CreateTopics(t.Context(),
				kafkatest.Topic{Name: "t", Assignment: [][]int32{{1}}},
				kafkatest.Topic{Name: "both", Assignment: [][]int32{{1, 2}, {2, 1}, {1, 2}}, Configs: map[string]string{"min.insync.replicas": "2"}},
				kafkatest.Topic{Name: "first", Assignment: [][]int32{{1}, {1}}}))
			d := onMetrics(t, c)
			if version == kafkatest.Versions()[len(kafkatest.Versions())-1] { // what takes a minute, on the latest alone
				abuseFoundAndEnded(t, d, c)
			}
			t.Run("every exporter says what the protocol says", func(t *testing.T) { sameAsTheProtocol(t, d, c) })
		})
	}
}

// abuseFoundAndEnded has user billing send small requests as fast as it can, beside two users who don't.
func abuseFoundAndEnded(t *testing.T, d *deck, c *kafkatest.Cluster) {
	others := []*sender{startSender(t, c, "orders", 25), startSender(t, c, "search", 25)}
	p99 := func(d time.Duration) time.Duration { return p99Over(t, d, others...) }
	d.set("observe")
	eventually(t, "the brokers and the clients are warm", func() (bool, string) {
		last := p99(2 * time.Second)
		return last < 300*time.Millisecond, last.String()
	})
	before := p99(3 * time.Second)

	started := time.Now()
	abuse := startFlood(t, c, "billing", 16)
	eventually(t, "the one who floods the brokers is named first", func() (bool, string) {
		row, out := d.first()
		return row.User != nil && *row.User == "billing" && row.Broker == 1 && row.OfBusy != nil && *row.OfBusy > 50 && row.OfThreads != nil, out
	})
	found := time.Since(started)
	during := p99(3 * time.Second)
	var share tenantShare
	eventually(t, "it stays the first", func() (ok bool, out string) {
		share, out = d.first() // over as long as a quota's window
		return share.User != nil && *share.User == "billing" && share.OfBusy != nil && share.OfThreads != nil, out
	})
	unlimited := abuse.rate(t, time.Second)
	t.Run("the threads are as busy as the kernel says", func(t *testing.T) { idleAsTheKernelSays(t, c) })
	t.Run("the request log names the same one first", func(t *testing.T) { loggedFirst(t, d, c, "User:billing") })

	d.set("set", "--user", "billing", "request_percentage=5")
	after := during
	eventually(t, "the others are served as before", func() (bool, string) {
		after = p99(3 * time.Second)
		return after <= max(2*before, during/2), fmt.Sprintf("p99 %v, before %v, under the flood %v", after, before, during)
	})
	row, out := d.first()
	if row.User == nil || *row.User != "billing" || row.Limit == nil || *row.Limit != 5 || row.Level == nil || *row.Level != 3 || row.Throttle == nil || *row.Throttle <= 0 {
		t.Errorf("under the quota:\n%s", out)
	}
	for _, order := range []string{"quota-type-alone", "quota-client-first"} { // rules that swallow tags say the same
		exposition{name: order}.use(t, c)
		eventually(t, order+" shows who is throttled, and by which quota", func() (bool, string) {
			row, out := d.first()
			return row.User != nil && *row.User == "billing" && row.Limit != nil && *row.Limit == 5 && row.Throttle != nil && *row.Throttle > 0, out
		})
	}
	exposition{name: "none"}.use(t, c)
	limited := abuse.rate(t, time.Second)
	t.Logf("named first after %.1f s; later with %.0f %% of the busy and %.0f %% of all thread time; p99 of the others %v, %v under the flood, %v under the quota; the flood's requests a second %.0f, %.0f under the quota",
		found.Seconds(), *share.OfBusy, *share.OfThreads, before, during, after, unlimited, limited)
	if limited*2 > unlimited {
		t.Errorf("the flood goes on: %.0f requests a second, %.0f under the quota", unlimited, limited)
	}

	d.runUndo(d.lastUndo())
	eventually(t, "without the quota the flood is back", func() (bool, string) {
		rate := abuse.rate(t, time.Second)
		return rate > 2*limited, fmt.Sprintf("%.0f requests a second", rate)
	})
	abuse.stop()
	for _, o := range others {
		o.stop()
	}
	d.set("observe", "--off")
	if left := kafkaConfigs(t, c, "--describe", "--entity-type", "users", "--entity-type", "clients"); strings.TrimSpace(left) != "" {
		t.Errorf("Kafka's tool still has\n%s", left)
	}
}

type tenantShare struct {
	tenantRow
	Limit     *float64
	OfThreads *float64 `json:"percent_of_threads"`
	OfBusy    *float64 `json:"percent_of_busy"`
}

// first is the first row of `kdeck tenants`.
func (d *deck) first() (first tenantShare, out string) {
	d.t.Helper()
	var doc struct{ Tenants []tenantShare }
	r := d.run("tenants", "--top", "3", "-o", "json")
	if json.Unmarshal([]byte(r.out), &doc) == nil && len(doc.Tenants) > 0 {
		first = doc.Tenants[0]
	}
	return first, r.out + r.err
}

// loggedFirst raises the request log of broker 1 for a moment and has kdeck rank what it holds.
func loggedFirst(t *testing.T, d *deck, c *kafkatest.Cluster, principal string) {
	d.set("observe", "--request-log", "1", "--for", "2s")
	var doc struct {
		Callers []struct {
			Principal, Software string
			ClientID            string   `json:"client_id"`
			Percent             *float64 `json:"percent_of_thread_time"`
			Strange             []string
		}
	}
	must(t, json.Unmarshal([]byte(d.ok(0, "tenants", "--request-log", c.Node(1).RequestLogFile(), "-o", "json")), &doc))
	first := doc.Callers[0]
	if first.Principal != principal || first.Percent == nil || *first.Percent < 50 || !strings.Contains(strings.Join(first.Strange, ";"), "tiny produce requests") {
		t.Errorf("first is %+v", first)
	}
	rows := 0
	for _, caller := range doc.Callers {
		if caller.Principal == principal {
			rows++
		}
		if caller.ClientID == "kdeck" && !strings.HasPrefix(caller.Software, "kdeck") { // it began a connection in that time
			t.Errorf("apart from what its connection says later: %+v", caller)
		}
	}
	if rows != 1 {
		t.Errorf("%s has %d rows: %+v", principal, rows, doc.Callers)
	}
}

// lastUndo is the command by which the journal takes back the last change of a quota.
func (d *deck) lastUndo() (undo string) {
	t := d.t
	t.Helper()
	journals, err := filepath.Glob(filepath.Join(d.stateDir(), "journal", "*"))
	must(t, err)
	if len(journals) != 1 {
		t.Fatalf("journals: %v", journals)
	}
	content, err := os.ReadFile(journals[0])
	must(t, err)
	for text := range strings.Lines(string(content)) {
		var l struct{ API, Undo string }
		must(t, json.Unmarshal([]byte(text), &l))
		if l.API == "AlterClientQuotas" {
			undo = l.Undo
		}
	}
	return undo
}

// runUndo runs `kdeck quota … --execute`, with the phrase of its dry run.
func (d *deck) runUndo(command string) {
	d.t.Helper()
	words := strings.Fields(command)
	at := slices.Index(words, "--execute")
	if at < 2 || words[0] != "kdeck" || words[1] != "quota" {
		d.t.Fatalf("no undo: %q", command)
	}
	d.set(slices.Concat(words[2:at], words[at+1:])...)
}

// saslOptions are those of a client over SASL_SSL.
func saslOptions(t *testing.T, c *kafkatest.Cluster, user, password string) []kgo.Opt {
	t.Helper()
	pem, err := os.ReadFile(c.CAFile())
	must(t, err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	return []kgo.Opt{kgo.SeedBrokers(strings.Split(c.BootstrapSASL(), ",")...), kgo.ClientID("app"),
		kgo.SASL(scram.Auth{User: user, Pass: password}.AsSha512Mechanism()), kgo.DialTLSConfig(&tls.Config{RootCAs: roots})}
}

// saslClient is a client of a user over SASL_SSL that sends each record by itself, to partition 0.
func saslClient(t *testing.T, c *kafkatest.Cluster, user string) *kgo.Client {
	t.Helper()
	client, err := kgo.NewClient(append(saslOptions(t, c, user, kafkatest.Password(user)),
		kgo.DefaultProduceTopic("t"), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerLinger(0), kgo.ProducerBatchCompression(kgo.NoCompression()))...)
	must(t, err)
	t.Cleanup(client.Close)
	return client
}

// sender sends a record at each tick, whether the one before is through or not, and measures how long each takes.
type sender struct {
	stop func()
	mu   sync.Mutex
	took []time.Duration
}

func startSender(t *testing.T, c *kafkatest.Cluster, user string, rate int) *sender {
	t.Helper()
	client := saslClient(t, c, user)
	s := &sender{}
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() {
		tick := time.NewTicker(time.Second / time.Duration(rate))
		defer tick.Stop()
		for {
			select {
			case due := <-tick.C:
				client.TryProduce(context.Background(), &kgo.Record{Value: make([]byte, 100)}, func(_ *kgo.Record, err error) {
					s.mu.Lock()
					defer s.mu.Unlock()
					if err == nil {
						s.took = append(s.took, time.Since(due))
					}
				})
			case <-ctx.Done():
				return
			}
		}
	})
	s.stop = func() { cancel(); running.Wait() }
	t.Cleanup(s.stop)
	return s
}

// p99Over is the 99th percentile of what the senders' records take that are through in a time from now.
func p99Over(t *testing.T, d time.Duration, senders ...*sender) time.Duration {
	t.Helper()
	for _, s := range senders {
		s.mu.Lock()
		s.took = nil
		s.mu.Unlock()
	}
	wait(t, d)
	var all []time.Duration
	for _, s := range senders {
		s.mu.Lock()
		all = append(all, s.took...)
		s.mu.Unlock()
	}
	if len(all) == 0 {
		return d
	}
	slices.Sort(all)
	return all[len(all)*99/100].Round(100 * time.Microsecond)
}

// wait is for what is measured over a time.
func wait(t *testing.T, d time.Duration) {
	t.Helper()
	select {
	case <-t.Context().Done():
		t.Fatal(t.Context().Err())
	case <-time.After(d):
	}
}

// flood is many connections of one user, each of which sends its next small record as soon as the last is through.
type flood struct {
	stop func()
	sent atomic.Int64
}

func startFlood(t *testing.T, c *kafkatest.Cluster, user string, connections int) *flood {
	t.Helper()
	f := &flood{}
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	for range connections {
		client := saslClient(t, c, user)
		running.Go(func() {
			for ctx.Err() == nil {
				if client.ProduceSync(ctx, &kgo.Record{Value: []byte("small")}).FirstErr() == nil {
					f.sent.Add(1)
				}
			}
		})
	}
	f.stop = func() { cancel(); running.Wait() }
	t.Cleanup(f.stop)
	return f
}

// rate is how many requests a second get through, over a time from now.
func (f *flood) rate(t *testing.T, d time.Duration) float64 {
	t.Helper()
	start, sent := time.Now(), f.sent.Load()
	wait(t, d)
	return float64(f.sent.Load()-sent) / time.Since(start).Seconds()
}
