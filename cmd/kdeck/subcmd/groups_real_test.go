package subcmd_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"kdeck/ops/kafkatest"
)

// Consumers that do what they should, and that don't, and topics and configs on real brokers: kdeck says of each what Kafka's own tools say.
func TestGroupsOnRealKafka(t *testing.T) {
	for _, version := range kafkatest.Versions() {
		t.Run(version, func(t *testing.T) {
			c := kafkatest.Start(t, kafkatest.Options{Version: version, Brokers: 3, Properties: map[string]string{"ssl.key.password": "hush"}})
			must(t, c.CreateTopics(t.Context(), kafkatest.Topic{Name: "orders", Partitions: 6, Replicas: 2}, kafkatest.Topic{Name: "quiet", Partitions: 2, Replicas: 2},
				kafkatest.Topic{Name: "gone", Partitions: 1, Replicas: 2},
				kafkatest.Topic{Name: "strict", Assignment: [][]int32{{1, 3}}, Configs: map[string]string{"min.insync.replicas": "2", "retention.ms": "3600000"}},
				kafkatest.Topic{Name: "tight", Assignment: [][]int32{{1, 2, 3}}, Configs: map[string]string{"min.insync.replicas": "2"}},
				kafkatest.Topic{Name: "lonely", Assignment: [][]int32{{3}, {1}}}))
			g := &realGroups{t: t, c: c, deck: newDeck(t, "-b", c.Bootstrap())}
			g.deck.apart = time.Millisecond // what a status takes is tried elsewhere
			load := kafkatest.StartLoad(t, kafkatest.LoadOptions{Dial: kafkatest.Dial{Bootstrap: c.Bootstrap()}, Topics: []string{"orders"}, Rate: 100, Bytes: 500})
			few := kafkatest.StartLoad(t, kafkatest.LoadOptions{Dial: kafkatest.Dial{Bootstrap: c.Bootstrap()}, Topics: []string{"quiet", "gone"}, Rate: 50, Bytes: 100})
			reader := g.consume("reads-gone", "gone", nil)
			reader.read(10)
			reader.stop()
			g.consume("healthy", "orders", nil)
			stopped := g.consume("stopped", "orders", nil)
			hangs := g.consume("hangs", "orders", nil)
			for _, r := range []*reading{stopped, hangs} {
				r.read(50)
			}
			stopped.stop()
			hangs.hang()
			g.middle = time.Now()
			idle := g.consume("idle", "quiet", nil)
			idle.read(10)
			must(t, few.Stop())
			groups := []string{"healthy", "idle", "stopped", "hangs"}
			if version != kafkatest.V39 {
				//lint:ignore SA1029 kgo looks for a key of that type
				g.consume("next-generation", "orders", context.WithValue(t.Context(), "opt_in_kafka_next_gen_balancer_beta", true))
				groups = append(groups, "next-generation")
			}
			must(t, load.Stop())
			g.tool(kafkatest.TopicCommand, "--delete", "--topic", "gone")
			for _, id := range groups {
				t.Run(id+" as Kafka's tool shows it", func(t *testing.T) { g.sameAsKafka(t, id) })
			}
			t.Run("offsets of a topic that was deleted are said", func(t *testing.T) {
				eventually(t, "the topic is gone", func() (bool, string) {
					doc, out := g.group("reads-gone")
					return len(doc.Partitions) == 0 || doc.Partitions[0].Trouble != nil && doc.Partitions[0].Lag == nil, out
				})
			})
			t.Run("a group with members is not reset", func(t *testing.T) {
				if r := g.deck.run("groups", "reset", "hangs", "--topic", "orders", "--to", "earliest"); r.code != 2 || !strings.Contains(r.err, "hangs-client") {
					t.Errorf("exit %d: %s%s", r.code, r.out, r.err)
				}
			})
			t.Run("topics as Kafka's tool shows them", g.sameTopics)
			t.Run("configs as Kafka's tool shows them, set and taken back", g.sameConfigs)
			t.Run("resets go where Kafka's tool would go", g.sameResets)
			t.Run("a reset and its way back", g.reset)
			t.Run("a group is deleted and made anew", g.deletes)
			t.Run("odd offsets", g.oddOffsets)
			t.Run("groups that were behind before kdeck looked", g.behindBefore)
			t.Run("offsets of a topic that is made anew", g.madeAnew)
			if version != kafkatest.V39 {
				t.Run("a share group", g.shareGroup)
				t.Run("a streams group", g.streamsGroup)
			}
			t.Run("the worst states of topics after a broker was killed", g.worstStates)
		})
	}
}

type realGroups struct {
	t    *testing.T
	c    *kafkatest.Cluster
	deck *deck

	middle time.Time    // while orders were written
	admin  *kadm.Client // once something was committed
}

// on is g for a subtest.
func (g *realGroups) on(t *testing.T) *realGroups {
	d := *g.deck
	d.t = t
	return &realGroups{t: t, c: g.c, deck: &d, middle: g.middle}
}

// reading is a consumer in a group.
type reading struct {
	t      *testing.T
	client *kgo.Client
	cancel context.CancelFunc
	done   sync.WaitGroup
	mu     sync.Mutex
	n      int
}

// consume starts a consumer that reads a topic and commits all the time.
func (g *realGroups) consume(group, topic string, ctx context.Context) *reading {
	g.t.Helper()
	if ctx == nil {
		ctx = g.t.Context()
	}
	ctx, cancel := context.WithCancel(ctx)
	client, err := kgo.NewClient(kgo.WithContext(ctx), kgo.SeedBrokers(strings.Split(g.c.Bootstrap(), ",")...), kgo.ClientID(group+"-client"), kgo.ConsumerGroup(group), kgo.ConsumeTopics(topic),
		kgo.AutoCommitInterval(500*time.Millisecond), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	must(g.t, err)
	r := &reading{t: g.t, client: client, cancel: cancel}
	g.t.Cleanup(func() { cancel(); r.done.Wait(); client.Close() })
	r.done.Go(func() {
		for ctx.Err() == nil {
			n := client.PollFetches(ctx).NumRecords()
			r.mu.Lock()
			r.n += n
			r.mu.Unlock()
		}
	})
	return r
}

// read waits until it has read so many records.
func (r *reading) read(n int) {
	r.t.Helper()
	eventually(r.t, "records are read", func() (bool, string) {
		r.mu.Lock()
		defer r.mu.Unlock()
		return r.n >= n, fmt.Sprint(r.n)
	})
	must(r.t, r.client.CommitUncommittedOffsets(r.t.Context()))
}

// stop ends the consumer in good order.
func (r *reading) stop() {
	r.t.Helper()
	r.client.LeaveGroup()
	r.cancel()
	r.done.Wait()
}

// hang reads nothing more, and stays in the group.
func (r *reading) hang() {
	r.client.PauseFetchTopics("orders")
}

type groupDoc struct {
	Group, Type, State, Status, Why string
	Partitions                      []struct {
		Topic            string
		Partition        int
		Committed, Lag   *int64
		End              *int64
		LagSeconds       *float64 `json:"lag_seconds"`
		LagSecondsOrMore bool     `json:"lag_seconds_or_more"`
		Trouble          *string
		Member           *string
		ClientID         *string `json:"client_id"`
		Host             *string
	}
}

func (g *realGroups) groups(args ...string) (doc struct{ Groups []groupDoc }, out string) {
	g.t.Helper()
	r := g.deck.run(append([]string{"groups", "-o", "json"}, args...)...)
	if err := json.Unmarshal([]byte(r.out), &doc); err != nil {
		return doc, r.out + r.err
	}
	return doc, r.out
}

func (g *realGroups) group(id string) (groupDoc, string) {
	g.t.Helper()
	doc, out := g.groups(id)
	if len(doc.Groups) != 1 {
		return groupDoc{}, out
	}
	return doc.Groups[0], out
}

func (g *realGroups) tool(class string, args ...string) string {
	g.t.Helper()
	r, err := g.c.Tool(g.t.Context(), class, append([]string{"--bootstrap-server", g.c.Bootstrap()}, args...)...)
	must(g.t, err)
	if r.Exit != 0 {
		g.t.Fatalf("%s %v: exit %d: %s%s", class, args, r.Exit, r.Stdout, r.Stderr)
	}
	return r.Stdout
}

// sameAsKafka compares the partitions of a group with what Kafka's tool says of them, until they agree: the readers get on.
func (g *realGroups) sameAsKafka(t *testing.T, id string) {
	eventually(t, "kdeck and Kafka's tool agree on "+id, func() (bool, string) {
		theirs := map[string]string{}
		var columns []string
		for line := range strings.Lines(g.tool(kafkatest.ConsumerGroupCommand, "--describe", "--group", id)) {
			f := strings.Fields(line)
			switch {
			case len(f) > 5 && f[0] == "GROUP":
				columns = f
			case len(f) >= len(columns) && len(columns) > 0:
				at := func(name string) string { return f[slices.Index(columns, name)] }
				theirs[at("TOPIC")+"/"+at("PARTITION")] = strings.Join([]string{at("CURRENT-OFFSET"), at("LOG-END-OFFSET"), at("LAG"), at("CONSUMER-ID"), strings.TrimPrefix(at("HOST"), "/"), at("CLIENT-ID")}, " ")
			}
		}
		doc, out := g.group(id)
		ours := map[string]string{}
		for _, p := range doc.Partitions {
			ours[fmt.Sprintf("%s/%d", p.Topic, p.Partition)] = strings.Join([]string{number(p.Committed), number(p.End), number(p.Lag), word(p.Member), word(p.Host), word(p.ClientID)}, " ")
		}
		return len(ours) > 0 && maps.Equal(ours, theirs), fmt.Sprintf("kdeck %v\nKafka %v\n%s", ours, theirs, out)
	})
}

func number(n *int64) string {
	if n == nil {
		return "-"
	}
	return fmt.Sprint(*n)
}

func word(s *string) string {
	if s == nil {
		return "-"
	}
	return *s
}

// reset sets a group without members back to the start, and then to where it was.
func (g *realGroups) reset(t *testing.T) {
	at := func() (offsets []string) {
		doc, out := g.group("stopped")
		for _, p := range doc.Partitions {
			offsets = append(offsets, fmt.Sprintf("%s/%d %s", p.Topic, p.Partition, number(p.Committed)))
		}
		if len(offsets) == 0 {
			t.Fatal(out)
		}
		return offsets
	}
	before := at()
	o := &operator{t: t, state: t.TempDir(), bootstrap: g.c.Bootstrap()}
	change := func(words ...string) result {
		r := o.run(append(words, "--execute", "--confirm", o.phrase(words...))...)
		if r.code != 0 {
			t.Fatalf("exit %d\n%s%s", r.code, r.out, r.err)
		}
		return r
	}
	r := change("groups", "reset", "stopped", "--topic", "orders", "--to", "earliest")
	for _, line := range at() {
		if !strings.HasSuffix(line, " 0") {
			t.Errorf("after the reset: %s", line)
		}
	}
	back := regexp.MustCompile(`--from-file (\S+)`).FindStringSubmatch(r.out + r.err)
	if back == nil {
		t.Fatalf("it doesn't say how to take it back:\n%s%s", r.out, r.err)
	}
	change("groups", "reset", "stopped", "--from-file", back[1])
	if now := at(); !slices.Equal(now, before) {
		t.Errorf("offsets are %v, were %v", now, before)
	}
}
